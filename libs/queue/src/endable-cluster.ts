import type { Cluster } from 'ioredis';

/** A connection to a Redis Cluster that can be given up. */
export interface EndableCluster extends Cluster {
  /** Ends it and all that were made from it; what is still asked of them fails. */
  abandon(): void;
}

/**
 * Does for a cluster what `endableRedis` does for a server: while it waits to connect again, ioredis would just
 * stop waiting, say nothing, and keep what was asked of it. BullMQ waits for both.
 */
export function endableCluster(cluster: Cluster): EndableCluster {
  return makeEndable(cluster, new Set());
}

/** @param open the connections of the same origin that are not at their end */
function makeEndable(cluster: Cluster, open: Set<Cluster>): EndableCluster {
  const disconnect = cluster.disconnect.bind(cluster);
  const duplicate = cluster.duplicate.bind(cluster);
  open.add(cluster);
  cluster.on('connecting', () => open.add(cluster)); // BullMQ may connect again what has ended
  cluster.on('end', () => open.delete(cluster));
  return Object.assign(cluster, {
    disconnect: (reconnect = false) => {
      const isWaiting = cluster.status === 'reconnecting' || cluster.status === 'connecting';
      // Without a node there is none whose end would be heeded: it ends like one that was never connected.
      if (!reconnect && isWaiting && cluster.nodes().length === 0) cluster.status = 'wait';
      disconnect(reconnect);
    },
    duplicate: (...args: Parameters<Cluster['duplicate']>) => makeEndable(duplicate(...args), open),
    abandon: () => {
      for (const each of [...open]) each.disconnect();
    },
  });
}
