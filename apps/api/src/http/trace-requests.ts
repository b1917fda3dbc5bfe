import type { FastifyInstance } from 'fastify';

import { TracedWork } from '#platform';

import { PROBES } from './probes.js';
import { currentOrigin } from './request-origin.js';

const FIRST_SERVER_ERROR = 500;

/**
 * Makes each request a span, in the trace that its caller names (W3C Trace Context), by the route as it is declared:
 * paths and queries hold what callers have sent. Probes are none: they would be most of the traces.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const spans = new WeakMap<object, TracedWork>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { method, headers, routeOptions, protocol } = request;
    if (PROBES.test(request.url)) {
      done();
      return;
    }
    const route = routeOptions.url;
    const span = new TracedWork({
      name: route === undefined ? method : `${method} ${route}`,
      kind: 'server',
      attributes: {
        'http.request.method': method,
        'url.scheme': protocol,
        'muster.origin': currentOrigin(),
        ...(route === undefined ? {} : { 'http.route': route }),
      },
      parent: headers,
    });
    spans.set(request, span);
    span.during(done);
  });
  // A body that has been read ends in another asynchronous context.
  fastify.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.during(done);
  });
  fastify.addHook('onResponse', (request, { statusCode }, done) => {
    const errorType = statusCode < FIRST_SERVER_ERROR ? undefined : String(statusCode);
    spans.get(request)?.end({ 'http.response.status_code': statusCode }, errorType);
    done();
  });
}
