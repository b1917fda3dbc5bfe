import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import {
  type Authentication,
  type Caller,
  CredentialRepository,
  type KnownCaller,
  SessionTokenRepository,
} from '#database';

import { isSigned } from '../signature/signed-authorization.js';
import { AuthenticationError } from './authentication-error.js';
import { SignatureAuthenticator } from './signature.authenticator.js';

const BEARER = /^Bearer +(\S+) *$/i;

/** Finds out who sent a request. */
@Injectable()
export class Authenticator {
  constructor(
    @Inject(CredentialRepository) private readonly credentials: CredentialRepository,
    @Inject(SessionTokenRepository) private readonly tokens: SessionTokenRepository,
    @Inject(SignatureAuthenticator) private readonly signatures: SignatureAuthenticator,
  ) {}

  /** @throws {AuthenticationError | SignatureError} when nobody is to be let in. */
  async findCaller(request: FastifyRequest): Promise<Caller> {
    const { caller, lastUsedAt } = await this.authenticate(request);
    const domain = request.headers['x-domain-id'];
    if (domain !== undefined && domain !== '' && domain !== caller.tenantId) {
      throw new AuthenticationError('X-Domain-Id is not the domain of this credential', undefined, {
        credential: caller.credentialId,
      });
    }
    await this.credentials.markUsed(caller.credentialId, lastUsedAt);
    return caller;
  }

  private async authenticate(request: FastifyRequest): Promise<KnownCaller> {
    const { authorization, 'x-auth-token': token } = request.headers;
    if (authorization !== undefined && token !== undefined) {
      throw new AuthenticationError('send either Authorization or X-Auth-Token, not both');
    }
    if (token !== undefined) {
      return accept(await this.tokens.find(String(token)), 'token', 'decrypt token fail');
    }
    if (isSigned(authorization ?? '')) return this.signatures.authenticate(request, authorization ?? '');
    const key = BEARER.exec(authorization ?? '')?.[1];
    if (key === undefined) {
      throw new AuthenticationError(
        'sign the request with SDK-HMAC-SHA256, or send an API key as Authorization: Bearer <key>, ' +
          'or a token as X-Auth-Token',
      );
    }
    return accept(await this.credentials.findByApiKey(key), 'API key', 'the API key is unknown or revoked');
  }
}

/** @param shown what the client is told, who need not know which of the reasons it is */
function accept(found: Authentication, what: string, shown: string): KnownCaller {
  if (!('refused' in found)) return found;
  const { refused, credentialId } = found;
  const claimed = credentialId === undefined ? {} : { credential: credentialId };
  throw new AuthenticationError(shown, `the ${what} is ${refused}`, claimed);
}
