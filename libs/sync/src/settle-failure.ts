import { isDatabaseUnavailable, LeaseLostError, type UnitWait } from '#database';
import { backOffMs, MAX_ATTEMPTS, SyncError, throttleDelayMs } from '#domain';
import type { Logger } from '#platform';

import type { JobOutcome } from './engine.js';

/** What is to be done about a failed attempt. */
export type Settlement = { wait: UnitWait } | { fail: SyncError };

/** Throttled work waits without using up an attempt; unavailable work backs off until attempts run out. */
export function settle(error: SyncError, attempts: number, random: () => number = Math.random): Settlement {
  if (error.kind === 'throttled') {
    return { wait: { delayMs: throttleDelayMs(error.retryAfterMs, random), counted: false, error } };
  }
  if (error.kind === 'unavailable' && attempts < MAX_ATTEMPTS) {
    return { wait: { delayMs: Math.max(1, backOffMs(attempts, random)), counted: true, error } };
  }
  return { fail: error };
}

/** The work could not be tried: its process is shutting down. */
export const RETURNED: UnitWait = { delayMs: 0, counted: false };

/** Whether work was taken from us, by a cancel or another worker: then there is nothing to report. */
export function isLost(error: unknown, lost: AbortSignal): boolean {
  return lost.aborted || error instanceof LeaseLostError;
}

/**
 * A failure that isn't the vendor's. Postgres being away is nobody's fault: it is thrown on, the lease runs
 * out and the reconciler tries again. Anything else would fail again just so.
 */
export function toInternalError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  if (isDatabaseUnavailable(error)) throw error;
  return new SyncError('bug', "Muster failed to store what it read; the worker's log has the details.", {
    cause: error,
  });
}

/** A failure for good. Only a bug needs its stack; the others are the user's to mend, and say how. */
function logFailure(log: Logger, error: SyncError): void {
  const facts = { kind: error.kind, code: error.vendorCode };
  if (error.kind === 'bug') log.error({ ...facts, err: error.cause }, error.message);
  else log.warn(facts, error.message);
}

/** Work on a run or unit that broke off, and how its state machine is told. */
export interface BrokenWork {
  error: unknown;
  /** Aborts when the work is somebody else's now. */
  lost: AbortSignal;
  shutdown: AbortSignal;
  attempts: number;
  log: Logger;
  wait(how: UnitWait): Promise<void>;
  fail(error: SyncError): Promise<void>;
}

/**
 * Ends an attempt that broke off: gives the work back, puts it off, or fails it for good.
 * @throws what `error` is, when Postgres is away
 */
export async function settleFailure(work: BrokenWork): Promise<JobOutcome> {
  if (isLost(work.error, work.lost)) {
    work.log.info('cancelled or taken over');
    return 'done';
  }
  if (work.shutdown.aborted) {
    await work.wait(RETURNED);
    return { retryInMs: RETURNED.delayMs };
  }
  const error = toInternalError(work.error);
  const settlement = settle(error, work.attempts);
  if ('wait' in settlement) {
    const { delayMs, counted } = settlement.wait;
    work.log.warn({ kind: error.kind, code: error.vendorCode, delayMs, counted }, error.message);
    await work.wait(settlement.wait);
    return { retryInMs: delayMs };
  }
  logFailure(work.log, error);
  await work.fail(error);
  return 'done';
}
