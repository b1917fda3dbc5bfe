import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './eventually.js';
import { findFreePort } from './free-port.js';
import { startRedis, type TestRedis } from './redis.js';
import { accessArguments, asAdministrator, MUSTER_USER } from './redis-access.js';

/** A Redis Cluster of three masters. */
export interface TestRedisCluster {
  /** Of two of its nodes. */
  url: string;
  nodes: readonly TestRedis[];
  /** Ends the node that has the key, on the spot, and starts it again at the same place, empty. */
  restartNodeOf(key: string): Promise<void>;
  stop(): Promise<void>;
}

const NODES = 3;
const SLOTS = 16_384;

/** Starts three nodes, deals out the slots, and waits until they agree that the cluster is whole. */
export async function startRedisCluster(): Promise<TestRedisCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-redis-cluster-'));
  const access = await accessArguments();
  const start = (index: number, wanted?: number) =>
    startRedis(wanted, async (port) => [
      ...['--port', String(port), '--cluster-port', String(await findFreePort()), '--cluster-enabled', 'yes'],
      // Where a node that is started again finds who it is.
      ...['--cluster-config-file', join(directory, `${String(index)}.conf`), ...access],
    ]);
  const nodes: TestRedis[] = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    for (let index = 0; index < NODES; index += 1) nodes.push(await start(index));
    await dealOut(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = nodes.slice(0, 2).map(({ port }) => `127.0.0.1:${String(port)}`);
  return {
    url: `redis+cluster://${MUSTER_USER}@${hosts.join()}`,
    nodes,
    restartNodeOf: async (key) => {
      const [index, { port, kill }] = await findNodeOf(nodes, key);
      await kill();
      nodes[index] = await start(index, port);
    },
    stop,
  };
}

async function dealOut(nodes: readonly TestRedis[]): Promise<void> {
  const share = Math.ceil(SLOTS / nodes.length);
  for (const [index, node] of nodes.entries()) {
    const busPort = await asAdministrator(node, async (client) => {
      const last = Math.min((index + 1) * share, SLOTS) - 1;
      await client.cluster('SET-CONFIG-EPOCH', index + 1);
      await client.cluster('ADDSLOTSRANGE', index * share, last);
      return String((await client.config('GET', 'cluster-port'))[1]);
    });
    await asAdministrator(nodes[0] ?? node, (client) =>
      client.call('CLUSTER', 'MEET', '127.0.0.1', String(node.port), busPort),
    );
  }
  for (const node of nodes) {
    await asAdministrator(node, (client) =>
      eventually('the node takes the cluster for whole', async () =>
        (await client.cluster('INFO')).includes('cluster_state:ok'),
      ),
    );
  }
}

async function findNodeOf(nodes: readonly TestRedis[], key: string): Promise<[number, TestRedis]> {
  for (const [index, node] of nodes.entries()) {
    const moved = await asAdministrator(node, (client) =>
      client.exists(key).catch((error: unknown) => (error as Error).message.startsWith('MOVED')),
    );
    if (moved !== true) return [index, node];
  }
  throw new Error(`No node has ${key}.`);
}
