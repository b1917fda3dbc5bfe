import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

import { actFor } from '#database';
import { LOGGER, type Logger } from '#platform';

import { ACCESS, type Access } from '../authorization/access.js';
import type { AuthenticatedRequest } from '../caller.js';
import { Authenticator } from './authenticator.js';
import { logRefusal } from './log-refusal.js';

/** Lets in who signs the request with a key pair, or sends a known API key or token. The tenant is theirs. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, targets);
    if (access === 'anybody') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (access !== undefined) request.action = access;
    try {
      request.caller = await this.authenticator.findCaller(request);
      actFor(request.caller.tenantId);
    } catch (error) {
      throw logRefusal(this.log, request, error);
    }
    return true;
  }
}
