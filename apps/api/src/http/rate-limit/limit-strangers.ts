import type { FastifyInstance } from 'fastify';

import type { AuthenticatedRequest } from '../caller.js';
import { PROBES } from '../probes.js';
import type { RateLimits } from './rate-limits.js';

/** Counts, by address, what is asked by nobody that is known: whatever the route, also where there is none. */
export function limitStrangers(fastify: FastifyInstance, limits: RateLimits): void {
  const turnedAway = new WeakSet<object>();
  fastify.addHook('onRequest', (request, reply, done) => {
    // An attack from behind a load balancer must not answer it for the process.
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
