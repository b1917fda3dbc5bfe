import { DelayedError, type Job } from 'bullmq';

import type { JobOutcome } from '#sync';

/** Ends a job, or puts it off: then it holds no slot until its time. */
export async function settleJob(job: Job, outcome: JobOutcome, token: string | undefined): Promise<void> {
  if (outcome === 'done') return;
  await job.moveToDelayed(Date.now() + outcome.retryInMs, token);
  throw new DelayedError();
}
