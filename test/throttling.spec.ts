import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { QUOTA_CODE, SyncError } from '#domain';

import { eventually } from './support/eventually.js';
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

const SYNC = { vendor: 'VMWARE', account_id: 'a' };
/** What a process may be late with, as a part of a second's calls (BATCH_MS). */
const BATCH = 0.25;

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
      workers.push(
        await startTestWorker(muster, { adapters: vendor.adapters, concurrency: 2, ...options }),
      );
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
    const { status, body } = await muster.call('POST', '/v1/vendor-account', {
      body: { ...account, settings },
    });
    expect(status).toBe(400);
    expect(body['error_msg']).toBe(
      'settings.api_quota_percent must be a whole number from 1 to 100; ' +
        'settings.max_concurrent_units must be a whole number from 1 to 100',
    );
  });

  it('halves when the vendor throttles, asks nothing until it may, and recovers', async () => {
    const pauseMs = 3_000;
    vendor.quota = { perSecond: 50, burst: 5 };
    for (const type of ['x', 'y']) vendor.scripts[type] = vendor.calling(pages(60));
    let throttling: ScriptedCall | undefined;
    vendor.answer = (call) => {
      if (vendor.calls.length < 20 || throttling !== undefined) return;
      throttling = call;
      throw new SyncError('throttled', 'slow down', { vendorCode: 'HTTP 429', retryAfterMs: pauseMs });
    };
    await addAccount('a');
    await startWorkers(2, { concurrency: 1 });
    const taskId = await muster.requestSync(SYNC);

    const waiting = await eventually('both units wait', async () => {
      const units = unitsOf(await muster.showTask(taskId));
      return units.length === 2 && units.every(({ state }) => state === 'WAITING') && units;
    });
    expect(waiting.map(({ error }) => error?.code).sort()).toEqual(['HTTP 429', QUOTA_CODE]);
    for (const unit of waiting) expect(unit.next_attempt_at).not.toBeNull();
    expect((await bucket())?.rate).toBe(25);
    await eventually('the rate rises', async () => ((await bucket())?.rate ?? 50) > 25);
    const task = await muster.finishedTask(taskId);

    expect(task.state).toBe('SUCCEEDED');
    const since = vendor.calls.map(({ at }) => at - (throttling?.at ?? 0)).filter((at) => at > 0);
    // Calls that were under way, or taken already, are made; after half of the pause there are none.
    expect(since.filter((at) => at > pauseMs / 2 && at < pauseMs)).toEqual([]);
    expect(vendor.calls).toHaveLength(2 * 60 + 1);
    const waits = unitsOf(task).map((unit) => unit.timings.waits);
    expect(Math.max(...waits.map(({ throttled_ms }) => throttled_ms))).toBeGreaterThanOrEqual(pauseMs);
    expect(unitsOf(task).map(({ attempts }) => attempts)).toEqual([1, 1]);
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
    vendor.quota = { perSecond: 0.4, burst: 2 };
    for (const type of ['x', 'y']) {
      vendor.scripts[type] = (listing) => {
        const isQuick = (listing.connection as ScriptedConnection).accountId === 'b';
        return isQuick ? pagesOf([items(type, 3)])(listing) : vendor.calling(pages(2))(listing);
      };
    }
    await addAccount('a');
    await addAccount('b');
    await startWorkers(1);
    const slow = await muster.requestSync(SYNC);
    const waiting = await eventually('both units wait for calls', async () => {
      const units = unitsOf(await muster.showTask(slow));
      const wait = units.length === 2 && units.every(({ state }) => state === 'WAITING');
      return wait && units.every((unit) => unit.timings.waits.quota_ms > 0) && units;
    });

    const quick = await muster.sync({ ...SYNC, account_id: 'b' });

    expect(quick).toMatchObject({ state: 'SUCCEEDED', counts: { created: 6 } });
    for (const unit of waiting) {
      expect(unit.error).toMatchObject({ kind: 'throttled', code: QUOTA_CODE, retryable: true });
      expect(unit.error?.message).toContain('limited to 0.4 a second');
      expect(unit.next_attempt_at).not.toBeNull();
    }
    const task = await muster.finishedTask(slow);
    expect(task.state).toBe('SUCCEEDED');
    expect(task.timings.waits.quota_ms).toBeGreaterThanOrEqual(2_000);
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

    expect(most).toBeLessThanOrEqual(2); // a page, and the next one that is read ahead
  });

  it('works on no more units of a vendor than are allowed, over all workers', async () => {
    const running = new Set<unknown>();
    let most = 0;
    let go: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (go = resolve));
    for (const type of ['x', 'y']) {
      vendor.scripts[type] = pagesOf([[type]], async (_page, { connection }) => {
        const unit = `${(connection as ScriptedConnection).accountId} ${type}`;
        running.add(unit);
        most = Math.max(most, running.size);
        await gone;
        running.delete(unit);
      });
    }
    const accounts = ['a', 'b', 'c'];
    for (const accountId of accounts) await addAccount(accountId);
    await startWorkers(2, { concurrency: 4, vendorConcurrency: 3 });
    const tasks = await Promise.all(
      accounts.map((account_id) => muster.requestSync({ ...SYNC, account_id })),
    );
    await eventually('as many units run as may', () => running.size === 3);
    const { rows } = await muster.sql.query(`SELECT state FROM sync_unit WHERE state = 'RUNNING'`);
    expect(rows).toHaveLength(3);

    go();

    for (const task of tasks) expect((await muster.finishedTask(task)).state).toBe('SUCCEEDED');
    expect(most).toBe(3);
  });
});
