interface ApiErrorKind {
  status: number;
  code: string;
  /** Set where the same request may work soon. */
  retryAfterSeconds?: number;
}

/** Error codes of the API. COC's and its gateway's where they are known, else ours in their manner. */
export const API_ERRORS = {
  /** COC: a parameter is missing or wrong. */
  invalidParameter: { status: 400, code: 'COC.00010002' },
  /** COC: the vendor account does not exist. 400, not 404, as at the real service. */
  noSuchAccount: { status: 400, code: 'COC.00101102' },
  /** Ours: an account with this vendor and account_id exists. */
  accountExists: { status: 409, code: 'COC.00101103' },
  /** Ours: the tenant has no account of the vendor, so there is nothing to sync. */
  noAccounts: { status: 400, code: 'COC.00101104' },
  /** Ours: the vendor's accounts have no preview. */
  noPreview: { status: 409, code: 'COC.00101105' },
  /** Ours: the account is read from no document, or a part of one is not taken. */
  documentRefused: { status: 409, code: 'COC.00101106' },
  /** Ours: the sync task does not exist. */
  noSuchTask: { status: 404, code: 'COC.00101201' },
  /** Ours: there is no held prune to decide about, or not any more. */
  pruneNotHeld: { status: 409, code: 'COC.00101206' },
  /** Ours: the sync task is no plan. */
  notAPlan: { status: 409, code: 'COC.00101207' },
  /** Ours: there is no prune to undo, or not any more. */
  pruneNotUndoable: { status: 409, code: 'COC.00101208' },
  /** Ours: the sync task is over, so it cannot be cancelled. */
  taskOver: { status: 409, code: 'COC.00101202' },
  /** Ours: the sync task is not over, so it cannot be retried. */
  taskOpen: { status: 409, code: 'COC.00101203' },
  /** Ours: nothing of the sync task can be retried. */
  nothingFailed: { status: 409, code: 'COC.00101204' },
  /** Ours: another sync of the same account is running. */
  accountBusy: { status: 409, code: 'COC.00101205' },
  /** Ours: a page, or the end of a scope or task, is not taken from a source that posts its own. */
  pushRefused: { status: 409, code: 'COC.00101209' },
  /** Ours: the schedule does not exist. */
  noSuchSchedule: { status: 404, code: 'COC.00101401' },
  /** Ours: the account, or vendor, has a schedule of this timing. */
  scheduleExists: { status: 409, code: 'COC.00101402' },
  /** Ours: the schedule is the account's setting, and is changed there. */
  scheduleOfSettings: { status: 409, code: 'COC.00101403' },
  /** Ours: the resource does not exist, nor did it. */
  noSuchResource: { status: 404, code: 'COC.00101301' },
  /** Ours: a feed does not go on from the marker, since events behind it were removed. */
  markerGone: { status: 410, code: 'COC.00101501' },
  /** Ours: the webhook does not exist. */
  noSuchWebhook: { status: 404, code: 'COC.00101601' },
  /** Ours: the tenant has as many webhooks as it may have. */
  tooManyWebhooks: { status: 409, code: 'COC.00101602' },
  /** Gateway: not signed in. */
  unauthenticated: { status: 401, code: 'APIGW.0301' },
  /** Ours: the caller's policy does not allow it. */
  forbidden: { status: 403, code: 'COC.00010403' },
  /** Gateway: no such path or method. */
  noSuchApi: { status: 404, code: 'APIGW.0101' },
  /** Gateway: the request is malformed; also 413 and 415. */
  badRequest: { status: 400, code: 'APIGW.0201' },
  /** Gateway: more requests than there may be. `Retry-After` says when to try again. */
  tooManyRequests: { status: 429, code: 'APIGW.0308' },
  /** Ours: the idempotency key belongs to another request. */
  idempotencyKeyReused: { status: 422, code: 'COC.00010422' },
  /** Ours: the first request with the idempotency key is still being worked on. Try again. */
  idempotencyKeyInUse: { status: 409, code: 'COC.00010409', retryAfterSeconds: 1 },
  /** Ours: the database does not answer. Try again. */
  unavailable: { status: 503, code: 'COC.00010503', retryAfterSeconds: 2 },
  /** Ours: a bug. The log has the request's id. */
  internal: { status: 500, code: 'COC.00010500' },
} as const satisfies Record<string, ApiErrorKind>;

/** COC's documented bounds on error_msg. */
export const MIN_MESSAGE_CHARACTERS = 2;
export const MAX_MESSAGE_CHARACTERS = 512;

export type ApiErrorName = keyof typeof API_ERRORS;

/** An error as a client sees it. Its message names the field and the fix. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(name: ApiErrorName, message: string, status: number = API_ERRORS[name].status) {
    super(message);
    const kind: ApiErrorKind = API_ERRORS[name];
    this.status = status;
    this.code = kind.code;
    this.retryAfterSeconds = kind.retryAfterSeconds;
  }
}

/** COC's error body. */
export interface ErrorBody {
  error_code: string;
  error_msg: string;
  request_id: string;
}

export function toErrorBody(error: ApiError, requestId: string): ErrorBody {
  return {
    error_code: error.code,
    error_msg: error.message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed(),
    request_id: requestId,
  };
}
