import type { FastifyReply } from 'fastify';

/** Aborts when the client is gone, for whom nothing need be waited for any more. */
export function whenGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    gone.abort();
  });
  return gone.signal;
}
