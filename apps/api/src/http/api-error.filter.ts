import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { isDatabaseUnavailable } from '#database';
import { LOGGER, type Logger } from '#platform';

import { API_ERRORS, ApiError, toErrorBody } from './api-error.js';

/** Turns whatever was thrown into COC's error body. Unknown errors are logged whole and shown not at all. */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const shown = toApiError(error);
    if (shown.status >= 500) {
      this.log.error(
        { request: request.id, err: error, method: request.method, path: request.url },
        shown.message,
      );
    }
    if (isBrokenOff(error)) {
      this.log.info({ request: request.id, method: request.method }, 'a request broke off within its body');
    }
    if (shown.code === API_ERRORS.noSuchApi.code) {
      const [path] = request.url.split('?', 1);
      this.log.info({ request: request.id, method: request.method, path }, 'no such path or method');
    }
    if (shown.retryAfterSeconds !== undefined) void reply.header('Retry-After', shown.retryAfterSeconds);
    if (shown.status === 401) void reply.header('WWW-Authenticate', 'Bearer, SDK-HMAC-SHA256');
    void reply.status(shown.status).send(toErrorBody(shown, request.id));
  }
}

/** The error that a client is shown for whatever was thrown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isBrokenOff(error)) return new ApiError('badRequest', 'The request broke off within its body.');
  if (isDatabaseUnavailable(error)) {
    return new ApiError('unavailable', 'The database does not answer. Try again in a moment.');
  }
  const status = clientErrorStatus(error);
  return status === undefined
    ? new ApiError('internal', 'Internal error. The log has the details under this request_id.')
    : describeStatus(status, (error as Error).message);
}

/** Whether a client has gone while it sent a body. Only Fastify gives such an error a status: a database has none. */
function isBrokenOff(error: unknown): boolean {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  return code === 'ECONNRESET' && statusCode === 400;
}

/** The status of an error by which Nest or Fastify refuse a request; undefined for anything else. */
function clientErrorStatus(error: unknown): number | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const isFastifys = typeof code === 'string' && code.startsWith('FST_');
  const status = error instanceof HttpException ? error.getStatus() : isFastifys ? statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function describeStatus(status: number, message: string): ApiError {
  switch (status) {
    case 404:
      return new ApiError(
        'noSuchApi',
        'The API does not exist or has not been published: check path and method.',
      );
    case 413:
      return new ApiError('badRequest', 'The request body is larger than 1 MiB.', status);
    case 414:
      return new ApiError('badRequest', 'The path is too long: no id has that many characters.', status);
    case 415:
      return new ApiError(
        'badRequest',
        'The request body must be JSON: send Content-Type: application/json.',
        status,
      );
    default:
      return new ApiError('badRequest', message, status);
  }
}
