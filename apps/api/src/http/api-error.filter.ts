import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Inject,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { isDatabaseUnavailable } from '#database';
import { type Logger, LOGGER } from '#platform';

import { ApiError } from './api-error.js';

/** COC's documented bound on error_msg. */
const MAX_MESSAGE_CHARACTERS = 512;
const RETRY_AFTER_SECONDS = '2';

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
    if (shown.status === 503) void reply.header('Retry-After', RETRY_AFTER_SECONDS);
    void reply.status(shown.status).send({
      error_code: shown.code,
      error_msg: shown.message.slice(0, MAX_MESSAGE_CHARACTERS),
      request_id: request.id,
    });
  }
}

/** The error that a client is shown for whatever was thrown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isDatabaseUnavailable(error)) {
    return new ApiError('unavailable', 'The database does not answer. Try again in a moment.');
  }
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (
    typeof code === 'string' &&
    code.startsWith('FST_') &&
    typeof statusCode === 'number' &&
    statusCode < 500
  ) {
    return new ApiError('badRequest', describeFastify(code, error as Error), statusCode);
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    if (status === (HttpStatus.NOT_FOUND as number)) {
      return new ApiError(
        'noSuchApi',
        'The API does not exist or has not been published: check path and method.',
      );
    }
    if (status < 500) return new ApiError('badRequest', error.message, status);
  }
  return new ApiError('internal', 'Internal error. The log has the details under this request_id.');
}

function describeFastify(code: string, error: Error): string {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'The request body is larger than 1 MiB.';
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'The request body must be JSON: send Content-Type: application/json.';
    default:
      return error.message;
  }
}
