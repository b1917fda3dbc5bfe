import { setTimeout as delay } from 'node:timers/promises';

import {
  createPostgresBackend,
  createRedisBackend,
  PostgresQueueBackend,
  setDefaultBackendFactory,
} from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import pg from 'pg';

import { isRedisUrl, type QueueSettings, StartError } from '#platform';

import { openRedis } from './open-redis.js';
import { QueueSchema } from './queue-schema.js';

/** BullMQ's way to its backend, shared by all queues and workers of the process. */
export interface QueueConnection {
  connection: pg.Pool | Redis | Cluster;
  /** False when the backend is known to be away: then nothing need be tried. */
  isConnected(): boolean;
  /** @throws when the backend does not answer */
  ping(): Promise<void>;
  /** Repairs what an error says is broken. True when it is worth trying again what failed. */
  mendAfter(error: unknown): Promise<boolean>;
  /** Ends it, with all that was asked of it: for a process that stops while the backend is away. */
  abandon(): void;
  close(): Promise<void>;
}

export interface QueueConnectionOptions extends QueueSettings {
  /** How many queues will share it: on Postgres each worker keeps one connection to listen on. */
  queues: number;
  onError: (error: Error) => void;
  /** What operators should know of a backend that can be used all the same. */
  onWarning: (message: string) => void;
  /** How long a Redis may say nothing before it is taken for gone; for a test that is impatient. */
  silenceMs?: number;
}

/** Connections beside one listener and one query per queue. */
const SPARE_CONNECTIONS = 4;

/**
 * How long a connection to Postgres may take, in milliseconds, before what needs it fails. No request waits for one so
 * long, and a process that starts on a busy machine need not end for it.
 */
const CONNECT_TIMEOUT_MS = 30_000;

/** The pause before a queue or worker may ask again for a Postgres that was away. */
const ASK_AGAIN_MS = 500;

/** BullMQ takes one kind of backend for the whole process; the connection tells which it is. */
setDefaultBackendFactory((name, options, factoryOptions) => {
  const isPostgres = (options.connection as unknown) instanceof pg.Pool;
  // Typed for the one or the other; what they share is what BullMQ hands on.
  const create = (isPostgres ? createPostgresBackend : createRedisBackend) as typeof createRedisBackend;
  const backend = create(name, options, factoryOptions);
  if (backend instanceof PostgresQueueBackend) {
    askAgain(backend.connection);
    askAgain(backend);
  }
  return backend;
});

/**
 * BullMQ remembers for good that Postgres was away when a queue or worker asked for it first: that one would
 * never work, and a worker try without a pause, even when Postgres is back.
 */
function askAgain(asking: { waitUntilReady(): Promise<void> }): void {
  const ask = asking.waitUntilReady.bind(asking);
  asking.waitUntilReady = async () => {
    try {
      await ask();
    } catch (error) {
      Reflect.set(asking, 'readyPromise', undefined);
      await delay(ASK_AGAIN_MS);
      throw error;
    }
  };
}

/**
 * Connects BullMQ and makes its schema ready.
 * @throws when the backend cannot be reached: without it a worker would wait in silence.
 */
export async function openQueueConnection(options: QueueConnectionOptions): Promise<QueueConnection> {
  return isRedisUrl(options.url) ? openRedis(options) : openPostgres(options);
}

async function openPostgres({ url, queues, onError }: QueueConnectionOptions): Promise<QueueConnection> {
  const connection = new pg.Pool({
    connectionString: url,
    application_name: 'muster-queue',
    max: 2 * queues + SPARE_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    options: '-c search_path=bullmq',
  });
  connection.setMaxListeners(0); // each queue and worker of BullMQ's listens to its errors
  connection.on('error', onError);
  // The pool listens to idle connections only: one that breaks while in use would end the process.
  connection.on('connect', (client) => client.on('error', onError));
  const schema = new QueueSchema({ url, onEvent: onError });
  try {
    await connection.query('SELECT 1').catch((error: unknown) => {
      throw new StartError(`QUEUE_URL: Postgres cannot be used as a queue: ${(error as Error).message}`);
    });
    await schema.prepare();
  } catch (error) {
    await connection.end();
    throw error;
  }
  return {
    connection,
    isConnected: () => true, // what needs a connection that cannot be had fails by itself
    ping: async () => {
      await connection.query('SELECT 1');
    },
    mendAfter: (error) => schema.mendAfter(error),
    abandon: () => undefined, // BullMQ's statements fail by themselves
    close: () => connection.end(),
  };
}
