/**
 * What went wrong at a vendor, in the six kinds the engine tells apart. Past the adapter nobody reads a
 * vendor's own code to decide anything.
 *
 * | kind | meaning | effect |
 * | --- | --- | --- |
 * | credentials | the account cannot sign in | the account's run stops at once |
 * | permission | one call was refused | that unit fails |
 * | throttled | asked too fast | the unit waits; not counted as an attempt |
 * | unavailable | network, 5xx, timeout | the unit is tried again, with back-off, a bounded number of times |
 * | absent | not offered there | the unit is skipped; its old rows stay |
 * | bug | anything unclassified | the unit fails, with its cause in the log |
 */
export const SYNC_ERROR_KINDS = [
  'credentials',
  'permission',
  'throttled',
  'unavailable',
  'absent',
  'bug',
] as const;

export type SyncErrorKind = (typeof SYNC_ERROR_KINDS)[number];

const RETRYABLE: Record<SyncErrorKind, boolean> = {
  credentials: false,
  permission: false,
  throttled: true,
  unavailable: true,
  absent: false,
  bug: false,
};

export interface SyncErrorDetails {
  /** The vendor's own name for the error, for people: `InvalidLogin`, `HTTP 503`, `ECONNREFUSED`. */
  vendorCode?: string;
  /** How long the vendor asked us to wait, in milliseconds. */
  retryAfterMs?: number;
  /** The vendor doesn't know (any more) the place at which a listing was to go on: it has to start anew. */
  cursorExpired?: boolean;
  cause?: unknown;
}

/** A classified failure. Its message is shown to users: it says what to do and never holds a secret. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly vendorCode: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly cursorExpired: boolean;

  constructor(
    readonly kind: SyncErrorKind,
    message: string,
    details: SyncErrorDetails = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.vendorCode = details.vendorCode;
    this.retryAfterMs = details.retryAfterMs;
    this.cursorExpired = details.cursorExpired ?? false;
  }

  get retryable(): boolean {
    return RETRYABLE[this.kind];
  }
}
