import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import pg from 'pg';

import { VENDORS } from '#domain';
import { StartError } from '#platform';

import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { openQueueConnection, type QueueConnection, REDIS_PREFIX } from './queue-connection.js';
import { jobId, queueName, type SyncJob } from './sync-job.js';
import { SyncQueue } from './sync-queue.js';

const RUN: SyncJob = { kind: 'run', runId: '0190b5a4-0000-7000-8000-000000000001' };
const UNIT: SyncJob = { kind: 'unit', unitId: '0190b5a4-0000-7000-8000-000000000001' };

describe('SyncQueue', () => {
  let database: TestDatabase;
  let connection: QueueConnection;
  let queue: Queue<SyncJob>;
  let syncQueue: SyncQueue;
  const errors: Error[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    connection = await openQueueConnection({
      url: database.url,
      queues: 1,
      onError: (error) => errors.push(error),
    });
    queue = new Queue<SyncJob>(queueName('VMWARE'), {
      connection: connection.connection,
      prefix: REDIS_PREFIX,
    });
    queue.on('error', (error) => errors.push(error));
    syncQueue = new SyncQueue(new Map([['VMWARE', queue]]));
  });
  afterAll(async () => {
    await queue.close();
    await connection.close();
    await database.drop();
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

  it('refuses a vendor that this process has no queue for', async () => {
    await expect(syncQueue.add('AWS', [RUN])).rejects.toThrow('There is no queue for AWS.');
  });

  it('gives up on a queue that does not answer, without leaving anything unhandled', async () => {
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE bullmq.job IN ACCESS EXCLUSIVE MODE');
    const added = syncQueue.add('VMWARE', [{ kind: 'run', runId: 'another' }]);
    await expect(added).rejects.toThrow('The queue sync-vmware does not answer.');
    await blocker.query('ROLLBACK');
    await blocker.end();
    await syncQueue.add('VMWARE', [{ kind: 'run', runId: 'yet another' }]);
  });
});

describe('openQueueConnection', () => {
  it.each([
    [
      'postgres://muster:hunter2@127.0.0.1:1/muster',
      /^QUEUE_URL: Postgres cannot be used as a queue: .*ECONNREFUSED/,
    ],
    ['redis://:hunter2@127.0.0.1:1', /^QUEUE_URL: Redis at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/],
  ])('says in one line, without the password, that %s cannot be used', async (url, message) => {
    const opening = openQueueConnection({ url, queues: 1, onError: () => undefined });
    const error: unknown = await opening.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).stack).not.toContain('hunter2');
  });
});

describe('the names', () => {
  it('keep vendors, runs and units apart, in characters that BullMQ takes', () => {
    const names = [...VENDORS.map(queueName), jobId(RUN), jobId(UNIT)];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });
});
