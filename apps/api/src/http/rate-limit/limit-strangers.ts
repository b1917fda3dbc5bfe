import type { FastifyInstance } from 'fastify';

import type { AuthenticatedRequest } from '../caller.js';
import type { RateLimits } from './rate-limits.js';

/** What load balancers ask, which an attack from behind one must not answer for the process. */
const PROBES = /^\/(healthz|readyz)(\?|$)/;

/** Counts, by address, what is asked by nobody that is known: whatever the route, also where there is none. */
export function limitStrangers(fastify: FastifyInstance, limits: RateLimits): void {
  const turnedAway = new WeakSet<object>();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!PROBES.test(request.url)) {
      try {
        limits.checkAddress(request, reply);
      } catch (error) {
        turnedAway.add(request); // or it would never be let in again
        done(error as Error);
        return;
      }
    }
    done();
  });
  fastify.addHook('onSend', (request: AuthenticatedRequest, reply, payload, done) => {
    const isStranger = request.caller === undefined && !PROBES.test(request.url) && !turnedAway.has(request);
    if (isStranger) limits.countStranger(request, reply);
    done(null, payload);
  });
}
