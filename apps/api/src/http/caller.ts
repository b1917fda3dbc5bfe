import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import type { Caller } from '#database';

export type AuthenticatedRequest = FastifyRequest & { caller?: Caller };

/** The caller of the request. The tenant is theirs and comes from nowhere else. */
export const FromCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (caller === undefined) throw new Error('A route without authentication asked for its caller.');
  return caller;
});
