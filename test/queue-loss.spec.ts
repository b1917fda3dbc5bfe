import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { eventually } from './support/eventually.js';
import { queueBackends, startRedis, type TestRedis } from './support/redis.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const TYPES = items('type', 6);

let muster: TestMuster;
let vendor: ScriptedVendor;
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

/** A sync of which two units are being worked on. */
async function startSync(): Promise<string> {
  const taskId = await muster.requestSync(SYNC);
  await eventually(
    'two units run',
    async () => (await muster.showTask(taskId)).progress.by_state['RUNNING'] === 2,
  );
  return taskId;
}

async function expectWhole(taskId: string): Promise<void> {
  expect(await muster.finishedTask(taskId)).toMatchObject({
    state: 'SUCCEEDED',
    counts: { created: 36, updated: 0, deleted: 0 },
  });
  const { rows } = await muster.sql.query(
    `SELECT kind, count(*)::int AS changes, count(DISTINCT resource_id)::int AS resources
     FROM resource_change GROUP BY kind`,
  );
  expect(rows).toEqual([{ kind: 'CREATED', changes: 36, resources: 36 }]);
  await eventually('signed out', () => vendor.open === 0);
}

if (queueBackends().includes('postgres')) {
  describe("the queue's tables in Postgres", () => {
    beforeEach(async () => {
      muster = await TestMuster.start({ adapters: vendor.adapters });
      await muster.addAccount(scriptedAccount('a'));
    });
    afterEach(() => muster.close());

    it.each([
      ['the whole schema', 'DROP SCHEMA bullmq CASCADE'],
      ['the jobs', 'DROP TABLE bullmq.job CASCADE'],
      ['a function', 'DROP FUNCTION bullmq.move_to_active CASCADE'],
    ])('may be lost in the middle of a sync: %s', async (_what, statement) => {
      const taskId = await startSync();

      await muster.sql.query(statement);
      free = true;

      await expectWhole(taskId);
      const { rows } = await muster.sql.query(`SELECT to_regclass('bullmq.job') IS NOT NULL AS there`);
      expect(rows).toEqual([{ there: true }]);
      expect((await muster.sync(SYNC)).counts).toMatchObject({ unchanged: 36 });
    });

    it('are there again before a request is answered', async () => {
      await muster.close();
      muster = await TestMuster.start({ adapters: vendor.adapters, workers: false });
      await muster.addAccount(scriptedAccount('a'));
      await muster.sql.query('DROP SCHEMA bullmq CASCADE');

      await muster.requestSync(SYNC);

      const { rows } = await muster.sql.query(`SELECT data ->> 'kind' AS kind FROM bullmq.job`);
      expect(rows).toEqual([{ kind: 'run' }]);
    });
  });

  describe('a queue in another Postgres, which is away', () => {
    let queueDatabase: TestDatabase;
    let server: pg.Client;
    let name: string;

    const allow = (allowed: boolean) =>
      server.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} ALLOW_CONNECTIONS ${String(allowed)}`);
    const takeAway = async () => {
      await allow(false);
      await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    };

    beforeEach(async () => {
      queueDatabase = await createTestDatabase();
      name = new URL(queueDatabase.url).pathname.slice(1);
      server = new pg.Client({ connectionString: new URL('/postgres', queueDatabase.url).href });
      await server.connect();
      muster = await TestMuster.start({ adapters: vendor.adapters, queueUrl: queueDatabase.url });
      await muster.addAccount(scriptedAccount('a'));
    });
    afterEach(async () => {
      await muster.close();
      await queueDatabase.drop();
      await server.end();
    });

    it('does not keep processes from stopping', async () => {
      await startSync();
      await takeAway();
      free = true;
      await muster.stopApp();
      expect(vendor.open).toBe(0);
    });

    it('delays syncs, no more', async () => {
      const running = await startSync();

      await takeAway();
      expect(await muster.requestSync(SYNC)).toBe(running);
      free = true;
      await eventually('the units in work end all the same', async () => {
        return (await muster.showTask(running)).progress.by_state['SUCCEEDED'] === 2;
      });
      await muster.addAccount(scriptedAccount('b'));
      const meanwhile = await muster.requestSync({ ...SYNC, account_id: 'b' });
      await allow(true);

      expect(await muster.finishedTask(running)).toMatchObject({
        state: 'SUCCEEDED',
        counts: { created: 36 },
      });
      expect(await muster.finishedTask(meanwhile)).toMatchObject({
        state: 'SUCCEEDED',
        counts: { created: 36 },
      });
    });
  });
}

if (queueBackends().includes('redis')) {
  describe('a Redis', () => {
    let redis: TestRedis;

    beforeEach(async () => {
      redis = await startRedis();
      muster = await TestMuster.start({ adapters: vendor.adapters, queueUrl: redis.url });
      await muster.addAccount(scriptedAccount('a'));
    });
    afterEach(async () => {
      await muster.close();
      await redis.stop();
    });

    it('may be flushed in the middle of a sync', async () => {
      const taskId = await startSync();
      await muster.forgetQueue();
      free = true;
      await expectWhole(taskId);
    });

    it('may be restarted in the middle of a sync, empty', async () => {
      const taskId = await startSync();
      const { port } = new URL(redis.url);
      await redis.stop();
      free = true;
      redis = await startRedis(Number(port));
      await expectWhole(taskId);
    });

    it('may be away when its processes stop', async () => {
      await startSync();
      await redis.stop();
      free = true;
      await muster.stopApp();
      expect(vendor.open).toBe(0);
    });

    it('may be away: requests get their task all the same, and at once', async () => {
      const { port } = new URL(redis.url);
      await redis.stop();

      // On a busy machine one may take as long as the queue is given to answer, 3 s, but not each.
      let taskId: string | undefined;
      await eventually('one is answered before that', async () => {
        if (taskId !== undefined) await muster.steer(taskId, 'cancel');
        const begin = performance.now();
        taskId = await muster.requestSync(SYNC);
        return performance.now() - begin < 2_500;
      });
      if (taskId === undefined) throw new Error('There is no task.');

      expect(await muster.showTask(taskId)).toMatchObject({ state: 'QUEUED' });
      free = true;
      redis = await startRedis(Number(port));
      await expectWhole(taskId);
    });
  });
}
