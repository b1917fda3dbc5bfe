import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import pg from 'pg';

import { eventually } from '../../../test/support/eventually.js';
import { queueBackends, startRedis } from '../../../test/support/redis.js';
import { createTestDatabase } from '../../../test/support/test-database.js';
import { openQueueConnection } from './queue-connection.js';

const CLOSED = 'Connection is closed.';

/** What stands before a Redis that is away, such as a proxy: it takes connections and hangs up. */
async function standIn(port: number) {
  let hungUpOn = 0;
  const server = createServer((socket: Socket) => {
    hungUpOn += 1;
    socket.destroy();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { hungUpOn: () => hungUpOn, close: () => new Promise((resolve) => server.close(resolve)) };
}

// Jest wants a test in every file.
const itOnRedis = queueBackends().includes('redis') ? it : it.skip;

itOnRedis('answers what Redis died on, when it is given up', async () => {
  const redis = await startRedis();
  const opened = await openQueueConnection({
    url: redis.url,
    queues: 1,
    onError: () => undefined,
    onWarning: () => undefined,
  });
  const connection = opened.connection as Redis;
  // As a worker of BullMQ has one of its own, to wait on; it says good-bye even to a Redis that is away.
  const ofWorker = connection.duplicate();
  ofWorker.on('error', () => undefined);
  await ofWorker.ping();
  redis.freeze();
  const asked = [connection.get('a'), connection.get('b'), ofWorker.get('c')].map((answer) =>
    answer.catch((error: unknown) => (error as Error).message),
  );

  await redis.kill();
  const proxy = await standIn(Number(new URL(redis.url).port));
  await eventually('both have tried to connect again', () => proxy.hungUpOn() >= 4);
  const farewell = ofWorker.quit().catch((error: unknown) => (error as Error).message);
  opened.abandon();
  opened.abandon(); // as often as it is still away

  expect(await Promise.all(asked)).toEqual([CLOSED, CLOSED, CLOSED]);
  expect(['OK', CLOSED]).toContain(await farewell);
  await opened.close();
  await proxy.close();
});

itOnRedis('connects anew when Redis keeps the connection and says nothing more', async () => {
  const redis = await startRedis();
  const errors: string[] = [];
  const opened = await openQueueConnection({
    url: redis.url,
    queues: 1,
    onError: ({ message }) => errors.push(message),
    onWarning: () => undefined,
    silenceMs: 2_000, // one that is busy only answers within it
  });

  redis.freeze();
  const asked = opened.ping();
  await eventually('it is taken for gone', () =>
    errors.some((message) => message.includes('Socket timeout')),
  );
  redis.thaw();

  await asked;
  await opened.close();
  await redis.stop();
});

it('works for a queue that was made while Postgres took nobody in, once it does', async () => {
  const database = await createTestDatabase();
  const { connection, close } = await openQueueConnection({
    url: database.url,
    queues: 1,
    onError: () => undefined,
    onWarning: () => undefined,
  });
  const own = new URL(database.url);
  const name = pg.escapeIdentifier(own.pathname.slice(1));
  own.pathname = '/postgres';
  const server = new pg.Client({ connectionString: own.href });
  await server.connect();
  await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    new URL(database.url).pathname.slice(1),
  ]);

  const queue = new Queue('late', { connection });
  queue.on('error', () => undefined);
  await expect(queue.add('job', {})).rejects.toThrow(/terminating connection|not currently accepting/);
  await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);

  expect(await queue.add('job', {})).toMatchObject({ name: 'job' });
  await queue.close();
  await close();
  await server.end();
  await database.drop();
});
