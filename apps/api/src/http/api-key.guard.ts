import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

import { CredentialRepository } from '#database';

import { ApiError } from './api-error.js';
import { type AuthenticatedRequest, PUBLIC } from './caller.js';

const BEARER = /^Bearer +(\S+) *$/i;

/** Lets in who sends a known API key as `Authorization: Bearer …`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    @Inject(CredentialRepository) private readonly credentials: CredentialRepository,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) === true) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw refuse('send the API key as Authorization: Bearer <key>');
    const caller = await this.credentials.authenticate(key);
    if (caller === undefined) throw refuse('the API key is unknown or revoked');
    request.caller = caller;
    return true;
  }
}

function refuse(reason: string): ApiError {
  return new ApiError('unauthenticated', `Incorrect IAM authentication information: ${reason}`);
}
