import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type Type } from '@nestjs/common';
import type { Job } from 'bullmq';

import type { Vendor } from '#domain';
import { queueName, type SyncJob } from '#queue';
import { type Engine, planRun, runUnit } from '#sync';

import { ENGINE, SHUTDOWN } from './injection-tokens.js';
import { settleJob } from './settle-job.js';
import { WORKER_OPTIONS } from './worker-options.js';

/** The processor of one vendor's queue: reads ids, calls the engine, maps the outcome. */
export function createSyncProcessor(vendor: Vendor, concurrency: number): Type<WorkerHost> {
  @Processor(queueName(vendor), { ...WORKER_OPTIONS, concurrency })
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
      await settleJob(job, outcome, token);
    }
  }
  return SyncProcessor;
}
