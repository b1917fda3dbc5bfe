import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { collectDefaultMetrics } from 'prom-client';

import type { Database } from '#database';
import { projectRoot } from '#platform';

import type { Metrics } from './metrics.js';

/** Adds what is to be known of the process itself: build, connections to Postgres, memory, event loop. */
export function addProcessMetrics(
  metrics: Metrics,
  { pool }: Pick<Database, 'pool'>,
  processName: string,
): void {
  collectDefaultMetrics({ register: metrics.registry });
  metrics
    .gauge('muster_build_info', '1, with what runs in its labels.', ['version', 'process'])
    .set({ version: readVersion(), process: processName }, 1);
  const connections = metrics.gauge(
    'muster_database_pool_connections',
    'Connections of this process to Postgres, by whether they are in use.',
    ['state'],
  );
  const waiting = metrics.gauge(
    'muster_database_pool_waiting',
    'Statements and transactions of this process that wait for a connection.',
  );
  const size = metrics.gauge(
    'muster_database_pool_size',
    'Connections that there may be: DATABASE_POOL_SIZE.',
  );
  size.set(pool.options.max);
  Object.assign(connections, {
    collect: () => {
      connections.set({ state: 'idle' }, pool.idleCount);
      connections.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
    },
  });
  Object.assign(waiting, { collect: () => waiting.set(pool.waitingCount) });
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
