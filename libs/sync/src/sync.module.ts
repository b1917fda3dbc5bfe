import { type DynamicModule, Inject, Module, type OnModuleDestroy } from '@nestjs/common';

import {
  AccountCheckRepository,
  FeedRepository,
  InventoryRepository,
  PushRepository,
  ScheduleRepository,
  TaskRepository,
  UnitRepository,
} from '#database';
import { Metrics } from '#metrics';
import { LOGGER, type Logger } from '#platform';
import { SyncQueue } from '#queue';

import { AccountCheckService } from './account-check.service.js';
import { FeedWatch } from './feed-watch.js';
import { PushService } from './push.service.js';
import { ScheduleService } from './schedules/schedule.service.js';
import { SyncService } from './sync.service.js';
import { TaskWatch } from './task-watch.js';

/** In the order in which they are injected. */
type PushDependencies = [PushRepository, InventoryRepository, UnitRepository, SyncQueue, Logger, Metrics];

export interface SyncModuleOptions {
  /** How long adding or changing an account waits for the check of its credentials; 0: there is none. */
  accountCheckMs: number;
}

/**
 * What asks for syncs and checks, and takes posted pages: the API, schedules, other services. It needs the queue, but
 * no adapter.
 */
@Module({})
export class SyncModule implements OnModuleDestroy {
  constructor(
    @Inject(AccountCheckService) private readonly checks: AccountCheckService,
    @Inject(TaskWatch) private readonly tasks: TaskWatch,
    @Inject(FeedWatch) private readonly feeds: FeedWatch,
  ) {}

  static forRoot({ accountCheckMs }: SyncModuleOptions): DynamicModule {
    return {
      module: SyncModule,
      global: true,
      providers: [
        {
          provide: SyncService,
          inject: [TaskRepository, SyncQueue, LOGGER],
          useFactory: (tasks: TaskRepository, queue: SyncQueue, log: Logger) =>
            new SyncService(tasks, queue, log),
        },
        {
          provide: TaskWatch,
          inject: [TaskRepository, LOGGER],
          useFactory: (tasks: TaskRepository, log: Logger) => new TaskWatch(tasks, log),
        },
        {
          provide: FeedWatch,
          inject: [FeedRepository, LOGGER],
          useFactory: (feeds: FeedRepository, log: Logger) => new FeedWatch(feeds, log),
        },
        {
          provide: PushService,
          inject: [PushRepository, InventoryRepository, UnitRepository, SyncQueue, LOGGER, Metrics],
          useFactory: (...[pushes, inventory, units, queue, log, metrics]: PushDependencies) =>
            new PushService({ pushes, inventory, units }, queue, log, metrics),
        },
        {
          provide: ScheduleService,
          inject: [ScheduleRepository, SyncQueue, LOGGER],
          useFactory: (schedules: ScheduleRepository, queue: SyncQueue, log: Logger) =>
            new ScheduleService(schedules, queue, log),
        },
        {
          provide: AccountCheckService,
          inject: [AccountCheckRepository, SyncQueue, LOGGER],
          useFactory: (checks: AccountCheckRepository, queue: SyncQueue, log: Logger) =>
            new AccountCheckService(checks, queue, log, accountCheckMs),
        },
      ],
      exports: [SyncService, TaskWatch, FeedWatch, PushService, ScheduleService, AccountCheckService],
    };
  }

  onModuleDestroy(): void {
    this.checks.close();
    this.tasks.close();
    this.feeds.close();
  }
}
