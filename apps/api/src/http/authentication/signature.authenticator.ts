import { createHash, timingSafeEqual } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

import { type AccessKey, type AccessKeySecret, type KnownCaller, UsedSignatureRepository } from '#database';

import { hasUnreadBody, rawBodyOf } from '../json-body.js';
import type { ReceivedQuery } from '../signature/canonical-request.js';
import { ReceivedHeaders } from '../signature/received-headers.js';
import { mismatch } from '../signature/signature-error.js';
import { parseSignedAuthorization } from '../signature/signed-authorization.js';
import {
  isSignedWith,
  MAX_CLOCK_SKEW_MS,
  readSignedRequest,
  type SignedRequest,
} from '../signature/signed-request.js';
import { AccessKeys } from './access-keys.js';
import { AuthenticationError } from './authentication-error.js';

/**
 * Methods that change nothing when they are sent again: an id that was deleted is never given out again. A client
 * that deletes twice within a second, which has the same signature, is to hear that the thing is gone.
 */
const REPEATABLE = ['GET', 'HEAD', 'DELETE'];

/** Who signed a request, as Huawei's SDKs and Terraform do. */
@Injectable()
export class SignatureAuthenticator {
  constructor(
    @Inject(AccessKeys) private readonly accessKeys: AccessKeys,
    @Inject(UsedSignatureRepository) private readonly usedSignatures: UsedSignatureRepository,
  ) {}

  /** @throws {AuthenticationError | SignatureError} */
  async authenticate(request: FastifyRequest, authorization: string): Promise<KnownCaller> {
    const headers = new ReceivedHeaders(request.raw.rawHeaders);
    headers.single('authorization');
    const signedAs = parseSignedAuthorization(authorization);
    if (hasUnreadBody(request)) throw mismatch(`a ${request.method} has no body here`);
    const signed = readSignedRequest(
      {
        method: request.method,
        path: request.url.split(/[?#]/, 1)[0] ?? '',
        query: request.query as ReceivedQuery,
        headers,
        body: rawBodyOf(request),
      },
      signedAs,
      new Date(),
    );
    const { found, secret } = await this.findSigner(signedAs.accessKey, signed);
    const claimed = { accessKey: signedAs.accessKey, credential: found.caller.credentialId };
    checkSecurityToken(secret, headers.single('x-security-token'), claimed);
    if (found.expiresAt !== null && found.expiresAt.getTime() <= Date.now()) {
      throw new AuthenticationError(
        `token expires, expires_at: ${found.expiresAt.toISOString()}`,
        undefined,
        claimed,
      );
    }
    if (!REPEATABLE.includes(request.method)) await this.useOnce(signed, claimed);
    return found;
  }

  /** The key pair of that name, and which of its secret keys signed. */
  private async findSigner(
    accessKey: string,
    signed: SignedRequest,
  ): Promise<{ found: AccessKey; secret: AccessKeySecret }> {
    let found = await this.accessKeys.find(accessKey);
    let secret = found && signerOf(found, signed);
    if (found !== undefined && secret === undefined) {
      // It may have a new secret key since we looked.
      found = await this.accessKeys.findAnew(accessKey);
      secret = found && signerOf(found, signed);
    }
    const claimed = { accessKey, ...(found === undefined ? {} : { credential: found.caller.credentialId }) };
    const unknown = `ak ${accessKey} not exist`;
    if (found === undefined) throw new AuthenticationError(unknown, undefined, claimed);
    if (found.revoked) throw new AuthenticationError(unknown, `ak ${accessKey} was revoked`, claimed);
    if (secret === undefined) {
      const shown = 'verify aksk signature fail';
      throw new AuthenticationError(shown, `${shown}: the secret key or the request is another`, claimed);
    }
    if (secret.validUntil !== null && secret.validUntil.getTime() <= Date.now()) {
      throw new AuthenticationError(
        'verify aksk signature fail',
        `the secret key was replaced, and was good until ${secret.validUntil.toISOString()}`,
        claimed,
      );
    }
    return { found, secret };
  }

  private async useOnce(
    { signature, signedAt }: SignedRequest,
    claimed: { accessKey: string; credential: string },
  ): Promise<void> {
    // Twice as long as our clock accepts it, for those of the other processes and of the database.
    const expiresAt = new Date(signedAt.getTime() + 2 * MAX_CLOCK_SKEW_MS);
    if (await this.usedSignatures.use(signature, expiresAt)) return;
    throw new AuthenticationError(
      'verify aksk signature fail, this very request was received before: sign it anew',
      'the request is a replay',
      claimed,
    );
  }
}

/** All are tried, so that time does not tell which of two it was. */
function signerOf({ secrets }: AccessKey, signed: SignedRequest): AccessKeySecret | undefined {
  const [signer] = secrets.filter(({ secretKey }) => isSignedWith(signed, secretKey));
  return signer;
}

function checkSecurityToken(
  { securityTokenHash }: AccessKeySecret,
  token: string | undefined,
  claimed: { accessKey: string; credential: string },
): void {
  if (securityTokenHash === null && (token === undefined || token === '')) return;
  if (securityTokenHash === null) {
    throw new AuthenticationError('X-Security-Token is only for temporary access keys', undefined, claimed);
  }
  if (token === undefined || token === '') {
    throw new AuthenticationError('x-security-token not found', undefined, claimed);
  }
  if (timingSafeEqual(createHash('sha256').update(token).digest(), securityTokenHash)) return;
  throw new AuthenticationError('decrypt token fail', 'the security token is not that of the ak', claimed);
}
