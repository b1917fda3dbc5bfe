import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

import { QUOTA_CODE, SyncError } from '#domain';

import { eventually } from './support/eventually.js';
import { expectRefusal } from './support/expect-refusal.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import {
  items,
  pagesOf,
  scriptedAccount,
  type ScriptedCall,
  type ScriptedConnection,
  ScriptedVendor,
} from './support/scripted-vendor.js';
import { type Task, TestMuster } from './support/test-muster.js';
import { startTestWorker, type TestWorkerOptions } from './support/test-worker.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
/** What a process may be late with, as a part of a second's calls (BATCH_MS). */
const BATCH = 0.25;
const REDIS_META = '{muster}:sync-vmware:meta';

describe.each(queueBackends())('the pace of calls, with the queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let workers: (() => Promise<void>)[];

  beforeEach(async () => {
    workers = [];
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ backend, adapters: vendor.adapters, workers: false });
  });
  afterEach(async () => {
    for (const stop of workers) await stop();
    await muster.close();
  });

  const addAccount = (accountId: string, settings: object = {}) => {
    const account = scriptedAccount(accountId);
    return muster.addAccount({ ...account, settings: { ...account.settings, ...settings } });
  };
  const startWorkers = async (count: number, options: Partial<TestWorkerOptions> = {}) => {
    for (let worker = 0; worker < count; worker += 1) {
      workers.push(await startTestWorker(muster, { adapters: vendor.adapters, concurrency: 2, ...options }));
    }
  };
  const unitsOf = (task: Task) => task.accounts.flatMap(({ units }) => units);
  const bucket = async () => {
    const { rows } = await muster.sql.query<{ rate: number | null; learned: number | null }>(
      'SELECT rate, learned_rate AS learned FROM call_bucket',
    );
    return rows[0];
  };
  const pages = (count: number) => Array.from({ length: count }, (_, page) => [`page${String(page)}`]);

  /** Fails if there were more calls than `burst` and `rate` allow, since `begin` or within any second. */
  function expectWithin({ perSecond, burst }: { perSecond: number; burst: number }, begin: number) {
    const times = vendor.calls.map(({ at }) => at).sort((one, other) => one - other);
    const processes = new Set(vendor.calls.map(({ gate }) => gate)).size;
    const late = processes * BATCH * perSecond + vendor.unitsAtOnce;
    for (const [index, at] of times.entries()) {
      expect(index + 1).toBeLessThanOrEqual(burst + (perSecond * (at - begin)) / 1_000);
      const inASecond = times.slice(index).filter((later) => later - at < 1_000).length;
      expect(inASecond).toBeLessThanOrEqual(burst + perSecond + late);
    }
  }

  it('stays within the limit over all workers', async () => {
    vendor.quota = { perSecond: 40, burst: 10 };
    vendor.unitsAtOnce = 4;
    for (const type of ['w', 'x', 'y', 'z']) vendor.scripts[type] = vendor.calling(pages(30));
    await addAccount('a');
    await startWorkers(2);
    const begin = performance.now();

    const task = await muster.sync(SYNC);

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 4 * 30 } });
    expect(vendor.calls).toHaveLength(4 * 30);
    expect(new Set(vendor.calls.map(({ gate }) => gate)).size).toBe(2);
    expectWithin(vendor.quota, begin);
    expect(task.timings.waits.quota_ms).toBeGreaterThan(0);
  });

  it("leaves the rest of a quota to others than Muster, by the account's setting", async () => {
    vendor.quota = { perSecond: 100, burst: 20 };
    for (const type of ['x', 'y']) vendor.scripts[type] = vendor.calling(pages(30));
    await addAccount('a', { api_quota_percent: 20 });
    await startWorkers(2, { concurrency: 1 });
    const begin = performance.now();

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('SUCCEEDED');
    expect(vendor.calls).toHaveLength(60);
    expectWithin({ perSecond: 20, burst: 4 }, begin);
  });

  it('refuses settings that make no sense, and names them', async () => {
    const account = scriptedAccount('a');
    const settings = { ...account.settings, api_quota_percent: 0, max_concurrent_units: 1.5 };
    await expectRefusal(muster.addAccount({ ...account, settings }), {
      status: 400,
      code: 'COC.00010002',
      message:
        'settings.api_quota_percent must be a whole number from 1 to 100; ' +
        'settings.max_concurrent_units must be a whole number from 1 to 100',
    });
  });

  it('halves when the vendor throttles, asks nothing until it may, and recovers', async () => {
    const perSecond = 50;
    const pauseMs = 3_000;
    vendor.quota = { perSecond, burst: 5 };
    for (const type of ['x', 'y']) vendor.scripts[type] = vendor.calling(pages(60));
    let throttling: ScriptedCall | undefined;
    let rateAfter: number | null | undefined;
    vendor.answer = async (call) => {
      if (throttling !== undefined && call.at >= throttling.at + pauseMs)
        rateAfter ??= (await bucket())?.rate;
      if (vendor.calls.length < 20 || throttling !== undefined) return;
      throttling = call;
      throw new SyncError('throttled', 'slow down', { vendorCode: 'HTTP 429', retryAfterMs: pauseMs });
    };
    await addAccount('a');
    await startWorkers(2, { concurrency: 1 });

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('SUCCEEDED');
    expect(vendor.calls).toHaveLength(2 * 60 + 1);
    // What two processes had taken already, and what was under way; without a pause it were a hundred.
    const since = vendor.calls.map(({ at }) => at - (throttling?.at ?? 0)).filter((at) => at > 0);
    expect(since.filter((at) => at < pauseMs).length).toBeLessThanOrEqual(2 * BATCH * perSecond + 2);
    expect(rateAfter).toBeGreaterThanOrEqual(perSecond / 2);
    expect(rateAfter).toBeLessThan(perSecond);
    const rate = (await bucket())?.rate ?? perSecond;
    expect(rate).toBeGreaterThan(rateAfter ?? perSecond);
    const units = unitsOf(task);
    expect(Math.max(...units.map(({ timings }) => timings.waits.throttled_ms))).toBeGreaterThanOrEqual(
      pauseMs,
    );
    expect(units.map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  it('learns the limit of a vendor that declares none', async () => {
    for (const type of ['x', 'y']) vendor.scripts[type] = vendor.calling(pages(40));
    let throttled = false;
    vendor.answer = () => {
      if (vendor.calls.length < 40 || throttled) return;
      throttled = true;
      throw new SyncError('throttled', 'slow down', { retryAfterMs: 500 });
    };
    await addAccount('a');
    await startWorkers(1);

    expect((await muster.sync(SYNC)).state).toBe('SUCCEEDED');

    const { rate, learned } = (await bucket()) ?? {};
    expect(learned).toBeGreaterThan(0.5);
    expect(rate ?? learned).toBeGreaterThanOrEqual((learned ?? 0) / 2);
    expect(vendor.calls).toHaveLength(2 * 40 + 1);
  });

  it('finishes pages that take more calls than may be made at once, and begins none of them twice', async () => {
    vendor.quota = { perSecond: 3, burst: 1 };
    vendor.scripts['x'] = vendor.calling(pages(3), 3);
    vendor.scripts['y'] = vendor.calling(pages(2), 2);
    await addAccount('a');
    await startWorkers(2, { concurrency: 1 });
    const begin = performance.now();

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('SUCCEEDED');
    expect(vendor.calls).toHaveLength(3 * 3 + 2 * 2);
    expectWithin(vendor.quota, begin);
  });

  it('holds no slot while it waits, and shows what for', async () => {
    vendor.quota = { perSecond: 0.01, burst: 2 };
    for (const type of ['x', 'y']) {
      vendor.scripts[type] = (listing) => {
        const isQuick = (listing.connection as ScriptedConnection).accountId === 'b';
        return isQuick ? pagesOf([items(type, 3)])(listing) : vendor.calling(pages(3))(listing);
      };
    }
    await addAccount('a');
    await addAccount('b');
    await startWorkers(1, { concurrency: 1 });
    const slow = await muster.requestSync(SYNC);
    const waiting = await eventually('both units wait for calls', async () => {
      const units = unitsOf(await muster.showTask(slow));
      return units.length === 2 && units.every(({ state }) => state === 'WAITING') && units;
    });

    const quick = await muster.sync({ ...SYNC, account_id: 'b' });

    expect(quick).toMatchObject({ state: 'SUCCEEDED', counts: { created: 6 } });
    expect(vendor.calls).toHaveLength(2);
    for (const unit of waiting) {
      expect(unit.error).toMatchObject({ kind: 'throttled', code: QUOTA_CODE, retryable: true });
      expect(unit.error?.message).toContain('limited to 0.01 a second');
      expect(Date.parse(unit.next_attempt_at ?? '')).toBeGreaterThan(Date.now());
    }
  });

  it("works on no more of an account's units than its settings allow", async () => {
    vendor.unitsAtOnce = 4;
    let running = 0;
    let most = 0;
    for (const type of ['v', 'w', 'x', 'y', 'z']) {
      vendor.scripts[type] = pagesOf([[type], [`${type}2`]], async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
      });
    }
    await addAccount('a', { max_concurrent_units: 1 });
    await startWorkers(2, { concurrency: 4 });

    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', counts: { created: 10 } });

    expect(most).toBe(1);
  });

  describe('with a bound of units per vendor over all workers', () => {
    const accounts = ['a', 'b', 'c'];
    const running = new Set<string>();
    let most: number;
    let hold: ReturnType<typeof gate>;

    beforeEach(async () => {
      running.clear();
      most = 0;
      hold = gate();
      for (const type of ['x', 'y']) {
        vendor.scripts[type] = pagesOf([[type]], async (_page, { connection }) => {
          const unit = `${(connection as ScriptedConnection).accountId} ${type}`;
          running.add(unit);
          most = Math.max(most, running.size);
          await hold.opened;
          running.delete(unit);
        });
      }
      for (const accountId of accounts) await addAccount(accountId);
    });

    const startSyncs = () =>
      Promise.all(accounts.map((account_id) => muster.requestSync({ ...SYNC, account_id })));
    async function finish(tasks: readonly string[]): Promise<void> {
      hold.open();
      for (const task of tasks) expect((await muster.finishedTask(task)).state).toBe('SUCCEEDED');
    }

    it('works on no more, until the bound is taken out of the settings', async () => {
      await startWorkers(2, { concurrency: 4, vendorConcurrency: 3 });
      const bounded = await startSyncs();
      await eventually('as many units run as may', () => running.size === 3);
      expect(await bound()).toBe('3');
      await finish(bounded);
      expect(most).toBe(3);
      for (const stop of workers.splice(0)) await stop();

      hold = gate();
      await startWorkers(2, { concurrency: 4 });
      const unbounded = await startSyncs();
      await eventually('all units run', () => running.size === 6);
      expect(await bound()).toBeUndefined();
      await finish(unbounded);
    });

    it('works on no more after the queue was lost, either', async () => {
      await startWorkers(2, { concurrency: 4, vendorConcurrency: 3 });
      await loseQueue();
      await eventually('the queue knows its bound again', async () => (await bound()) === '3');

      const tasks = await startSyncs();

      await eventually('as many units run as may', () => running.size === 3);
      await finish(tasks);
      expect(most).toBe(3);
    });
  });

  /** What BullMQ keeps of the bound. */
  async function bound(): Promise<string | undefined> {
    if (backend === 'redis') {
      const redis = new Redis(muster.settings.configuration.queue.url);
      const value = await redis.hget(REDIS_META, 'concurrency');
      await redis.quit();
      return value ?? undefined;
    }
    const { rows } = await muster.sql.query<{ value: string }>(
      `SELECT value FROM bullmq.meta WHERE queue = 'sync-vmware' AND field = 'concurrency'`,
    );
    return rows[0]?.value;
  }

  async function loseQueue(): Promise<void> {
    await muster.forgetQueue();
    if (backend === 'postgres') await muster.sql.query('TRUNCATE bullmq.meta');
  }
});
