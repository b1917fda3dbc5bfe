import type { WorkerOptions } from 'bullmq';

/** How long BullMQ lets a job go without a sign of life before it gives it to another worker. */
const LOCK_MS = 20_000;
const STALLED_CHECK_MS = 10_000;
/** How long a worker waits for a backend that refuses connections; BullMQ's own 15 s outlast most outages. */
const RETRY_DELAY_MS = 1_000;
/** Attempts are counted in Postgres; BullMQ's own count must not be what ends something. */
const MAX_STALLED = 1_000;

/** What the workers of all queues have in common. */
export const WORKER_OPTIONS = {
  lockDuration: LOCK_MS,
  stalledInterval: STALLED_CHECK_MS,
  maxStalledCount: MAX_STALLED,
  runRetryDelay: RETRY_DELAY_MS,
} satisfies Partial<WorkerOptions>;
