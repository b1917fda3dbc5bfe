import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Configuration, Logger } from '#platform';

import { addressKey } from './address-key.js';
import { RateLimitError } from './rate-limit-error.js';
import { type Allowance, RateLimiter } from './rate-limiter.js';

/** Of who sends too many requests the log tells so often. */
const NOTICES_PER_MINUTE = 1;

/**
 * How many requests this process answers: to each credential, and to each address for requests of nobody that is
 * known, which are those whose authentication has failed, too.
 */
@Injectable()
export class RateLimits {
  private readonly callers: RateLimiter | undefined;
  private readonly strangers: RateLimiter | undefined;
  private readonly notices = new RateLimiter(NOTICES_PER_MINUTE);

  constructor(
    { caller, stranger }: Configuration['rateLimits'],
    private readonly log: Logger,
  ) {
    this.callers = limiterOf(caller);
    this.strangers = limiterOf(stranger);
  }

  /** @throws {RateLimitError} when the credential has used up its requests. */
  takeOfCaller(credentialId: string, request: FastifyRequest, reply: FastifyReply): void {
    const allowance = this.callers?.take(credentialId);
    if (allowance === undefined) return;
    sendAllowance(reply, allowance);
    if (allowance.allowed) return;
    this.notice(credentialId, request, { credential: credentialId });
    throw new RateLimitError('policy user', allowance);
  }

  /**
   * Turns an address away that has used up its requests, whoever asks now: else guessing could go on.
   * @throws {RateLimitError}
   */
  checkAddress(request: FastifyRequest, reply: FastifyReply): void {
    const key = addressKey(request.ip);
    const allowance = this.strangers?.look(key);
    if (allowance === undefined || allowance.allowed) return;
    sendAllowance(reply, allowance);
    this.notice(key, request, {});
    throw new RateLimitError('policy ip', allowance);
  }

  /** Counts a request that was answered, and turned out to be of nobody that is known. */
  countStranger(request: FastifyRequest, reply: FastifyReply): void {
    const allowance = this.strangers?.owe(addressKey(request.ip));
    if (allowance !== undefined) sendAllowance(reply, allowance);
  }

  private notice(key: string, { id, method, url, ip }: FastifyRequest, known: object): void {
    if (!this.notices.take(key).allowed) return;
    const path = url.split('?', 1)[0];
    this.log.warn({ request: id, method, path, from: ip, ...known }, 'too many requests: refused with 429');
  }
}

function limiterOf(perMinute: number): RateLimiter | undefined {
  return perMinute === 0 ? undefined : new RateLimiter(perMinute);
}

/** The fields of the IETF's draft-ietf-httpapi-ratelimit-headers, as of its version 6, which clients know. */
function sendAllowance(reply: FastifyReply, { limit, remaining, resetSeconds }: Allowance): void {
  void reply.headers({
    'RateLimit-Policy': `${String(limit)};w=60`,
    'RateLimit-Limit': limit,
    'RateLimit-Remaining': remaining,
    'RateLimit-Reset': resetSeconds,
  });
}
