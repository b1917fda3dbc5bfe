import type { Redis, RedisOptions } from 'ioredis';

/** What ioredis keeps of commands that were under way when a connection broke, to send them again. */
interface Interrupted {
  prevCommandQueue?: { shift(): { command: { reject(error: Error): void } } | undefined } | null;
}

/** BullMQ knows by this text that there is nothing wrong with what it asked. */
const CLOSED = 'Connection is closed.';

/** A Redis connection that can be given up. */
export interface EndableRedis extends Redis {
  /** Ends it and all that were made from it; what is still asked of them fails. */
  abandon(): void;
}

/**
 * Makes a Redis connection, and those that BullMQ makes from it, one that can be ended while Redis is away.
 * While it waits to connect again, ioredis would just stop waiting: it never says that it has ended, and never
 * answers commands that were under way when the connection broke. BullMQ waits for both, and would keep the
 * process from stopping.
 */
export function endableRedis(redis: Redis): EndableRedis {
  return makeEndable(redis, new Set());
}

/** @param open the connections of the same origin that are not at their end */
function makeEndable(redis: Redis, open: Set<Redis>): EndableRedis {
  const disconnect = redis.disconnect.bind(redis);
  const duplicate = redis.duplicate.bind(redis);
  open.add(redis);
  redis.on('connecting', () => open.add(redis)); // BullMQ may connect again what has ended
  redis.on('end', () => {
    open.delete(redis);
    const { prevCommandQueue } = redis as unknown as Interrupted;
    for (let next = prevCommandQueue?.shift(); next !== undefined; next = prevCommandQueue?.shift()) {
      next.command.reject(new Error(CLOSED));
    }
  });
  return Object.assign(redis, {
    disconnect: (reconnect = false) => {
      // There is no socket whose end would be heeded: it ends like one that was never connected.
      if (!reconnect && redis.status === 'reconnecting') redis.status = 'wait';
      disconnect(reconnect);
    },
    duplicate: (override?: Partial<RedisOptions>) => makeEndable(duplicate(override), open),
    abandon: () => {
      for (const each of [...open]) each.disconnect();
    },
  });
}
