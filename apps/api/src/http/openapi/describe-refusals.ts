import { API_ERRORS, MAX_MESSAGE_CHARACTERS, MIN_MESSAGE_CHARACTERS } from '../api-error.js';
import { SANE_REQUEST_ID } from '../request-id.js';
import type { Refusal } from './refuses-with.js';

/** The schema of what every error has in common. */
export const ERROR_SCHEMA = {
  type: 'object',
  description: "COC's error body, and the request's id.",
  required: ['error_code', 'error_msg', 'request_id'],
  properties: {
    error_code: {
      type: 'string',
      pattern: '^(COC\\.\\d{8}|APIGW\\.\\d{4})$',
      description: 'Says which; docs/errors.md has them all, and what to do.',
    },
    error_msg: {
      type: 'string',
      minLength: MIN_MESSAGE_CHARACTERS,
      maxLength: MAX_MESSAGE_CHARACTERS,
      description: 'Names the field and says what to do. For people: it may get better.',
    },
    request_id: {
      type: 'string',
      pattern: SANE_REQUEST_ID.source,
      description: 'Also in the header X-Request-Id, and in the log.',
    },
  },
  additionalProperties: false,
};

const ERROR = { $ref: '#/components/schemas/Error' };
const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

/** Codes that come with Retry-After: the same request may work soon. */
const RETRYABLE: ReadonlySet<string> = new Set([
  API_ERRORS.tooManyRequests.code,
  ...Object.values(API_ERRORS).flatMap((kind) => ('retryAfterSeconds' in kind ? [kind.code] : [])),
]);

/** The responses by status: which codes it may come with, and when each does. */
export function describeRefusals(refusals: readonly Refusal[]): Record<string, object> {
  const statuses = [...new Set(refusals.map(({ status }) => status))];
  const ofStatus = (status: number) => refusals.filter((refusal) => refusal.status === status);
  return Object.fromEntries(statuses.map((status) => [status, describeStatus(status, ofStatus(status))]));
}

function describeStatus(status: number, refusals: readonly Refusal[]): object {
  const codes = [...new Set(refusals.map(({ code }) => code))];
  const mayRetry = codes.some((code) => RETRYABLE.has(code));
  return {
    description: refusals.map(({ code, when }) => `${code}: ${when}`).join('\n\n'),
    headers: {
      ...(mayRetry ? { 'Retry-After': header('RetryAfter') } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': header('Challenge') } : {}),
    },
    content: {
      'application/json': {
        schema: { allOf: [ERROR, { properties: { error_code: { enum: codes } } }] },
      },
    },
  };
}
