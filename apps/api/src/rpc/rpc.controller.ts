import { randomUUID } from 'node:crypto';

import { Controller, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Ctx, MessagePattern, Payload, RpcException, TcpContext } from '@nestjs/microservices';
import type { FastifyAdapter } from '@nestjs/platform-fastify';

import { LOGGER, type Logger } from '#platform';

import { toApiError } from '../http/api-error.filter.js';
import { type ErrorBody, toErrorBody } from '../http/api-error.js';
import { actFrom } from '../http/request-origin.js';
import { toRpcError } from './rpc-error.js';
import { readRpcMessage, type RpcRequest, type RpcShape } from './rpc-message.js';

const RESOURCES = '/v1/multicloud-resources';
const SYNC = `${RESOURCES}/sync`;
const TASK = `${SYNC}/:task_id`;

/**
 * The operations that other services call by message. A message is the request over HTTP by another road: it passes
 * the same authentication, policy, rate limit, audit log, idempotency key, validation and handler, so that there is
 * nothing in which the two could differ.
 */
@Controller()
export class RpcController {
  constructor(
    @Inject(HttpAdapterHost) private readonly http: HttpAdapterHost<FastifyAdapter>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @MessagePattern('muster.sync.request')
  async requestSync(@Payload() message: unknown, @Ctx() context: unknown): Promise<unknown> {
    return this.call(
      { method: 'POST', path: SYNC, query: true, body: true, idempotencyKey: true },
      message,
      context,
    );
  }

  @MessagePattern('muster.sync.get')
  async showTask(@Payload() message: unknown, @Ctx() context: unknown): Promise<unknown> {
    return this.call({ method: 'GET', path: TASK }, message, context);
  }

  @MessagePattern('muster.sync.cancel')
  async cancelTask(@Payload() message: unknown, @Ctx() context: unknown): Promise<unknown> {
    return this.call({ method: 'POST', path: `${TASK}/cancel`, idempotencyKey: true }, message, context);
  }

  @MessagePattern('muster.resources.list')
  async listResources(@Payload() message: unknown, @Ctx() context: unknown): Promise<unknown> {
    return this.call({ method: 'GET', path: RESOURCES, query: true }, message, context);
  }

  @MessagePattern('muster.resources.count')
  async countResources(@Payload() message: unknown, @Ctx() context: unknown): Promise<unknown> {
    return this.call({ method: 'GET', path: `${RESOURCES}/count`, query: true }, message, context);
  }

  private async call(
    shape: RpcShape & { method: 'GET' | 'POST' },
    message: unknown,
    context: unknown,
  ): Promise<unknown> {
    try {
      return await this.passOn(shape, readRpcMessage(shape, message), context);
    } catch (error) {
      if (error instanceof RpcException) throw error;
      throw this.refuse(error);
    }
  }

  private async passOn(
    { method }: { method: 'GET' | 'POST' },
    { body, ...request }: RpcRequest,
    context: unknown,
  ): Promise<unknown> {
    // Awaited within: an injected request begins when it is awaited, and so in the origin of that.
    const answer = await actFrom(
      'rpc',
      async () =>
        await this.http.httpAdapter.getInstance().inject({
          method,
          ...request,
          ...(body === undefined ? {} : { payload: body }),
          ...addressOf(context),
        }),
    );
    const content = answer.json<unknown>();
    if (answer.statusCode < 400) return content;
    const retryAfter = answer.headers['retry-after'];
    const seconds = retryAfter === undefined ? undefined : Number(retryAfter);
    throw new RpcException(toRpcError(answer.statusCode, content as ErrorBody, seconds));
  }

  /** The error of a message that is not passed on. */
  private refuse(error: unknown): RpcException {
    const requestId = randomUUID().replaceAll('-', '');
    const shown = toApiError(error);
    if (shown.status >= 500) this.log.error({ err: error, request: requestId }, shown.message);
    return new RpcException(toRpcError(shown.status, toErrorBody(shown, requestId)));
  }
}

/** Where the caller is, as far as the transport knows: for the audit log and the limits of who is not known. */
function addressOf(context: unknown): { remoteAddress?: string } {
  if (!(context instanceof TcpContext)) return {};
  const remoteAddress = context.getSocketRef().netSocket.remoteAddress;
  return remoteAddress === undefined ? {} : { remoteAddress };
}
