import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type Type } from '@nestjs/common';
import type { Job } from 'bullmq';

import type { Vendor } from '#domain';
import { queueName, type SyncJob } from '#queue';
import { type Engine, planRun, runUnit } from '#sync';

import { ENGINE, SHUTDOWN } from './injection-tokens.js';
import { settleJob } from './settle-job.js';
import { workOnJob } from './work-on-job.js';
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
      const { data } = job;
      const outcome = await workOnJob(job, () =>
        data.kind === 'run'
          ? planRun(this.engine, data.runId, signal)
          : runUnit(this.engine, data.unitId, signal),
      );
      await settleJob(job, outcome, token);
    }
  }
  return SyncProcessor;
}
