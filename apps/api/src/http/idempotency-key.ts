import type { IncomingHttpHeaders } from 'node:http';

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

import type { KeyClaim } from '#database';

import { ApiError } from './api-error.js';
import type { AuthenticatedRequest } from './caller.js';

/** The header by which a client says that two requests are one. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
export const MAX_KEY_CHARACTERS = 255;

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/**
 * The key of a request, or undefined when it has none.
 * @throws {ApiError} that names the header.
 */
export function readIdempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const value = headers[IDEMPOTENCY_KEY.toLowerCase()];
  if (value === undefined) return undefined;
  const key = String(value);
  if (PRINTABLE_ASCII.test(key) && key.length <= MAX_KEY_CHARACTERS) return key;
  throw new ApiError(
    'invalidParameter',
    `${IDEMPOTENCY_KEY} must be 1 to ${String(MAX_KEY_CHARACTERS)} printable ASCII characters, best a random UUID`,
  );
}

/** The claim on the request's idempotency key, for what writes it down with its effect; undefined without key. */
export const FromIdempotencyKey = createParamDecorator(
  (_data: unknown, context: ExecutionContext): KeyClaim | undefined =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().keyClaim,
);
