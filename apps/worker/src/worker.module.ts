import { WorkerHost } from '@nestjs/bullmq';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

import {
  AccountCheckRepository,
  AccountDocumentRepository,
  AccountRepository,
  CallBucketRepository,
  FeedRepository,
  InventoryRepository,
  RetentionRepository,
  RunRepository,
  ScheduleRepository,
  UnitRepository,
  WebhookDeliveryRepository,
} from '#database';
import type { Vendor } from '#domain';
import { Metrics } from '#metrics';
import { logApart, LOGGER, type Logger, Vault } from '#platform';
import { type QueueJob, SyncQueue } from '#queue';
import {
  type AdapterLoaders,
  ConnectionPool,
  DEFAULT_TIMING,
  type Engine,
  type EngineTiming,
  FairTurns,
  Reconciler,
  Scheduler,
  WebhookDispatcher,
} from '#sync';
import { HostIdentityPolicy, VendorNetwork } from '#vendor-kit';

import { CheckProcessor } from './processors/check.processor.js';
import { ENGINE, SHUTDOWN } from './processors/injection-tokens.js';
import { createSyncProcessor } from './processors/sync.processor.js';
import { restAfterErrors } from './rest-after-errors.js';

export interface WorkerModuleOptions {
  adapters: AdapterLoaders;
  /** Units worked on at once, per vendor. */
  concurrency: number;
  /** Units that all processes together work on at once, per vendor. */
  vendorConcurrency?: number;
  /** Addresses and networks that accounts may lead to, beside public ones. */
  endpointNetworks?: readonly string[];
  /** Names of the tenants whose accounts may sign in as the machine that this runs on. */
  hostIdentityTenants?: readonly string[];
  timing?: EngineTiming;
}

type Repositories = Pick<Engine, 'runs' | 'units' | 'inventory' | 'accounts' | 'checks'>;

/** In the order in which they are injected. */
type RepositoryList = [
  RunRepository,
  UnitRepository,
  InventoryRepository,
  AccountRepository,
  AccountCheckRepository,
];

/** In the order in which they are injected. */
type PoolDependencies = [
  AccountRepository,
  CallBucketRepository,
  AccountDocumentRepository,
  Vault,
  Logger,
  Metrics,
];

/** In the order in which they are injected. */
type EngineDependencies = [Repositories, SyncQueue, ConnectionPool, Logger, Metrics];

/** In the order in which they are injected. */
type DispatcherDependencies = [WebhookDeliveryRepository, FeedRepository, Vault, Logger, Metrics];

/** How often workers that close look whether the queue is away, in milliseconds. */
const QUEUE_WATCH_MS = 500;

const PROCESSORS = Symbol('processors');
const REPOSITORIES = Symbol('repositories');

const REPOSITORIES_PROVIDER: Provider = {
  provide: REPOSITORIES,
  inject: [RunRepository, UnitRepository, InventoryRepository, AccountRepository, AccountCheckRepository],
  useFactory: (...[runs, units, inventory, accounts, checks]: RepositoryList): Repositories => ({
    runs,
    units,
    inventory,
    accounts,
    checks,
  }),
};

function connectionPoolProvider({
  adapters,
  endpointNetworks = [],
  hostIdentityTenants = [],
  timing = DEFAULT_TIMING,
}: WorkerModuleOptions): Provider {
  const network = new VendorNetwork(endpointNetworks);
  const hostIdentities = new HostIdentityPolicy(hostIdentityTenants);
  const own = { adapters, network, hostIdentities, idleMs: timing.idleConnectionMs };
  return {
    provide: ConnectionPool,
    inject: [AccountRepository, CallBucketRepository, AccountDocumentRepository, Vault, LOGGER, Metrics],
    useFactory: (...[accounts, buckets, documents, vault, log, metrics]: PoolDependencies) =>
      new ConnectionPool({ accounts, buckets, documents, vault, log, metrics, ...own }),
  };
}

/** Receivers are reached where accounts may lead. */
function webhookDispatcherProvider({
  endpointNetworks = [],
  timing = DEFAULT_TIMING,
}: WorkerModuleOptions): Provider {
  const network = new VendorNetwork(endpointNetworks);
  return {
    provide: WebhookDispatcher,
    inject: [WebhookDeliveryRepository, FeedRepository, Vault, LOGGER, Metrics],
    useFactory: (...[webhooks, feeds, vault, log, metrics]: DispatcherDependencies) =>
      new WebhookDispatcher({ webhooks, feeds, vault, network, log, metrics, timing }),
  };
}

/** The workers: one per vendor that this build has an adapter for, that of checks, the reconciler and the scheduler. */
@Module({})
export class WorkerModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(SHUTDOWN) private readonly shutdown: AbortController,
    @Inject(PROCESSORS) private readonly processors: readonly Type<WorkerHost>[],
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {}

  static forRoot(options: WorkerModuleOptions): DynamicModule {
    const { adapters, concurrency, timing = DEFAULT_TIMING, vendorConcurrency } = options;
    const limits = vendorConcurrency === undefined ? {} : { vendorConcurrency };
    const vendors = Object.keys(adapters) as Vendor[];
    const processors = [...vendors.map((vendor) => createSyncProcessor(vendor, concurrency)), CheckProcessor];
    return {
      module: WorkerModule,
      providers: [
        { provide: PROCESSORS, useValue: processors },
        { provide: SHUTDOWN, useValue: new AbortController() },
        connectionPoolProvider(options),
        REPOSITORIES_PROVIDER,
        {
          provide: ENGINE,
          inject: [REPOSITORIES, SyncQueue, ConnectionPool, LOGGER, Metrics],
          useFactory: (...[repositories, queue, connections, log, metrics]: EngineDependencies): Engine => ({
            ...repositories,
            queue,
            connections,
            turns: new FairTurns(),
            log,
            metrics,
            adapters,
            timing,
            ...limits,
          }),
        },
        {
          provide: Reconciler,
          inject: [ENGINE, RetentionRepository],
          useFactory: (engine: Engine, retention: RetentionRepository) => new Reconciler(engine, retention),
        },
        {
          provide: Scheduler,
          inject: [ENGINE, ScheduleRepository],
          useFactory: (engine: Engine, schedules: ScheduleRepository) => new Scheduler(engine, schedules),
        },
        webhookDispatcherProvider(options),
        ...processors,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const { worker } of this.hosts()) {
      worker.on('error', (error) => {
        logApart(() => {
          this.engine.log.warn({ err: error, queue: worker.name }, 'a worker reported an error');
        });
        void this.engine.queue.heed(error);
      });
      restAfterErrors(worker);
      worker.on('failed', (job, error) => {
        const { request } = (job?.data ?? {}) as Partial<QueueJob>;
        this.engine.log.error(
          { err: error, job: job?.id, request },
          'a job broke off; the reconciler takes it up again',
        );
      });
      await worker.waitUntilReady(); // BullMQ tries it once: a worker that fails here would for ever
    }
    const reconciler = this.modules.get(Reconciler);
    await reconciler.limitVendors();
    reconciler.start();
    this.modules.get(Scheduler).start();
    this.modules.get(WebhookDispatcher).start();
  }

  /** Lets the pages in work be committed, gives the jobs back, and signs out of the vendors. */
  async beforeApplicationShutdown(): Promise<void> {
    // Closing first: what is given back must not be fetched again by who is about to go.
    const closed = this.closeWorkers();
    this.shutdown.abort();
    await this.modules.get(WebhookDispatcher).stop();
    await this.modules.get(Scheduler).stop();
    await this.modules.get(Reconciler).stop();
    await closed;
    await this.engine.connections.close();
  }

  /** BullMQ waits for answers to what it has asked of the queue, even of one that is away. */
  private async closeWorkers(): Promise<void> {
    const watch = setInterval(() => this.engine.queue.abandonIfAway(), QUEUE_WATCH_MS);
    try {
      await Promise.all(this.hosts().map(({ worker }) => worker.close()));
    } finally {
      clearInterval(watch);
    }
  }

  private hosts(): WorkerHost[] {
    return this.processors.map((processor) => this.modules.get(processor, { strict: false }));
  }
}
