import type { SyncError } from './sync-error.js';

/**
 * What a unit waits for while no worker has it: `quota` for calls that the account may make, `throttled` as
 * long as the vendor asked, `back-off` before it tries again what was unavailable, `slot` for a free worker.
 */
export const WAIT_CAUSES = ['quota', 'throttled', 'back-off', 'slot'] as const;
export type WaitCause = (typeof WAIT_CAUSES)[number];

/** The code of a wait that Muster itself imposes, so that the account stays within its quota of calls. */
export const QUOTA_CODE = 'MUSTER_QUOTA';

/** What a unit waits for after an attempt that ended so; without an error it was given back. */
export function waitCauseOf(error: SyncError | undefined): WaitCause {
  if (error === undefined) return 'slot';
  if (error.kind !== 'throttled') return 'back-off';
  return error.vendorCode === QUOTA_CODE ? 'quota' : 'throttled';
}
