import { createPostgresBackend, createRedisBackend, runMigrations, setDefaultBackendFactory } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

import { StartError } from '#platform';

/** BullMQ's way to its backend, shared by all queues and workers of the process. */
export interface QueueConnection {
  connection: pg.Pool | Redis;
  close(): Promise<void>;
}

export interface QueueConnectionOptions {
  /** postgres:// or redis(s):// */
  url: string;
  /** How many queues will share it: on Postgres each worker keeps one connection to listen on. */
  queues: number;
  onError: (error: Error) => void;
}

/** Connections beside one listener and one query per queue. */
const SPARE_CONNECTIONS = 4;

/** Keys of one Redis Cluster slot: BullMQ's scripts touch several keys at once. */
export const REDIS_PREFIX = '{muster}';

/**
 * Connects BullMQ and makes its schema ready. BullMQ takes the kind of backend process-wide, so a process
 * has one queue connection at a time.
 * @throws when the backend cannot be reached: without it a worker would wait in silence.
 */
export async function openQueueConnection(options: QueueConnectionOptions): Promise<QueueConnection> {
  return options.url.startsWith('redis') ? openRedis(options) : openPostgres(options);
}

async function openRedis({ url, onError }: QueueConnectionOptions): Promise<QueueConnection> {
  setDefaultBackendFactory(createRedisBackend);
  const connection = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  let lastError = 'it closes the connection';
  connection.on('error', (error: Error) => {
    lastError = error.message; // connect() itself rejects without a reason
  });
  try {
    await connection.connect();
  } catch {
    connection.disconnect();
    const { host, port } = connection.options;
    throw new StartError(`QUEUE_URL: Redis at ${String(host)}:${String(port)} cannot be used: ${lastError}`);
  }
  connection.on('error', onError);
  return {
    connection,
    close: async () => {
      await connection.quit();
    },
  };
}

async function openPostgres({ url, queues, onError }: QueueConnectionOptions): Promise<QueueConnection> {
  setDefaultBackendFactory(createPostgresBackend);
  const connection = new pg.Pool({
    connectionString: url,
    application_name: 'muster-queue',
    max: 2 * queues + SPARE_CONNECTIONS,
    keepAlive: true,
    options: '-c search_path=bullmq',
  });
  connection.on('error', onError);
  // The pool listens to idle connections only: one that breaks while in use would end the process.
  connection.on('connect', (client) => client.on('error', onError));
  const client = await connection.connect().catch((error: unknown) => {
    throw new StartError(`QUEUE_URL: Postgres cannot be used as a queue: ${(error as Error).message}`);
  });
  try {
    await runMigrations(client);
  } catch (error) {
    client.release(true);
    await connection.end();
    throw error;
  }
  client.release();
  return { connection, close: () => connection.end() };
}
