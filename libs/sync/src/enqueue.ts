import type { Vendor } from '#domain';
import { logApart } from '#platform';
import type { QueueJob, QueueKey } from '#queue';

import type { Engine } from './engine.js';

/**
 * Tells the queue of work that is in Postgres already. A queue that doesn't take it delays the work, no more:
 * the reconciler finds it.
 */
export async function enqueue(
  { queue, log }: Pick<Engine, 'queue' | 'log'>,
  key: QueueKey,
  jobs: readonly QueueJob[],
): Promise<void> {
  try {
    await queue.add(key, jobs);
  } catch (error) {
    log.warn({ err: error, jobs }, 'jobs could not be enqueued; the reconciler will');
  }
}

/** The same, for runs. */
export async function enqueueRuns(
  engine: Pick<Engine, 'queue' | 'log'>,
  vendor: Vendor,
  runIds: readonly string[],
): Promise<void> {
  await enqueue(
    engine,
    vendor,
    runIds.map((runId) => ({ kind: 'run', runId })),
  );
}

/** The same, for runs that waited for another to end: other requests have asked for them. */
export async function enqueueFollowers(
  engine: Pick<Engine, 'queue' | 'log'>,
  vendor: Vendor,
  runIds: readonly string[],
): Promise<void> {
  await logApart(() => enqueueRuns(engine, vendor, runIds));
}
