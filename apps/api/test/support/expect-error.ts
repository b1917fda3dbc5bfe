import { expect } from '@jest/globals';

import type { Answer } from '../../../../test/support/test-muster.js';

/** What an answer should be: its message is checked against a text that it must hold, or a pattern. */
export interface ExpectedError {
  status: number;
  code: string;
  message: string | RegExp;
}

/** COC's documented lengths of error_msg. */
const MIN_MESSAGE_CHARACTERS = 2;
const MAX_MESSAGE_CHARACTERS = 512;

/** Checks all that every error has in common, and returns its message. */
export function expectErrorShape({ status, headers, body }: Answer): string {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).toEqual({
    error_code: expect.stringMatching(/^(COC\.\d{8}|APIGW\.\d{4})$/),
    error_msg: expect.any(String),
    request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('x-request-id')).toBe(body['request_id']);
  const message = body['error_msg'] as string;
  expect(message.length).toBeGreaterThanOrEqual(MIN_MESSAGE_CHARACTERS);
  expect(message.length).toBeLessThanOrEqual(MAX_MESSAGE_CHARACTERS);
  // Nothing of our inside: no stack, no file, no SQL, no library's name.
  expect(message).not.toMatch(/\n\s+at |node_modules|\.[jt]s:\d|prisma|SELECT|FST_|undefined|\[object/i);
  return message;
}

export function expectError(answer: Answer, { status, code, message }: ExpectedError): void {
  const shown = expectErrorShape(answer);
  expect([answer.status, answer.body['error_code']]).toEqual([status, code]);
  if (typeof message === 'string') expect(shown).toContain(message);
  else expect(shown).toMatch(message);
}
