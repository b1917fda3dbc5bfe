import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Queue } from 'bullmq';

/** Answers a request for the page, or for something that it needs. */
export type BoardListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Bull Board: a page that shows what is in the queues. It changes nothing, since that would change nothing of the
 * syncs, which are in Postgres. It shows the jobs of all tenants, and asks nobody who they are.
 */
export class QueueBoard {
  constructor(private readonly queues: readonly Queue[]) {}

  /**
   * Lays the page out below a path. Only now is what it takes loaded.
   * @param path as in `/queues`
   */
  async open(path: string): Promise<BoardListener> {
    const [{ createBullBoard }, { BullMQAdapter }, { FastifyAdapter }, { fastify }] = await Promise.all([
      import('@bull-board/api'),
      import('@bull-board/api/bullMQAdapter'),
      import('@bull-board/fastify'),
      import('fastify'),
    ]);
    const serverAdapter = new FastifyAdapter().setBasePath(path);
    createBullBoard({
      queues: this.queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
      serverAdapter,
      options: { uiConfig: { boardTitle: 'Muster queues', hideRedisDetails: true } },
    });
    const app = fastify();
    await app.register(serverAdapter.registerPlugin(), { prefix: path });
    await app.ready();
    return (request, response) => {
      app.routing(request, response);
    };
  }
}
