import { isDatabaseUnavailable, LeaseLostError, type UnitWait } from '#database';
import {
  backOffMs,
  MAX_ATTEMPTS,
  MAX_RESTARTS,
  QUOTA_CODE,
  SyncError,
  type SyncErrorKind,
  throttleDelayMs,
  unavailableDelayMs,
} from '#domain';
import { failSpan, type Logger } from '#platform';

import type { JobOutcome } from './engine.js';

/** What is to be done about a failed attempt. */
export type Settlement = { wait: UnitWait } | { fail: SyncError };

/** Throttled work waits without using up an attempt; unavailable work backs off until attempts run out. */
export function settle(error: SyncError, attempts: number, random: () => number = Math.random): Settlement {
  if (error.kind === 'throttled') {
    return { wait: { delayMs: throttleDelayMs(error.retryAfterMs, random), counted: false, error } };
  }
  if (error.kind === 'unavailable' && attempts < MAX_ATTEMPTS) {
    const delayMs = unavailableDelayMs(attempts, error.retryAfterMs, random);
    return { wait: { delayMs, counted: true, error } };
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
export function logFailure(log: Logger, error: SyncError): void {
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
  /** Told of what is to be tried again, and why; our own pace is no error. */
  countPutOff(kind: SyncErrorKind): void;
  wait(how: UnitWait): Promise<void>;
  fail(error: SyncError): Promise<void>;
  /** A listing's way to start anew; planning has none. */
  restarts?: { count: number; restart: (how: UnitWait) => Promise<void> };
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
  if (error.cursorExpired && work.restarts !== undefined) return startAnew(work, work.restarts, error);
  const settlement = settle(error, work.attempts);
  if ('fail' in settlement) return giveUp(work, error);
  return putOff(work, settlement.wait, (how) => work.wait(how));
}

/** Lists from the first page again, unless that was tried often enough. */
async function startAnew(
  work: BrokenWork,
  { count, restart }: NonNullable<BrokenWork['restarts']>,
  error: SyncError,
): Promise<JobOutcome> {
  if (count < MAX_RESTARTS) {
    return putOff(work, { delayMs: Math.max(1, backOffMs(count + 1)), counted: true, error }, restart);
  }
  const { vendorCode, message } = error;
  const times = String(MAX_RESTARTS + 1);
  return giveUp(
    work,
    new SyncError(
      'unavailable',
      `The listing began ${times} times, and each time the vendor forgot how far it had come: ${message}`,
      { ...(vendorCode === undefined ? {} : { vendorCode }), cause: error },
    ),
  );
}

async function putOff(
  work: BrokenWork,
  how: UnitWait & { error?: SyncError },
  tell: (how: UnitWait) => Promise<void>,
): Promise<JobOutcome> {
  const { delayMs, counted, error } = how;
  const isOwnPace = error?.vendorCode === QUOTA_CODE;
  const level = isOwnPace ? 'debug' : 'warn'; // our own pace is no event
  work.log[level]({ kind: error?.kind, code: error?.vendorCode, delayMs, counted }, error?.message);
  await tell(how);
  if (error !== undefined && !isOwnPace) {
    failSpan(error.kind);
    work.countPutOff(error.kind);
  }
  return { retryInMs: delayMs };
}

async function giveUp(work: BrokenWork, error: SyncError): Promise<JobOutcome> {
  logFailure(work.log, error);
  failSpan(error.kind);
  await work.fail(error);
  return 'done';
}
