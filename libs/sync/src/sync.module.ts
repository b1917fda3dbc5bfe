import { Module } from '@nestjs/common';

import { TaskRepository } from '#database';
import { LOGGER, type Logger } from '#platform';
import { SyncQueue } from '#queue';

import { SyncService } from './sync.service.js';

/** What asks for syncs: the API, schedules, other services. It needs the queue, but no adapter. */
@Module({
  providers: [
    {
      provide: SyncService,
      inject: [TaskRepository, SyncQueue, LOGGER],
      useFactory: (tasks: TaskRepository, queue: SyncQueue, log: Logger) =>
        new SyncService(tasks, queue, log),
    },
  ],
  exports: [SyncService],
})
export class SyncModule {}
