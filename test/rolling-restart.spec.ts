import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

import { createMusterClient, type MusterClient } from '#client';
import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { EventSource } from './support/event-source.js';
import { eventually } from './support/eventually.js';
import { LoadBalancer } from './support/load-balancer.js';
import { type MusterApp, MusterProcess } from './support/muster-process.js';
import { queueBackends } from './support/redis.js';
import { type Task, TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

const PROCESSES: readonly MusterApp[] = ['api', 'api', 'worker', 'worker', 'worker'];
const ACCOUNTS = Array.from({ length: 10 }, (_, number) => `vc-${String(number)}`);
/** Of three pages. */
const VMS = 600;
const TYPES = { cloudservers: 'VirtualMachine', hosts: 'HostSystem', networks: 'Network' };
const LATENCY_MS = 60;
/** Of a worker. More than two of them can do shows that the third is at work, too. */
const CONCURRENCY = 4;
/** More than the load balancer needs to notice, on a busy machine. */
const SHUTDOWN_DELAY_SECONDS = 8;
/** What Kubernetes gives a process by default, before it kills it. */
const GRACE_MS = 30_000;
/** Together they ask so often that no restart hides in a pause. */
const READERS = 3;
const READ_EVERY_MS = 100;
const TIMEOUT_MS = 60_000;

const SYNC = '/v1/multicloud-resources/sync';
const EVENTS = '/v1/multicloud-resources/events?type=task.finished';

/** The topology is that of deploy/, whose queue is on Redis. */
const onRedis = queueBackends().includes('redis') ? describe : describe.skip;

onRedis('two APIs and three workers, restarted one after the other during ten syncs', () => {
  let muster: TestMuster;
  let vcenter: VsphereSimulator;
  let balancer: LoadBalancer;
  let client: MusterClient;
  const running = new Map<string, MusterProcess>();
  const ended: MusterProcess[] = [];
  /** Aborts when all have been restarted. */
  let restarted: AbortController;
  /** Aborts when nobody need follow any more. */
  let followed: AbortController;

  beforeEach(async () => {
    restarted = new AbortController();
    followed = new AbortController();
    muster = await TestMuster.start({ backend: 'redis', workers: false });
    const counts = { virtualMachines: VMS };
    vcenter = await startVsphereSimulator({ preset: 'large', counts, latencyMs: LATENCY_MS });
    const settings = { resource_types: { include: Object.keys(TYPES) } };
    for (const account of ACCOUNTS) await muster.addAccount(vcenterAccount(vcenter, account, settings));
    await muster.stopApp(); // from here on there are but the five
    balancer = await LoadBalancer.start();
    client = createMusterClient({ baseUrl: balancer.url, apiKey: muster.apiKey, timeoutMs: TIMEOUT_MS });
    await Promise.all(PROCESSES.map((app, number) => start(app, `${app}-${String(number)}`)));
    await eventually('both APIs are ready', () => balancer.ready === 2);
  });

  afterEach(async () => {
    restarted.abort();
    followed.abort();
    for (const each of running.values()) await each.kill('SIGKILL');
    await balancer.close();
    await muster.close();
    await vcenter.close();
  });

  /** As it is where Muster is installed. */
  async function start(app: MusterApp, name: string): Promise<void> {
    const environment = {
      ...muster.settings.environment,
      PORT: '0',
      WORKER_CONCURRENCY: String(CONCURRENCY),
      SHUTDOWN_DELAY_SECONDS: String(SHUTDOWN_DELAY_SECONDS),
    };
    const started = await MusterProcess.start(app, environment, 'build');
    running.set(name, started);
    if (app === 'api') balancer.place(name, started.url);
  }

  /** Ends a process as a supervisor does, and starts it again once it is gone. */
  async function restart(name: string, process: MusterProcess): Promise<void> {
    const begin = Date.now();
    expect([name, await process.kill('SIGTERM')]).toEqual([name, 0]);
    expect(Date.now() - begin).toBeLessThan(GRACE_MS);
    ended.push(process);
    await start(name.startsWith('api') ? 'api' : 'worker', name);
    await eventually('both APIs are ready', () => balancer.ready === 2);
  }

  async function restartAll(): Promise<void> {
    for (const [name, process] of [...running]) {
      await eventually('every worker is at work', async () => {
        return (await count(`sync_unit WHERE state = 'RUNNING'`)) > 2 * CONCURRENCY;
      });
      await restart(name, process);
    }
  }

  const count = async (rows: string): Promise<number> => {
    const counted = await muster.sql.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${rows}`);
    return counted.rows[0]?.rows ?? 0;
  };
  /** How often a worker has put a unit back. */
  const givenBack = () =>
    count(`sync_transition WHERE entity = 'unit' AND from_state = 'RUNNING' AND to_state = 'QUEUED'`);

  /** Syncs an account until all have been restarted, at least once. Returns the finished tasks. */
  async function syncOverAndOver(account: string): Promise<Task[]> {
    const tasks: Task[] = [];
    do {
      const body = { vendor: 'VMWARE', account_id: account } as const;
      const { data: taskId } = await client.post(SYNC, { body });
      const params = { path: { task_id: taskId }, query: { wait: '10s' } };
      let task: Task;
      do task = (await client.get(`${SYNC}/{task_id}`, { params })).data;
      while (['QUEUED', 'RUNNING'].includes(task.state));
      tasks.push(task);
    } while (!restarted.signal.aborted);
    return tasks;
  }

  async function readOverAndOver(): Promise<void> {
    while (!restarted.signal.aborted) {
      await client.get('/v1/vendor-account', { params: { query: { limit: 100 } } });
      await delay(READ_EVERY_MS);
    }
  }

  /** Follows the ends of tasks, in a stream after the other. */
  async function follow(streams: EventSource[]): Promise<void> {
    while (!followed.signal.aborted) {
      const lastEventId = streams.flatMap(({ events }) => events.flatMap(({ id }) => id ?? [])).at(-1);
      const since = lastEventId === undefined ? {} : { lastEventId };
      const stream = new EventSource(balancer.url + EVENTS, { apiKey: muster.apiKey, ...since });
      streams.push(stream);
      followed.signal.addEventListener('abort', () => {
        stream.close();
      });
      await stream.ended; // rejects where it was cut off
      expect(stream.status).toBe(200);
    }
  }

  /** How often a job was found without a worker. */
  async function stalls(): Promise<number> {
    const redis = new Redis(muster.settings.configuration.queue.url);
    const events = await redis.xrange('{muster}:sync-vmware:events', '-', '+');
    await redis.quit();
    expect(events).not.toEqual([]);
    return events.filter(([, fields]) => fields.includes('stalled')).length;
  }

  it('loses nothing, fails no request, and lists nothing twice', async () => {
    const streams: EventSource[] = [];
    const following = follow(streams);
    const syncing = Promise.all(ACCOUNTS.map(syncOverAndOver));

    const restarting = restartAll().finally(() => {
      restarted.abort();
    });
    const reading = Promise.all(Array.from({ length: READERS }, readOverAndOver));
    const [syncs] = await Promise.all([syncing, reading, restarting]);

    const tasks = syncs.flat();
    expect(tasks.map(({ state }) => state)).toEqual(tasks.map(() => 'SUCCEEDED'));
    const told = () =>
      streams
        .flatMap(({ events }) => events)
        .filter(({ event }) => event === 'task.finished')
        .map(({ data }) => (JSON.parse(data) as { task_id: string }).task_id);
    await eventually('who follows was told of all', () => told().length >= tasks.length);
    followed.abort();
    await following;
    expect(told().sort()).toEqual(tasks.map(({ task_id }) => task_id).sort());
    expect(streams.length).toBeGreaterThan(1);

    for (const [type, managedType] of Object.entries(TYPES)) {
      const query = { vendor: 'VMWARE', type } as const;
      const listed: string[] = [];
      for await (const { resource_id } of client.each('/v1/multicloud-resources', { params: { query } })) {
        listed.push(resource_id);
      }
      const ids = [...vcenter.inventory.ofType(managedType)].map(
        (object) => `${vcenter.instanceUuid}:${object.type}:${object.id}`,
      );
      expect([type, listed.sort()]).toEqual([type, ids.flatMap((id) => ACCOUNTS.map(() => id)).sort()]);
    }
    // Units were under way where workers ended: each went on at its checkpoint, at another worker.
    expect(await givenBack()).toBeGreaterThan(0);
    expect(await count('resource_change')).toBe(await count('resource'));
    // A call may fail on a machine that is too busy, and be made again; no listing begins anew, or is found without a worker.
    expect(await count('sync_unit WHERE restarts > 0')).toBe(0);
    expect(await count(`sync_transition WHERE reason = 'taken_over'`)).toBe(0);
    expect(await stalls()).toBe(0);
    const lines = [...ended, ...running.values()].flatMap(({ logs }) => logs);
    expect(lines.filter((line) => !/^{"level":"(info|warn)"/.test(line))).toEqual([]);
  });
});
