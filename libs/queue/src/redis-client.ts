import { Cluster, Redis, type RedisOptions } from 'ioredis';

import type { QueueSettings, RedisHost, RedisUrl } from '#platform';

import { type EndableCluster, endableCluster } from './endable-cluster.js';
import { type EndableRedis, endableRedis } from './endable-redis.js';

export type RedisClient = EndableRedis | EndableCluster;

/**
 * How long a Redis that was asked may say nothing, in milliseconds, before it is taken for gone and connected
 * to anew: a machine that died closes no connection, and the system itself gives up after a quarter of an hour.
 * More than the 10 s for which a worker of BullMQ's waits for a job.
 */
const MAX_SILENCE_MS = 30_000;

/** How long a node may take to say which slots are where, in milliseconds, before another one is asked. */
const SLOTS_TIMEOUT_MS = 3_000;

/** The longest pause before sentinels are asked again, in milliseconds: a failover takes seconds. */
const MAX_SENTINEL_PAUSE_MS = 2_000;

/** With BullMQ's own; how answers are shaped is the default. */
type RedisSettings = Omit<RedisOptions, 'replyMapping'> & { skipVersionCheck?: true };

export interface RedisClientOptions extends Omit<QueueSettings, 'url'> {
  /** {@link MAX_SILENCE_MS}, unless a test is more impatient. */
  silenceMs?: number;
  /** Whether sentinels are asked again when none of them knows the way. */
  mayRetry: () => boolean;
}

/** A client that waits to be connected, for good, as BullMQ wants it: what is asked of it never gives up. */
export function createRedisClient(url: RedisUrl, options: RedisClientOptions): RedisClient {
  const { username, password, hosts } = url;
  const redisOptions: RedisSettings = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(url.tls ? { tls: { ...options.tls } } : {}),
    maxRetriesPerRequest: null,
    socketTimeout: options.silenceMs ?? MAX_SILENCE_MS,
    disableClientInfo: true, // a right that Redis before 7.2 doesn't know, so that users cannot be given it
    // BullMQ would look at every connection for itself, and print what it thinks to standard error.
    skipVersionCheck: true,
  };
  switch (url.topology) {
    case 'single':
      return endableRedis(new Redis({ ...redisOptions, ...hosts[0], db: url.database, lazyConnect: true }));
    case 'sentinel':
      return endableRedis(
        new Redis({ ...redisOptions, ...sentinelOptions(url, options), lazyConnect: true }),
      );
    case 'cluster':
      return endableCluster(
        new Cluster(hosts, {
          redisOptions,
          slotsRefreshTimeout: SLOTS_TIMEOUT_MS,
          // Addresses in the place of names would have no certificate. Node.js looks names up when it connects.
          dnsLookup: (name, callback) => {
            callback(null, name);
          },
          lazyConnect: true,
        }),
      );
  }
}

function sentinelOptions(
  { master, database, hosts, tls }: RedisUrl & { topology: 'sentinel' },
  options: RedisClientOptions,
): RedisSettings {
  const { username, password } = options.sentinel ?? {};
  return {
    sentinels: hosts,
    name: master,
    db: database,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls ? { sentinelTLS: { ...options.tls }, enableTLSForSentinelMode: true } : {}),
    sentinelRetryStrategy: (times) =>
      options.mayRetry() ? Math.min(times * 100, MAX_SENTINEL_PAUSE_MS) : null,
  };
}

/** Where a URL leads, without its secrets. */
export function describeRedis(url: RedisUrl): string {
  const hosts = url.hosts.map(describeHost).join(', ');
  switch (url.topology) {
    case 'single':
      return `Redis at ${hosts}`;
    case 'sentinel':
      return `Redis "${url.master}" of the sentinels ${hosts}`;
    case 'cluster':
      return `the Redis Cluster at ${hosts}`;
  }
}

function describeHost({ host, port }: RedisHost): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
