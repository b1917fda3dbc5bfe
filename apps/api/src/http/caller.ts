import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import type { AuditEntry, Caller, KeyClaim } from '#database';

/** A request, and what was found out about it on its way through the edge. */
export type AuthenticatedRequest = FastifyRequest & {
  caller?: Caller;
  /** Whose credential it claims to carry, where it is not let in. */
  claimedCredential?: string;
  /** What it asks to be done. */
  action?: string;
  /** Its entry in the audit log, if it may change something. */
  auditEntry?: AuditEntry;
  /** Our claim on its idempotency key. */
  keyClaim?: KeyClaim;
};

/** The caller of the request. The tenant is theirs and comes from nowhere else. */
export const FromCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (caller === undefined) throw new Error('A route without authentication asked for its caller.');
  return caller;
});
