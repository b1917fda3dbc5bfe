import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { beginStretch } from '#database';
import { Metrics, Readiness } from '#metrics';
import { type Configuration, logWith } from '#platform';

import { AuditTrail } from '../audit/audit-trail.js';
import { toApiError } from './api-error.filter.js';
import { ApiError, toErrorBody } from './api-error.js';
import { keepRawBodies } from './json-body.js';
import { serveOpenApi } from './openapi/serve-openapi.js';
import { limitStrangers } from './rate-limit/limit-strangers.js';
import { RateLimits } from './rate-limit/rate-limits.js';
import { SANE_REQUEST_ID } from './request-id.js';
import { SECURITY_HEADERS, sendSecurityHeaders } from './security-headers.js';
import { traceRequests } from './trace-requests.js';

/** The API's own bound; COC's bodies are a few hundred bytes. */
const MAX_BODY_BYTES = 1_048_576;
/** Long enough for a page of 500 resources to a slow reader. */
const REQUEST_TIMEOUT_MS = 60_000;
/** How long a client may hold up our shutdown with an answer that it doesn't read. */
const CLOSE_TIMEOUT_MS = 5_000;

const REQUEST_ID = 'X-Request-Id';
/** What Huawei's SDKs quote of an answer of IAM instead. */
const IAM_TRACE_ID = 'X-IAM-Trace-Id';
const IAM_PATH = '/v3/';

/** Fastify as the API needs it. */
export function createHttpAdapter({ trustedProxies }: Pick<Configuration, 'trustedProxies'>): FastifyAdapter {
  return new FastifyAdapter({
    // Node would refuse what has no Host by itself, with an empty answer: see answerInsteadOfNode.
    http: { requireHostHeader: false },
    ...(trustedProxies.length === 0 ? {} : { trustProxy: trustedProxies }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: ({ headers }: IncomingMessage) => sentRequestId(headers) ?? createRequestId(),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // A path that is no valid URL: Fastify's router answers before any hook or filter of ours.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const shown =
        error.code === 'FST_ERR_BAD_URL'
          ? new ApiError('badRequest', 'The path is not valid: write special characters as %XX of UTF-8.')
          : toApiError(error);
      void reply
        .status(shown.status)
        .headers({ ...SECURITY_HEADERS, [REQUEST_ID]: request.id })
        .send(toErrorBody(shown, request.id));
    },
    clientErrorHandler: refuseConnection,
  });
}

/** Puts the API's edge on an application: headers of every answer, bodies as they arrive, the page at /docs. */
export function configureHttp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  traceRequests(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID, request.id);
    if (request.url.startsWith(IAM_PATH)) reply.header(IAM_TRACE_ID, request.id);
    logWith({ request: request.id }, done);
  });
  sendSecurityHeaders(fastify);
  limitStrangers(fastify, app.get(RateLimits));
  answerInsteadOfNode(fastify);
  recordWrites(fastify, app.get(AuditTrail));
  measureRequests(fastify, app.get(Metrics));
  // What a request does, it does for its caller: see AuthenticationGuard. Not before its body has been read,
  // which ends in another asynchronous context.
  fastify.addHook('preHandler', (request, _reply, done) => {
    logWith({ request: request.id }, () => {
      beginStretch(done);
    });
  });
  closePromptly(fastify, app.get(Readiness));
  keepRawBodies(fastify);
  serveOpenApi(app);
}

/** Hands what came of a request to the audit log. */
function recordWrites(fastify: FastifyInstance, trail: AuditTrail): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    trail.end(request, reply.statusCode, payload);
    done(null, payload);
  });
}

/** Counts requests by the route as it is declared: paths hold ids. */
function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onResponse', ({ method, routeOptions }, reply, done) => {
    const route = routeOptions.url === undefined ? {} : { route: routeOptions.url };
    metrics.countRequest({ method, ...route }, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
}

/** Has requests answered by us that Node would answer by itself, without a body and without an id. */
function answerInsteadOfNode(fastify: FastifyInstance): void {
  fastify.server.on('checkExpectation', (request, response) => {
    // We may refuse what expects more of us than we know (RFC 9110, 10.1.1), but nothing hangs on it.
    fastify.server.emit('request', request, response);
  });
  fastify.addHook('onRequest', ({ headers, raw }, _reply, done) => {
    const isLacking = headers.host === undefined && raw.httpVersion === '1.1';
    done(isLacking ? new ApiError('badRequest', 'The request has no Host header.') : undefined);
  });
}

/** Lets requests under way finish, but no connection outlast its answer and no client hold up the end. */
function closePromptly(fastify: FastifyInstance, readiness: Readiness): void {
  fastify.addHook('preClose', (done) => {
    setTimeout(() => fastify.server.closeAllConnections(), CLOSE_TIMEOUT_MS).unref();
    done();
  });
  // From when it is known that the process stops: then no load balancer sends its next request on a connection that is
  // just being closed. Fastify closes what is idle when it begins to close; what is busy then would stay open.
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.isStopping) reply.header('Connection', 'close');
    done(null, payload);
  });
  // The header of what had been a stream of events until now said nothing of that.
  fastify.addHook('onResponse', (_request, _reply, done) => {
    if (!fastify.server.listening) fastify.server.closeIdleConnections();
    done();
  });
}

/** The id that the caller, or a proxy in front, has given its request, if it is one that can be shown anywhere. */
function sentRequestId({ 'x-request-id': sent }: IncomingHttpHeaders): string | undefined {
  return typeof sent === 'string' && SANE_REQUEST_ID.test(sent) ? sent : undefined;
}

/** 32 hex digits, as COC's gateway makes them. */
function createRequestId(): string {
  return randomUUID().replaceAll('-', '');
}

/** Answers what is no HTTP at all, takes too long to arrive, or has too large headers. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const shown = describeConnectionError(error.code);
  const id = createRequestId();
  const body = JSON.stringify(toErrorBody(shown, id));
  if (socket.writable) {
    socket.write(
      [
        `HTTP/1.1 ${String(shown.status)} ${STATUS_CODES[shown.status] ?? ''}`,
        'Content-Type: application/json; charset=utf-8',
        `Content-Length: ${String(Buffer.byteLength(body))}`,
        `${REQUEST_ID}: ${id}`,
        ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  }
  socket.destroySoon();
}

function describeConnectionError(code: string | undefined): ApiError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ApiError('badRequest', "The request's headers or URL are too large.", 431);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiError('badRequest', 'The request took too long to arrive.', 408);
    default:
      return new ApiError('badRequest', 'This is not an HTTP request that can be understood.');
  }
}
