import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { ApiError } from './api-error.js';

type WithRawBody = FastifyRequest & { rawBody?: Buffer };

const NOTHING = Buffer.alloc(0);

/** Keeps bodies as they arrived: a signature covers their bytes, and a stranger's are not worth parsing. */
export function keepRawBodies(fastify: FastifyInstance): void {
  // Huawei's Node client sends, and signs, `{}` with a GET.
  fastify.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  fastify.addHook('onRequest', (request, _reply, done) => {
    // The type of a body that is not there is nothing to refuse a GET for.
    if (request.method === 'GET' && !announcesBody(request)) delete request.headers['content-type'];
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: WithRawBody, body: Buffer, done) => {
      request.rawBody = body;
      done(null, undefined);
    },
  );
}

/** The bytes of a body as they arrived; none where there is no body. */
export function rawBodyOf({ rawBody }: WithRawBody): Buffer {
  return rawBody ?? NOTHING;
}

/** Whether there is a body that Fastify has not read, as that of a HEAD. */
export function hasUnreadBody(request: WithRawBody): boolean {
  return announcesBody(request) && request.rawBody === undefined;
}

function announcesBody({ headers }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

/** Parses bodies, once their sender is known and before a pipe looks at them. */
@Injectable()
export class JsonBody implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.body = parseJson(rawBodyOf(request).toString('utf8'));
    return next.handle();
  }
}

function parseJson(text: string): unknown {
  try {
    // Huawei's clients send GET and DELETE with this content type and no body.
    return text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    throw describeJsonError(error as SyntaxError);
  }
}

/** Only the place: V8 quotes the text around it, which may be a secret. */
function describeJsonError({ message }: SyntaxError): ApiError {
  const [, position] = / at position (\d+)/.exec(message) ?? [];
  const place = position === undefined ? '' : `, from character ${String(Number(position) + 1)} on`;
  return new ApiError('invalidParameter', `The request body is not valid JSON${place}.`);
}
