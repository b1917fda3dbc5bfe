import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';

import { type Authentication, type Caller, CredentialRepository } from '#database';
import { LOGGER, type Logger } from '#platform';

import { ACCESS, type Access } from '../authorization/access.js';
import type { AuthenticatedRequest } from '../caller.js';
import { SignatureError } from '../signature/signature-error.js';
import { isSigned } from '../signature/signed-authorization.js';
import { AuthenticationError } from './authentication-error.js';
import { SignatureAuthenticator } from './signature.authenticator.js';

const BEARER = /^Bearer +(\S+) *$/i;

/** Lets in who signs the request with a key pair, or sends a known API key. The tenant is theirs. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    @Inject(CredentialRepository) private readonly credentials: CredentialRepository,
    @Inject(SignatureAuthenticator) private readonly signatures: SignatureAuthenticator,
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<Access | undefined>(ACCESS, targets) === 'anybody') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    try {
      request.caller = await this.findCaller(request);
    } catch (error) {
      throw this.refuse(request, error);
    }
    return true;
  }

  private async findCaller(request: FastifyRequest): Promise<Caller> {
    const found = await this.authenticate(request);
    if ('refused' in found) {
      const { refused, credentialId } = found;
      throw new AuthenticationError(
        'the API key is unknown or revoked',
        `the API key is ${refused}`,
        credentialId === undefined ? {} : { credential: credentialId },
      );
    }
    const { caller, lastUsedAt } = found;
    const domain = request.headers['x-domain-id'];
    if (domain !== undefined && domain !== '' && domain !== caller.tenantId) {
      throw new AuthenticationError('X-Domain-Id is not the domain of this credential', undefined, {
        credential: caller.credentialId,
      });
    }
    await this.credentials.markUsed(caller.credentialId, lastUsedAt);
    return caller;
  }

  private async authenticate(request: FastifyRequest): Promise<Authentication> {
    const { authorization = '' } = request.headers;
    if (isSigned(authorization)) return this.signatures.authenticate(request, authorization);
    const key = BEARER.exec(authorization)?.[1];
    if (key !== undefined) return this.credentials.findByApiKey(key);
    throw new AuthenticationError(
      'sign the request with SDK-HMAC-SHA256, or send an API key as Authorization: Bearer <key>',
    );
  }

  /** Says in the log why somebody was not let in. */
  private refuse(request: FastifyRequest, error: unknown): unknown {
    const refusal = error instanceof SignatureError ? new AuthenticationError(error.message) : error;
    if (refusal instanceof AuthenticationError) {
      this.log.warn(
        {
          request: request.id,
          method: request.method,
          path: request.url.split('?', 1)[0],
          from: request.ip,
          ...refusal.claimed,
          reason: refusal.reason,
        },
        'a caller was not let in',
      );
    }
    return refusal;
  }
}
