import type { Redis, RedisOptions } from 'ioredis';

/**
 * Makes a Redis connection, and those that BullMQ makes from it, one that can be ended while it waits to
 * connect again. ioredis then stops waiting but never says that it has ended, and BullMQ, which wants to hear
 * it, would keep the process from stopping.
 */
export function endableRedis(redis: Redis): Redis {
  const disconnect = redis.disconnect.bind(redis);
  const duplicate = redis.duplicate.bind(redis);
  return Object.assign(redis, {
    disconnect: (reconnect = false) => {
      // The end of a connection that is just being made is reported.
      if (!reconnect && redis.status === 'reconnecting') redis.connect().catch(() => undefined);
      disconnect(reconnect);
    },
    duplicate: (override?: Partial<RedisOptions>) => endableRedis(duplicate(override)),
  });
}
