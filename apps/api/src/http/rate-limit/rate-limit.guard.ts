import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

import type { AuthenticatedRequest } from '../caller.js';
import { RateLimits } from './rate-limits.js';

/** Counts a known caller's request. Stands behind the authentication and before all that costs more. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(@Inject(RateLimits) private readonly limits: RateLimits) {}

  /** @throws {RateLimitError} */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    if (request.caller !== undefined) this.limits.takeOfCaller(request.caller.credentialId, request, reply);
    return true;
  }
}
