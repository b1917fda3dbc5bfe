import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import type { Caller, KeyClaim } from '#database';

/** A request, and what was found out about it on its way through the edge. */
export type AuthenticatedRequest = FastifyRequest & {
  caller?: Caller;
  /** Our claim on its idempotency key. */
  keyClaim?: KeyClaim;
};

/** The caller of the request. The tenant is theirs and comes from nowhere else. */
export const FromCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (caller === undefined) throw new Error('A route without authentication asked for its caller.');
  return caller;
});
