import { randomUUID } from 'node:crypto';

import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

import { ApiError } from './api-error.js';
import { serveOpenApi } from './openapi.js';

/** The API's own bound; COC's bodies are a few hundred bytes. */
const MAX_BODY_BYTES = 1_048_576;
/** Long enough for a page of 500 resources to a slow reader. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Fastify as the API needs it. Request ids are 32 hex digits, as COC's gateway makes them. */
export function createHttpAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => randomUUID().replaceAll('-', ''),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
}

/** Puts the API's edge on an application: request ids, the JSON parser, the OpenAPI page at /docs. */
export function configureHttp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    done();
  });
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Huawei's clients send GET and DELETE with this content type and no body.
    if (body.length === 0) return done(null, undefined);
    void parseJson(request, body as string, (error, value) => {
      if (error === null) return done(null, value);
      done(new ApiError('invalidParameter', `The request body is not valid JSON: ${error.message}`));
    });
  });
  serveOpenApi(app);
}
