import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';

import type { Configuration } from '#platform';

import { eventually } from './support/eventually.js';
import { MusterProcess } from './support/muster-process.js';
import { queueBackends, startRedis, type TestRedis } from './support/redis.js';
import { accessArguments, asAdministrator, MUSTER_PASSWORD, MUSTER_USER } from './support/redis-access.js';
import { startRedisCluster, type TestRedisCluster } from './support/redis-cluster.js';
import { startSentinel, type TestSentinel } from './support/redis-sentinel.js';
import { createRedisTls, type TestRedisTls } from './support/redis-tls.js';
import { operatorsUrl, Scrape } from './support/scrape.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const METRICS = { host: '127.0.0.1', port: 0, accounts: 0 };
const TYPES = items('type', 6);
/** What all passwords here have in them. */
const SECRET = 'hunter2';

let vendor: ScriptedVendor;
let muster: TestMuster | undefined;
/** Listings wait at every page until it is true. */
let free: boolean;

beforeEach(() => {
  free = false;
  vendor = new ScriptedVendor();
  for (const type of TYPES) {
    vendor.scripts[type] = pagesOf([items(`${type}-a`, 3), items(`${type}-b`, 3)], (_page, { signal }) =>
      eventually('it may go on', () => free || signal.aborted).then(() => undefined),
    );
  }
});
afterEach(async () => {
  await muster?.close();
  expect((muster?.logs ?? []).filter((line) => line.includes(SECRET))).toEqual([]);
  muster = undefined;
});

async function start(queue: Configuration['queue']): Promise<TestMuster> {
  muster = await TestMuster.start({ adapters: vendor.adapters, queue, metrics: METRICS });
  await muster.addAccount(scriptedAccount('a'));
  return muster;
}

/** A sync of which two units are being worked on. */
async function startSync(started: TestMuster): Promise<string> {
  const taskId = await started.requestSync(SYNC);
  await eventually(
    'two units run',
    async () => (await started.showTask(taskId)).progress.by_state['RUNNING'] === 2,
  );
  return taskId;
}

/** The sync ends whole, and probes and figures are those of a queue that works. */
async function expectWhole(started: TestMuster, taskId: string): Promise<void> {
  expect(await started.finishedTask(taskId)).toMatchObject({
    state: 'SUCCEEDED',
    counts: { created: 36, updated: 0, deleted: 0 },
  });
  const { rows } = await started.sql.query(
    `SELECT kind, count(*)::int AS changes, count(DISTINCT resource_id)::int AS resources
     FROM resource_change GROUP BY kind`,
  );
  expect(rows).toEqual([{ kind: 'CREATED', changes: 36, resources: 36 }]);
  await eventually('ready', async () => (await fetch(`${operatorsUrl(started)}/readyz`)).status === 200);
  await eventually('its jobs are counted', async () => {
    const scrape = await Scrape.of(started);
    return scrape.sum('muster_queue_up') === 1 && scrape.sum('muster_queue_jobs') === 0;
  });
}

const warnings = (started: TestMuster) =>
  started.logs
    .map((line) => JSON.parse(line) as { level: string; msg: string })
    .filter(({ level, msg }) => level === 'warn' && msg.includes('Redis'))
    .map(({ msg }) => msg);

// Jest wants a test in every file.
const onRedis = queueBackends().includes('redis') ? describe : describe.skip;

onRedis('a Redis over TLS, that Muster has a user in', () => {
  let directory: string;
  let tls: TestRedisTls;
  let redis: TestRedis;
  let queue: Configuration['queue'];
  const startAgain = async (port?: number) => {
    const access = await accessArguments();
    redis = await startRedis(port, (own) => Promise.resolve([...tls.argumentsFor(own), ...access]));
  };

  const administer = <Result>(work: (client: Redis) => Promise<Result>) =>
    asAdministrator({ port: redis.port, tls: tls.client }, work);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-redis-'));
    tls = await createRedisTls(directory);
    await startAgain();
    queue = { url: `rediss://${MUSTER_USER}@127.0.0.1:${String(redis.port)}/3`, tls: tls.client };
  });
  afterAll(async () => {
    await redis.stop();
    await rm(directory, { recursive: true });
  });

  it('carries a whole sync, with no more rights than documented', async () => {
    const started = await start(queue);
    const taskId = await startSync(started);
    free = true;
    await expectWhole(started, taskId);
    expect(await administer((client) => client.acl('LOG'))).toEqual([]);
    expect(warnings(started)).toEqual([]);
  });

  it('may be restarted in the middle of a sync', async () => {
    const started = await start(queue);
    const taskId = await startSync(started);
    const { port } = redis;
    await redis.kill();
    free = true;
    await startAgain(port);
    await expectWhole(started, taskId);
  });

  it('lets in a process by its variables alone, which says so when it does not', async () => {
    const { settings } = await start(queue);
    const environment = {
      ...settings.environment,
      QUEUE_TLS_CA_FILE: join(directory, 'certificate.pem'),
      QUEUE_TLS_CERT_FILE: join(directory, 'certificate.pem'),
      QUEUE_TLS_KEY_FILE: join(directory, 'key.pem'),
    };
    const worker = await MusterProcess.start('worker', environment);
    await worker.kill('SIGTERM');

    const place = `127.0.0.1:${String(redis.port)}`;
    const refused = MusterProcess.start('worker', {
      ...environment,
      QUEUE_URL: `rediss://muster:hunter2@${place}`,
    });
    await expect(refused).rejects.toThrow(
      /\nmuster: QUEUE_URL: Redis at 127.0.0.1:\d+ cannot be used: WRONGPASS [^\n]+ \(user and password are part of the URL\)$/,
    );
    await expect(refused).rejects.not.toThrow(SECRET);
  });

  it('wants a certificate that Muster trusts', async () => {
    await expect(start({ ...queue, tls: {} })).rejects.toThrow(
      /^QUEUE_URL: Redis at .* cannot be used: self-signed certificate \(QUEUE_TLS_CA_FILE is to have the CA of its certificate\)$/,
    );
    await expect(start({ ...queue, tls: { ...tls.client, servername: 'redis.example' } })).rejects.toThrow(
      /altnames.* \(QUEUE_TLS_SERVER_NAME can say which name its certificate has\)$/,
    );
  });

  it('may change the password: the log says so, and not which', async () => {
    const started = await start(queue);
    await administer(async (client) => {
      await client.acl('SETUSER', 'muster', 'resetpass');
      await client.client('KILL', 'USER', 'muster');
    });
    await eventually('it says so', () => started.logs.some((line) => line.includes('WRONGPASS')));
    await eventually(
      'not ready',
      async () => (await fetch(`${operatorsUrl(started)}/readyz`)).status === 503,
    );
    await administer((client) => client.acl('SETUSER', 'muster', `>${MUSTER_PASSWORD}`));
    await eventually('ready', async () => (await fetch(`${operatorsUrl(started)}/readyz`)).status === 200);
  });

  it('may evict, of which Muster warns once, but must have the database', async () => {
    const printed = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await administer((client) => client.config('SET', 'maxmemory-policy', 'allkeys-lru'));
    const started = await start(queue);
    expect(warnings(started)).toEqual([
      'Redis may throw jobs away when its memory is full, which delays syncs: its maxmemory-policy is allkeys-lru, and must be noeviction',
    ]);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();

    const url = queue.url.replace(/3$/, '99');
    await expect(TestMuster.start({ queue: { ...queue, url } })).rejects.toThrow(
      /cannot be used: ERR DB index is out of range$/,
    );
  });
});

onRedis('a Redis Cluster', () => {
  let cluster: TestRedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  it('carries a whole sync, with no more rights than documented', async () => {
    const started = await start({ url: cluster.url });
    const taskId = await startSync(started);
    free = true;
    await expectWhole(started, taskId);
    for (const node of cluster.nodes) {
      expect(await asAdministrator(node, (client) => client.acl('LOG'))).toEqual([]);
    }
  });

  it('says why it lets nobody in', async () => {
    const strange = { url: cluster.url.replace(MUSTER_USER, 'muster:hunter2') };
    const lost = { url: 'redis+cluster://127.0.0.1:1,[::1]:1' };
    await expect(start(strange)).rejects.toThrow(
      /^QUEUE_URL: the Redis Cluster at 127.0.0.1:\d+, 127.0.0.1:\d+ cannot be used: WRONGPASS .* \(user and password are part of the URL\)$/,
    );
    await expect(start(lost)).rejects.toThrow(
      /^QUEUE_URL: the Redis Cluster at 127.0.0.1:1, \[::1\]:1 cannot be used: .*$/,
    );
  });

  it('may lose the node of the queues for a while, in the middle of a sync', async () => {
    const started = await start({ url: cluster.url });
    const taskId = await startSync(started);
    await cluster.restartNodeOf('{muster}');
    free = true;
    await expectWhole(started, taskId);
  });

  it('may be away when its processes stop', async () => {
    const started = await start({ url: cluster.url });
    await startSync(started);
    await cluster.stop();
    free = true;
    await started.stopApp();
    expect(vendor.open).toBe(0);
  });
});

onRedis('a Redis that a sentinel watches', () => {
  let sentinel: TestSentinel;

  beforeAll(async () => {
    sentinel = await startSentinel();
  });
  afterAll(() => sentinel.stop());

  it('says which of them does not know the way', async () => {
    const { url } = sentinel.queue;
    const other = start({ ...sentinel.queue, url: url.replace(/[^/]+$/, 'other') });
    await expect(other).rejects.toThrow(
      /^QUEUE_URL: Redis "other" of the sentinels 127.0.0.1:1, 127.0.0.1:\d+ cannot be used: .* No such master with that name$/,
    );
    const stranger = start({ ...sentinel.queue, sentinel: { password: 'hunter2' } });
    await expect(stranger).rejects.toThrow(
      /failed to connect to sentinel .* WRONGPASS .* \(QUEUE_SENTINEL_USERNAME and QUEUE_SENTINEL_PASSWORD are for sentinels\)$/,
    );
    const lost = start({ ...sentinel.queue, url: url.replace(/@[^/]+/, '@127.0.0.1:1') });
    await expect(lost).rejects.toThrow(/failed to connect to sentinel 127.0.0.1:1 /);
    const unknown = start({ ...sentinel.queue, url: url.replace(MUSTER_USER, 'muster:hunter2') });
    await expect(unknown).rejects.toThrow(
      /cannot be used: WRONGPASS .* \(user and password are part of the URL\)$/,
    );
  });

  it('may fail over in the middle of a sync', async () => {
    const started = await start(sentinel.queue);
    const taskId = await startSync(started);
    await sentinel.killMaster();
    free = true;
    await expectWhole(started, taskId);
  });

  it('may be away, with all sentinels, when its processes stop', async () => {
    const started = await start(sentinel.queue);
    await startSync(started);
    await sentinel.stop();
    free = true;
    await started.stopApp();
    expect(vendor.open).toBe(0);
  });
});
