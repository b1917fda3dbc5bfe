/** Attempts at a message before it becomes a dead letter: by then some two hours have passed. */
export const MAX_DELIVERY_ATTEMPTS = 12;

const MAX_DELAY_MS = 3_600_000;

/**
 * How long to wait before attempt `attempt + 1` at a message, in milliseconds: doubled each time, up to an hour, by
 * half at random; longer where the receiver asks for it, up to an hour.
 * @param attempt the attempt that just failed, from 1
 * @param firstMs before the second attempt
 */
export function deliveryDelayMs(
  attempt: number,
  retryAfterMs: number | undefined,
  firstMs: number,
  random: () => number = Math.random,
): number {
  const longest = Math.min(MAX_DELAY_MS, firstMs * 2 ** (attempt - 1));
  const asked = Math.min(MAX_DELAY_MS, Math.max(0, retryAfterMs ?? 0));
  return Math.ceil(Math.max(asked, longest * (0.5 + random() / 2)));
}
