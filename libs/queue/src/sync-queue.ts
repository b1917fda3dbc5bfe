import type { JobsOptions, Queue } from 'bullmq';

import type { Vendor } from '#domain';

import { jobId, type SyncJob } from './sync-job.js';

/**
 * A job is only a hint, so it is kept nowhere after its end, and never retried by BullMQ: attempts and
 * back-off are counted in Postgres, where they survive the queue.
 */
const JOB_OPTIONS: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

/** How long an enqueue may take before the caller goes on without it; the reconciler enqueues again. */
const ENQUEUE_TIMEOUT_MS = 3_000;

/** Puts runs and units into their vendor's queue. */
export class SyncQueue {
  constructor(private readonly queues: ReadonlyMap<Vendor, Queue<SyncJob>>) {}

  /**
   * Adds jobs; those that are queued already stay as they are.
   * @throws when the queue doesn't take them in time. Nothing is lost: what should run is in Postgres.
   */
  async add(vendor: Vendor, jobs: readonly SyncJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const queue = this.queues.get(vendor);
    if (queue === undefined) throw new Error(`There is no queue for ${vendor}.`);
    const added = queue.addBulk(
      jobs.map((job) => ({ name: job.kind, data: job, opts: { ...JOB_OPTIONS, jobId: jobId(job) } })),
    );
    await withTimeout(added, ENQUEUE_TIMEOUT_MS, `The queue ${queue.name} does not answer.`);
  }
}

async function withTimeout(work: Promise<unknown>, limitMs: number, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(message));
    }, limitMs);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
