import { RedisConnection } from 'bullmq';
import { Cluster, type Redis } from 'ioredis';

import { parseRedisUrl, StartError, withinTime } from '#platform';

import { judgeRedis, type RedisJudgement } from './judge-redis.js';
import type { QueueConnection, QueueConnectionOptions } from './queue-connection.js';
import { createRedisClient, describeRedis, type RedisClient } from './redis-client.js';

/** Keys of one Redis Cluster slot: BullMQ's scripts touch several keys at once. */
export const REDIS_PREFIX = '{muster}';

/** A key that there never is, beside BullMQ's: asking for it asks the node of a cluster that has the queues. */
const PING_KEY = `${REDIS_PREFIX}:ping`;

/** ioredis' word for it. */
const CLOSED = 'Connection is closed.';

/** How long Redis may take to let a process in, in milliseconds, before the process gives up. */
const OPEN_TIMEOUT_MS = 20_000;

/** What to do about an error of the start, by what it says. */
const ADVICE: readonly [RegExp, string][] = [
  [/sentinel .*(WRONGPASS|NOAUTH)/, 'QUEUE_SENTINEL_USERNAME and QUEUE_SENTINEL_PASSWORD are for sentinels'],
  [/WRONGPASS|NOAUTH/, 'user and password are part of the URL'],
  [/NOPERM/, 'docs/redis.md has what its user must be allowed'],
  [
    /self-signed certificate|unable to (verify|get)/,
    'QUEUE_TLS_CA_FILE is to have the CA of its certificate',
  ],
  [/altnames/, 'QUEUE_TLS_SERVER_NAME can say which name its certificate has'],
];

/**
 * Connects BullMQ to a Redis, and tells what is wrong with how that is set up.
 * @throws {StartError} when it cannot be used
 */
export async function openRedis(options: QueueConnectionOptions): Promise<QueueConnection> {
  const url = parseRedisUrl(options.url);
  let isOpen = false;
  const connection = createRedisClient(url, { ...options, mayRetry: () => isOpen });
  const fault = (await connect(connection)) ?? (await judge(connection, options.onWarning));
  if (fault !== undefined) {
    connection.disconnect();
    const advice = ADVICE.find(([pattern]) => pattern.test(fault))?.[1];
    const reason = advice === undefined ? fault : `${fault} (${advice})`;
    throw new StartError(`QUEUE_URL: ${describeRedis(url)} cannot be used: ${reason}`);
  }
  isOpen = true;
  connection.on('error', options.onError);
  return {
    connection,
    // Otherwise ioredis would keep whatever is asked of it meanwhile, in memory and without bounds.
    isConnected: () => connection.status === 'ready',
    ping: async () => {
      await connection.exists(PING_KEY);
    },
    mendAfter: () => Promise.resolve(false), // BullMQ loads its scripts again by itself
    abandon: () => {
      connection.abandon();
    },
    close: async () => {
      if (connection.status === 'ready') await connection.quit();
      else connection.disconnect(); // a quit would wait for Redis to come back
    },
  };
}

/** Connects. What is wrong if that fails, which ioredis tells by events: it rejects without a reason. */
async function connect(connection: RedisClient): Promise<string | undefined> {
  let fault: string | undefined;
  let sentinelFault: string | undefined;
  connection.on('error', (error: Error & { lastNodeError?: Error }) => {
    fault = (error.lastNodeError ?? error).message;
  });
  connection.on('sentinelError', (error: Error) => {
    sentinelFault = error.message;
  });
  try {
    const seconds = String(OPEN_TIMEOUT_MS / 1_000);
    await withinTime(connection.connect(), OPEN_TIMEOUT_MS, `it lets nobody in within ${seconds} s`);
  } catch (error) {
    const { message } = error as Error;
    fault ??= message === CLOSED ? 'it closes the connection' : message;
    if (fault.startsWith('All sentinels')) fault = sentinelFault ?? fault;
  }
  return fault; // also of one that lets Muster in, and has no such database
}

/** Tells how its servers are not as they should be. Why it cannot be used, if so. */
async function judge(
  connection: RedisClient,
  onWarning: (message: string) => void,
): Promise<string | undefined> {
  const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
  const judgements = await Promise.all(servers.map(judgeServer));
  for (const warning of new Set(judgements.flatMap(({ warnings }) => warnings))) onWarning(warning);
  const version = judgements.find((judgement) => judgement.version !== undefined)?.version;
  // By this BullMQ goes where it was told not to look for itself.
  if (version !== undefined) RedisConnection.minimumVersion = version;
  return judgements.find(({ refusal }) => refusal !== undefined)?.refusal;
}

async function judgeServer(server: Redis): Promise<RedisJudgement> {
  try {
    const info = server.info();
    return judgeRedis(await withinTime(info, OPEN_TIMEOUT_MS, 'it does not answer'));
  } catch (error) {
    const { message } = error as Error;
    return { warnings: [`Redis does not tell its version and its maxmemory-policy: ${message}`] };
  }
}
