import { setTimeout as delay } from 'node:timers/promises';

const DEFAULT_LIMIT_MS = 180_000;
const POLL_MS = 20;

/**
 * Waits for a condition: what `look` returns as soon as it isn't undefined or false.
 * @throws when it never comes, saying what was waited for.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = DEFAULT_LIMIT_MS,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${String(limitMs / 1000)} s in vain: ${what}.`);
    await delay(POLL_MS);
  }
}
