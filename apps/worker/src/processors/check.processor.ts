import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject } from '@nestjs/common';
import type { Job } from 'bullmq';

import { type CheckJob, CHECKS, queueName } from '#queue';
import { checkAccount, type Engine } from '#sync';

import { ENGINE, SHUTDOWN } from './injection-tokens.js';
import { settleJob } from './settle-job.js';
import { workOnJob } from './work-on-job.js';
import { WORKER_OPTIONS } from './worker-options.js';

/** A check waits for its vendor and does next to nothing itself, so a vendor that hangs must not use them up. */
const CHECKS_AT_ONCE = 16;

/** The processor of the checks' queue, for all vendors. */
@Processor(queueName(CHECKS), { ...WORKER_OPTIONS, concurrency: CHECKS_AT_ONCE })
export class CheckProcessor extends WorkerHost {
  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    @Inject(SHUTDOWN) private readonly shutdown: AbortController,
  ) {
    super();
  }

  override async process(job: Job<CheckJob>, token?: string): Promise<void> {
    const { data } = job;
    const outcome = await workOnJob(job, () => checkAccount(this.engine, data.checkId, this.shutdown.signal));
    await settleJob(job, outcome, token);
  }
}
