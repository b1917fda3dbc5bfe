const BASE_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;

/** Attempts without a committed page in between before a unit or a plan gives up. */
export const MAX_ATTEMPTS = 5;

/** How often a listing starts anew because the vendor forgot how far it had come, before it is given up. */
export const MAX_RESTARTS = 3;

/** How long a throttled unit waits when the vendor doesn't say, before the first jittered doubling. */
const THROTTLED_DELAY_MS = 2_000;

/** The longest that a vendor may make a unit wait; after that it is asked again. */
const MAX_THROTTLED_DELAY_MS = 3_600_000;

/**
 * How long to wait before attempt `attempt + 1`, in milliseconds: exponential back-off with full jitter
 * (AWS Architecture Blog, "Exponential Backoff and Jitter"), so that units that failed together come back
 * apart.
 * @param attempt the attempt that just failed, from 1
 */
export function backOffMs(attempt: number, random: () => number = Math.random): number {
  return Math.round(random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempt - 1)));
}

/**
 * How long what was unavailable waits before it is tried again, in whole milliseconds: backed off, and as
 * long as the vendor asked for, if it said anything.
 * @param attempt the attempt that just failed, from 1
 */
export function unavailableDelayMs(
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  const asked = retryAfterMs !== undefined && retryAfterMs > 0 ? Math.ceil(retryAfterMs) : 1;
  return Math.max(backOffMs(attempt, random), Math.min(MAX_THROTTLED_DELAY_MS, asked));
}

/**
 * How long a throttled unit waits, in whole milliseconds: what the vendor asked for, within bounds, or a
 * jittered guess; never nothing.
 * @param retryAfterMs as the vendor said it: it may be a date that is past, a fraction, or nonsense
 */
export function throttleDelayMs(
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) {
    return Math.min(MAX_THROTTLED_DELAY_MS, Math.ceil(retryAfterMs));
  }
  return Math.round(THROTTLED_DELAY_MS * (1 + random()));
}
