import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type Type } from '@nestjs/common';
import { DelayedError, type Job } from 'bullmq';

import type { Vendor } from '#domain';
import { queueName, type SyncJob } from '#queue';
import { type Engine, planRun, runUnit } from '#sync';

/** Injects the engine of the process. */
export const ENGINE = Symbol('engine');
/** Injects the controller whose signal tells work to stop at its next checkpoint. */
export const SHUTDOWN = Symbol('shutdown');

/** How long BullMQ lets a job go without a sign of life before it gives it to another worker. */
const LOCK_MS = 20_000;
const STALLED_CHECK_MS = 10_000;
/** How long a worker waits for a backend that refuses connections; BullMQ's own 15 s outlast most outages. */
const RETRY_DELAY_MS = 1_000;
/** Attempts are counted in Postgres, per page; BullMQ's own count must not be what ends a unit. */
const MAX_STALLED = 1_000;

/** The processor of one vendor's queue: reads ids, calls the engine, maps the outcome. */
export function createSyncProcessor(vendor: Vendor, concurrency: number): Type<WorkerHost> {
  @Processor(queueName(vendor), {
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
    runRetryDelay: RETRY_DELAY_MS,
  })
  class SyncProcessor extends WorkerHost {
    constructor(
      @Inject(ENGINE) private readonly engine: Engine,
      @Inject(SHUTDOWN) private readonly shutdown: AbortController,
    ) {
      super();
    }

    override async process(job: Job<SyncJob>, token?: string): Promise<void> {
      const { signal } = this.shutdown;
      const outcome =
        job.data.kind === 'run'
          ? await planRun(this.engine, job.data.runId, signal)
          : await runUnit(this.engine, job.data.unitId, signal);
      if (outcome === 'done') return;
      await job.moveToDelayed(Date.now() + outcome.retryInMs, token);
      throw new DelayedError();
    }
  }
  return SyncProcessor;
}
