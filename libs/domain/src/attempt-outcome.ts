/**
 * What came of the last attempt to list a cell, in the completeness ledger. `complete` saw everything, `incremental`
 * everything that had changed since; what a `held` one may delete is still to be decided; `partial` broke off after some of its
 * pages were committed, `failed` before the first; `denied` was refused, `skipped` is not offered there,
 * `excluded` is left out by the account's settings.
 */
export const ATTEMPT_OUTCOMES = [
  'complete',
  'incremental',
  'held',
  'partial',
  'failed',
  'denied',
  'skipped',
  'cancelled',
  'excluded',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];
