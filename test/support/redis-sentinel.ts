import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Configuration } from '#platform';

import { eventually } from './eventually.js';
import { startRedis, type TestRedis } from './redis.js';
import {
  accessArguments,
  ADMIN_PASSWORD,
  asAdministrator,
  MUSTER_PASSWORD,
  MUSTER_USER,
} from './redis-access.js';
import { createRedisTls } from './redis-tls.js';

/** A master, a replica of it and a sentinel that watches them, all over TLS with certificates on both sides. */
export interface TestSentinel {
  /** Of a sentinel that is not there, and of the one that is. */
  queue: Configuration['queue'];
  killMaster(): Promise<void>;
  stop(): Promise<void>;
}

const MASTER = 'muster-master';

/** How long a master is silent, in milliseconds, before the sentinel takes it for dead. A busy one is not. */
const DOWN_AFTER_MS = 3_000;
const FAILOVER_TIMEOUT_MS = 10_000;

export async function startSentinel(): Promise<TestSentinel> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-redis-sentinel-'));
  const tls = await createRedisTls(directory);
  const access = [...(await accessArguments()), '--masterauth', ADMIN_PASSWORD];
  const started: TestRedis[] = [];
  const start = async (...own: string[]) => {
    const server = await startRedis(undefined, (port) =>
      Promise.resolve([...own, ...tls.argumentsFor(port)]),
    );
    started.push(server);
    return server;
  };
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const master = await start(...access);
    await start(...access, '--replicaof', '127.0.0.1', String(master.port));
    const file = join(directory, 'sentinel.conf');
    await writeFile(file, sentinelFile(master.port));
    const sentinel = await start(file, '--sentinel', ...(await accessArguments('sentinel')));
    await asAdministrator({ port: sentinel.port, tls: tls.client }, (client) =>
      eventually('the sentinel knows of the replica, and that it follows the master', async () =>
        String(await client.call('SENTINEL', 'REPLICAS', MASTER)).includes('master-link-status,ok'),
      ),
    );
    return {
      queue: {
        url: `rediss+sentinel://${MUSTER_USER}@127.0.0.1:1,127.0.0.1:${String(sentinel.port)}/${MASTER}`,
        tls: tls.client,
        sentinel: { username: 'muster', password: MUSTER_PASSWORD },
      },
      killMaster: () => master.kill(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sentinelFile(masterPort: number): string {
  return [
    `sentinel monitor ${MASTER} 127.0.0.1 ${String(masterPort)} 1`,
    `sentinel auth-pass ${MASTER} ${ADMIN_PASSWORD}`,
    `sentinel down-after-milliseconds ${MASTER} ${String(DOWN_AFTER_MS)}`,
    `sentinel failover-timeout ${MASTER} ${String(FAILOVER_TIMEOUT_MS)}`,
    '',
  ].join('\n');
}
