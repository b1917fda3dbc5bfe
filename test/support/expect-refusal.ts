import { expect } from '@jest/globals';

import { settle } from './settle.js';

/** What a refusal should be: its message must hold a text, or match a pattern. */
export interface ExpectedRefusal {
  status: number;
  code: string;
  message?: string | RegExp;
}

/** Checks that the API refuses what the client asks, and how. */
export async function expectRefusal(
  request: Promise<unknown>,
  { status, code, message = '' }: ExpectedRefusal,
): Promise<void> {
  const { refusals } = await settle([request]);
  const [error] = refusals;
  if (error === undefined) throw new Error(`It was not refused with ${code}.`);
  const text =
    typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
  expect([error.status, error.code, error.message]).toEqual([status, code, text]);
}
