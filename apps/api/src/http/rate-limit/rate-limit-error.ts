import { ApiError } from '../api-error.js';
import type { Allowance } from './rate-limiter.js';

/** Somebody sends more requests than they may; `Retry-After` says when there is one again. */
export class RateLimitError extends ApiError {
  override readonly retryAfterSeconds: number;

  /** @param whose `this credential`, in the words of Huawei's gateway */
  constructor(whose: string, { limit, retryAfterSeconds }: Allowance) {
    super(
      'tooManyRequests',
      `The throttling threshold has been reached: ${whose} over ratelimit, limit:${String(limit)}, time:1 minute. ` +
        `Try again in ${String(retryAfterSeconds)} s.`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
