/** What a MusterError says beside its message. */
export interface MusterErrorDetails {
  /** What was asked: `POST /v1/multicloud-resources/sync`. */
  operation: string;
  /** The HTTP status; undefined when there was no answer. */
  status?: number;
  code: string;
  requestId?: string | undefined;
  retryable: boolean;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** Statuses with which a server or a proxy says "not now". */
const NOT_NOW = [408, 429, 502, 503, 504];

/** A request that Muster has refused, or that came to nothing. */
export class MusterError extends Error {
  override readonly name = 'MusterError';
  /** What was asked: `POST /v1/multicloud-resources/sync`. */
  readonly operation: string;
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /**
   * Muster's code, by which to decide (docs/errors.md has them all); `HTTP_502` and the like when the answer is not
   * Muster's but a proxy's; `TIMEOUT`, `UNREACHABLE` or `MALFORMED` (no JSON) when there is none to speak of.
   */
  readonly code: string;
  /** By which Muster's log knows the request. */
  readonly requestId: string | undefined;
  /**
   * Whether the same request may succeed later. A POST whose answer was lost may have done its work: send it with an
   * `Idempotency-Key`, then it can be sent again.
   */
  readonly retryable: boolean;
  /** How long Muster asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: MusterErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.operation = details.operation;
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** The error that an answer is; `body` is what came as JSON, or text that was none. */
  static ofAnswer(operation: string, { status, headers }: Response, body: unknown): MusterError {
    const retryAfterMs = readRetryAfter(headers);
    const details = {
      operation,
      status,
      requestId: headers.get('X-Request-Id') ?? undefined,
      retryable: retryAfterMs !== undefined || NOT_NOW.includes(status),
      retryAfterMs,
    };
    return isErrorBody(body)
      ? new MusterError(body.error_msg, { ...details, code: body.error_code })
      : new MusterError(`HTTP ${String(status)}, and not in Muster's words: is something in front of it?`, {
          ...details,
          code: `HTTP_${String(status)}`,
        });
  }

  /** The error of a request that got no answer, or none that can be read. */
  static ofFailure(operation: string, cause: unknown, timeout: AbortSignal): MusterError {
    const details = { operation, cause, retryable: true };
    if (timeout.aborted) {
      return new MusterError('there was no answer in time: see timeoutMs', { ...details, code: 'TIMEOUT' });
    }
    if (describe(cause).name === 'SyntaxError') {
      const message = `the answer is no JSON (${explain(cause)}): does baseUrl lead to Muster?`;
      return new MusterError(message, { ...details, code: 'MALFORMED', retryable: false });
    }
    return new MusterError(`Muster cannot be reached: ${explain(cause)}`, {
      ...details,
      code: 'UNREACHABLE',
    });
  }
}

/** Of seconds; the other form, a date, Muster does not send. */
function readRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('Retry-After');
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : undefined;
}

function isErrorBody(body: unknown): body is { error_code: string; error_msg: string } {
  if (typeof body !== 'object' || body === null) return false;
  const { error_code: code, error_msg: message } = body as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string';
}

/** "fetch failed" says little: Node.js has the reason in the cause. By shape, since errors of another realm are none. */
function explain(error: unknown): string {
  const { message, cause } = describe(error);
  const { message: reason, code } = describe(cause);
  const texts = [reason, code, message].filter((text) => typeof text === 'string');
  return texts.find((text) => text !== '') ?? String(error);
}

function describe(error: unknown): { name?: unknown; message?: unknown; code?: unknown; cause?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
