import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue, Worker } from 'bullmq';
import pg from 'pg';

import { VENDORS } from '#domain';
import { StartError } from '#platform';

import { eventually } from '../../../test/support/eventually.js';
import { gate } from '../../../test/support/gate.js';
import { queueBackends, startRedis, type TestRedis } from '../../../test/support/redis.js';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { REDIS_PREFIX } from './open-redis.js';
import { openQueueConnection, type QueueConnection } from './queue-connection.js';
import { CHECKS, jobId, type QueueJob, queueName } from './sync-job.js';
import { SyncQueue } from './sync-queue.js';

const RUN: QueueJob = { kind: 'run', runId: '0190b5a4-0000-7000-8000-000000000001' };
const UNIT: QueueJob = { kind: 'unit', unitId: '0190b5a4-0000-7000-8000-000000000001' };
const CHECK: QueueJob = { kind: 'check', checkId: '0190b5a4-0000-7000-8000-000000000001' };

describe.each(queueBackends())('SyncQueue on %s', (backend) => {
  let redis: TestRedis | undefined;
  let database: TestDatabase;
  let connection: QueueConnection;
  let queue: Queue<QueueJob>;
  let syncQueue: SyncQueue;
  const errors: Error[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    redis = backend === 'redis' ? await startRedis() : undefined;
    connection = await openQueueConnection({
      url: redis?.url ?? database.url,
      queues: 1,
      onError: (error) => errors.push(error),
      onWarning: () => undefined,
    });
    queue = new Queue<QueueJob>(queueName('VMWARE'), {
      connection: connection.connection,
      prefix: REDIS_PREFIX,
    });
    queue.on('error', (error) => errors.push(error));
    syncQueue = new SyncQueue(new Map([['VMWARE', queue]]), connection);
  });
  afterAll(async () => {
    await queue.close();
    await connection.close();
    await database.drop();
    await redis?.stop();
    expect(errors).toEqual([]);
  });

  it('adds what is not queued yet: ids only, never retried, kept nowhere after its end', async () => {
    await syncQueue.add('VMWARE', [RUN, UNIT, RUN]);
    await syncQueue.add('VMWARE', [UNIT]);
    await syncQueue.add('VMWARE', []);

    const jobs = await queue.getJobs(['waiting', 'delayed', 'active']);
    expect(jobs.map(({ id, data }) => ({ id, data })).sort((a, b) => a.id!.localeCompare(b.id!))).toEqual([
      { id: jobId(RUN), data: RUN },
      { id: jobId(UNIT), data: UNIT },
    ]);
    for (const { opts } of jobs) {
      expect(opts).toMatchObject({ attempts: 1, removeOnComplete: true, removeOnFail: true });
    }
  });

  it('bounds how many jobs of a vendor are worked on at once by all workers, until told otherwise', async () => {
    const jobs = Array.from({ length: 6 }, (_, unit): QueueJob => ({ ...UNIT, round: String(unit) }));
    const { opened, open } = gate();
    let [running, most, done] = [0, 0, 0];
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await opened;
      running -= 1;
      done += 1;
    };
    const startWorkers = () =>
      [1, 2].map(
        () =>
          new Worker(queueName('VMWARE'), work, {
            connection: connection.connection,
            prefix: REDIS_PREFIX,
            concurrency: 4,
            drainDelay: 1,
          }),
      );
    await queue.drain(true);
    await syncQueue.limit('VMWARE', 3);
    const workers = startWorkers();
    await syncQueue.add('VMWARE', jobs);
    await eventually('as many jobs run as may', () => running === 3);
    expect(await queue.getActiveCount()).toBe(3);

    await syncQueue.limit('VMWARE', undefined);

    await eventually('all jobs run', () => running === jobs.length);
    expect(most).toBe(jobs.length);
    open();
    await eventually('all jobs are done', () => done === jobs.length);
    await Promise.all(workers.map((worker) => worker.close()));
  });

  it('refuses a vendor that this process has no queue for', async () => {
    await expect(syncQueue.add('AWS', [RUN])).rejects.toThrow('There is no queue for AWS.');
  });

  describe('revives', () => {
    const HOURS_MS = 5 * 3_600_000;
    let worker: Worker<QueueJob>;

    beforeEach(async () => {
      await queue.drain(true);
      const { connection: store } = connection;
      worker = new Worker(queue.name, null, { connection: store, prefix: REDIS_PREFIX });
      worker.on('error', (error) => errors.push(error));
      await worker.waitUntilReady();
    });
    afterEach(async () => {
      await worker.close();
      await queue.obliterate({ force: true });
    });
    const waiting = async () => (await queue.getJobs(['waiting'])).map(({ data }) => data);

    it('what the queue has lost', async () => {
      await syncQueue.revive('VMWARE', [RUN, UNIT]);
      expect(await waiting()).toEqual(expect.arrayContaining([RUN, UNIT]));
      await syncQueue.revive('VMWARE', []);
      await expect(syncQueue.revive('AWS', [RUN])).rejects.toThrow('There is no queue for AWS.');
    });

    it('what a wrong clock has put off for hours', async () => {
      await syncQueue.add('VMWARE', [UNIT]);
      const job = await worker.getNextJob('token');
      await job.moveToDelayed(Date.now() + HOURS_MS, 'token');
      await syncQueue.add('VMWARE', [UNIT]);
      expect(await waiting()).toEqual([]);

      await syncQueue.revive('VMWARE', [UNIT]);

      expect(await waiting()).toEqual([UNIT]);
      expect(await queue.getDelayedCount()).toBe(0);
    });

    it('what a dead worker still holds, and whose end it finds by itself', async () => {
      await syncQueue.add('VMWARE', [UNIT]);
      const held = await worker.getNextJob('token');

      await syncQueue.revive('VMWARE', [UNIT]);

      expect(await waiting()).toEqual([{ ...UNIT, round: expect.any(String) }]);
      await held.moveToCompleted(undefined, 'token', false);
    });

    it('nothing of what waits for its turn, but wakes a worker that sleeps beside it', async () => {
      const jobs = Array.from({ length: 120 }, (_, index): QueueJob => ({ ...UNIT, unitId: String(index) }));
      await syncQueue.add('VMWARE', jobs);
      await syncQueue.revive('VMWARE', jobs);
      // One call a batch of 50.
      expect(await queue.getWaitingCount()).toBe(jobs.length + 3);
    });
  });

  if (backend === 'postgres') {
    it('gives up on a queue that does not answer', async () => {
      const blocker = new pg.Client({ connectionString: database.url });
      await blocker.connect();
      await blocker.query('BEGIN; LOCK TABLE bullmq.job IN ACCESS EXCLUSIVE MODE');
      const added = syncQueue.add('VMWARE', [{ kind: 'run', runId: 'another' }]);
      await expect(added).rejects.toThrow('The queue sync-vmware does not answer.');
      await blocker.query('ROLLBACK');
      await blocker.end();
      await syncQueue.add('VMWARE', [{ kind: 'run', runId: 'yet another' }]);
    });

    it('makes its tables anew when they are lost, and goes on', async () => {
      const sql = new pg.Client({ connectionString: database.url });
      await sql.connect();
      await sql.query('DROP SCHEMA bullmq CASCADE');
      await syncQueue.add('VMWARE', [UNIT]);
      expect((await queue.getJobs(['waiting'])).map(({ data }) => data)).toEqual([UNIT]);
      expect(errors.splice(0)).toEqual([
        expect.objectContaining({ message: expect.stringContaining('anew') }),
      ]);
      await sql.end();
    });
  }
});

describe('openQueueConnection', () => {
  it.each([
    [
      'postgres://muster:hunter2@127.0.0.1:1/muster',
      /^QUEUE_URL: Postgres cannot be used as a queue: .*ECONNREFUSED/,
    ],
    ['redis://:hunter2@127.0.0.1:1', /^QUEUE_URL: Redis at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/],
  ])('says in one line, without the password, that %s cannot be used', async (url, message) => {
    const opening = openQueueConnection({
      url,
      queues: 1,
      onError: () => undefined,
      onWarning: () => undefined,
    });
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).stack).not.toContain('hunter2');
  });
});

describe('the names', () => {
  it('keep vendors, runs, units and checks apart, in characters that BullMQ takes', () => {
    const names = [...VENDORS.map(queueName), queueName(CHECKS), jobId(RUN), jobId(UNIT), jobId(CHECK)];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });
});
