import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { lastValueFrom, type Observable, of } from 'rxjs';

import { IdempotencyRepository, type KeyClaim, type KeyedRequest, KeyLostError } from '#database';
import { LOGGER, type Logger } from '#platform';

import { ApiError } from './api-error.js';
import type { AuthenticatedRequest } from './caller.js';
import { IDEMPOTENCY_KEY, readIdempotencyKey } from './idempotency-key.js';
import { rawBodyOf } from './json-body.js';

/** Tells a repeated answer from the first. */
const REPLAYED = 'Idempotency-Replayed';

/**
 * Lets a POST with an Idempotency-Key have its effect once. The first to succeed stores its answer, which
 * whoever repeats the request gets; what failed may be tried again. It stands after the guard, which says
 * whose key it is, and before the body is parsed: what is refused from there on has failed, too.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    @Inject(IdempotencyRepository) private readonly keys: IdempotencyRepository,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler<unknown>): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const keyed = toKeyedRequest(request);
    if (keyed === undefined) return next.handle();
    const outcome = await this.keys.claim(keyed);
    if (outcome === 'busy') throw inUse();
    if (outcome === 'different') {
      throw new ApiError(
        'idempotencyKeyReused',
        `${IDEMPOTENCY_KEY}: another request was sent with this key; choose a new key for each request, and send its repeats unchanged`,
      );
    }
    if ('claim' in outcome) {
      request.keyClaim = outcome.claim;
      return of(await this.work(outcome.claim, next, reply));
    }
    void reply.header(REPLAYED, 'true');
    if ('taskId' in outcome) return of({ data: outcome.taskId });
    void reply.status(outcome.answer.status);
    return of(outcome.answer.body);
  }

  private async work(claim: KeyClaim, next: CallHandler<unknown>, reply: FastifyReply): Promise<unknown> {
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle());
    } catch (error) {
      await this.settle('released', () => this.keys.release(claim));
      throw error instanceof KeyLostError ? inUse() : error;
    }
    await this.settle('answered', () => this.keys.answer(claim, reply.statusCode, body));
    return body;
  }

  /** What the request came to is said all the same: the claim runs out by itself, and a task is known. */
  private async settle(what: string, settle: () => Promise<void>): Promise<void> {
    try {
      await settle();
    } catch (error) {
      this.log.warn({ err: error }, `an idempotency key could not be ${what}`);
    }
  }
}

function toKeyedRequest(request: AuthenticatedRequest): KeyedRequest | undefined {
  const { method, url, caller } = request;
  if (method !== 'POST' || caller === undefined) return undefined;
  const key = readIdempotencyKey(request.headers);
  if (key === undefined) return undefined;
  return { caller, key, content: Buffer.concat([Buffer.from(`${method} ${url}\n`), rawBodyOf(request)]) };
}

function inUse(): ApiError {
  return new ApiError(
    'idempotencyKeyInUse',
    `${IDEMPOTENCY_KEY}: the first request with this key is still being worked on. Try again in a moment.`,
  );
}
