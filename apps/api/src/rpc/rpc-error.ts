import type { ErrorBody } from '../http/api-error.js';

/** An error as callers by message get it: that of HTTP, with what stands in its status and headers there. */
export interface RpcErrorBody extends ErrorBody {
  status: number;
  /** Whether the same message may succeed later. */
  retryable: boolean;
  /** How long to wait before. */
  retry_after_ms?: number;
}

/** Statuses that say "not now". */
const NOT_NOW = [408, 429, 502, 503, 504];

export function toRpcError(status: number, body: ErrorBody, retryAfterSeconds?: number): RpcErrorBody {
  const { error_code, error_msg, request_id } = body;
  return {
    ...{ error_code, error_msg, request_id, status },
    retryable: retryAfterSeconds !== undefined || NOT_NOW.includes(status),
    ...(retryAfterSeconds === undefined ? {} : { retry_after_ms: retryAfterSeconds * 1_000 }),
  };
}
