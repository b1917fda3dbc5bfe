import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 30_000;
const POLL_MS = 20;

/**
 * Waits for a condition: what `look` returns as soon as it isn't undefined or false.
 * @throws when it never comes, saying what was waited for and why the last look failed.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${String(LIMIT_MS / 1000)} s in vain: ${what}.`);
    await delay(POLL_MS);
  }
}
