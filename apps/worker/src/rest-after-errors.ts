import type { Worker } from 'bullmq';

/** So many errors of one worker within a second are a row of them. */
const MAX_ERRORS_A_SECOND = 5;
/** How long it rests after a row of errors, in milliseconds. */
const REST_MS = 1_000;

/** The few things of a worker that matter here. */
export type RestingWorker = Pick<Worker, 'on' | 'pause' | 'resume'> & { closing?: unknown };

/**
 * Lets a worker rest for a second after a row of errors. BullMQ asks for the next job at once after any
 * failure but a refused connection: a Postgres that starts up or takes no more connections, or tables that
 * are gone, would be asked thousands of times a second, and the log would get a line each time.
 */
export function restAfterErrors(worker: RestingWorker): void {
  let errors = 0;
  let since = -Infinity;
  let resting = false;
  worker.on('error', () => {
    const now = performance.now();
    if (now - since > REST_MS) [errors, since] = [0, now];
    errors += 1;
    if (errors <= MAX_ERRORS_A_SECOND || resting) return;
    resting = true;
    void worker.pause(true); // does not wait for the jobs in work
    setTimeout(() => {
      resting = false;
      if (worker.closing === undefined) void worker.resume();
    }, REST_MS).unref();
  });
}
