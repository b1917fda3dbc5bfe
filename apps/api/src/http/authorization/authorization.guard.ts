import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

import { decide } from '#domain';
import { LOGGER, type Logger } from '#platform';

import { ApiError } from '../api-error.js';
import type { AuthenticatedRequest } from '../caller.js';
import { ACCESS, type Access } from './access.js';

/** Lets a caller do what their policy allows. Stands behind the authentication. */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, targets);
    if (access === undefined) throw new Error('A route says nothing of who may call it.');
    if (access === 'anybody' || access === 'any caller') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { caller } = request;
    if (caller === undefined) throw new Error('A caller was not authenticated.');
    const verdict = decide(caller.policy, access);
    if (verdict === 'allowed') return true;
    this.log.warn(
      {
        request: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        credential: caller.credentialId,
        action: access,
        verdict,
      },
      'a caller was not allowed an action',
    );
    const reason = verdict === 'denied' ? 'its policy denies it' : 'no statement of its policy allows it';
    throw new ApiError('forbidden', `This credential may not ${access}: ${reason}.`);
  }
}
