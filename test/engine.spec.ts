import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import {
  failing,
  items,
  pagesOf,
  type Script,
  scriptedAccount,
  type ScriptedConnection,
  ScriptedVendor,
} from './support/scripted-vendor.js';
import { type Task, TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;

describe.each(queueBackends())('the engine, with its queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ backend, adapters: vendor.adapters });
    await muster.addAccount(scriptedAccount('a'));
  });

  afterEach(() => muster.close());

  const unitOf = (task: Task, type: string) =>
    task.accounts.flatMap(({ units }) => units).find((unit) => unit.type === type);
  const liveIds = async (type: string) =>
    (await muster.listAll('VMWARE', type)).map(({ resource_id }) => resource_id).sort();
  const changes = async () => {
    const { rows } = await muster.sql.query<{ kind: string; count: number }>(
      'SELECT kind, count(*)::int AS count FROM resource_change GROUP BY kind ORDER BY kind',
    );
    return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
  };

  it('gives one task to requests that come together', async () => {
    const hold = gate();
    vendor.scripts['things'] = pagesOf([['x']], () => hold.opened);

    const ids = await Promise.all(Array.from({ length: 100 }, () => muster.requestSync(SYNC)));

    expect(new Set(ids).size).toBe(1);
    hold.open();
    await muster.finishedTask(ids[0] ?? '');
    const { rows } = await muster.sql.query('SELECT id FROM sync_task');
    expect(rows).toHaveLength(1);
    expect(await muster.requestSync(SYNC)).not.toBe(ids[0]);
  });

  it('starts what is idle and waits for what is busy when a whole vendor is asked for', async () => {
    await muster.addAccount(scriptedAccount('b'));
    const hold = gate();
    vendor.scripts['things'] = pagesOf([['x']], () => hold.opened);
    const first = await muster.requestSync(SYNC);

    const all = await muster.requestSync({ vendor: 'VMWARE' });
    const again = await muster.requestSync({ vendor: 'VMWARE', account_id: '' });

    expect(all).not.toBe(first);
    expect(again).toBe(all);
    hold.open();
    const task = await muster.finishedTask(all);
    expect(task.accounts).toMatchObject([
      { account_id: 'a', state: 'SUCCEEDED', started_by_task: first },
      { account_id: 'b', state: 'SUCCEEDED', started_by_task: all },
    ]);
  });

  it('is PARTIAL when one type is refused, names what is missing, and deletes nothing of it', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 3)]);
    vendor.scripts['secrets'] = pagesOf([items('s', 3)]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([items('t', 2)]);
    vendor.scripts['secrets'] = failing(
      new SyncError('permission', 'Not for you.', { vendorCode: 'Denied' }),
    );

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('PARTIAL');
    expect(unitOf(task, 'things')).toMatchObject({ state: 'SUCCEEDED', deleted: 1 });
    expect(unitOf(task, 'secrets')).toMatchObject({
      state: 'FAILED',
      deleted: 0,
      error: {
        kind: 'permission',
        code: 'Denied',
        message: 'Not for you. Listing secrets needs: list:secrets.',
        retryable: false,
      },
    });
    expect(await liveIds('secrets')).toEqual(items('s', 3));
    const { rows } = await muster.sql.query(
      `SELECT attempt_outcome, complete_rows FROM coverage WHERE resource_type = 'secrets'`,
    );
    expect(rows).toEqual([{ attempt_outcome: 'denied', complete_rows: 3 }]);
    expect(await muster.listAccounts()).toMatchObject([
      { sync_status: 'failed', failure_msg: expect.stringContaining('1 of 2') },
    ]);
  });

  it('deletes nothing when a listing breaks off, and goes on behind its last page', async () => {
    vendor.scripts['things'] = pagesOf([items('a', 3), items('b', 3), items('c', 3)]);
    await muster.sync(SYNC);
    let breaks = 2;
    const asked: number[] = [];
    vendor.scripts['things'] = pagesOf([items('a', 3), items('b', 3), items('c', 2)], (page) => {
      asked.push(page);
      if (page === 2 && breaks-- > 0)
        throw new SyncError('unavailable', 'gone away', { vendorCode: 'HTTP 502' });
    });

    const task = await muster.sync(SYNC);

    expect(unitOf(task, 'things')).toMatchObject({ state: 'SUCCEEDED', pages: 3, seen: 8, deleted: 1 });
    expect(asked).toEqual([0, 1, 2, 2, 2]);
    expect(await changes()).toEqual({ CREATED: 9, DELETED: 1 });
  });

  it('gives up a type that stays unavailable, and says so', async () => {
    vendor.scripts['things'] = failing(new SyncError('unavailable', 'down', { vendorCode: 'HTTP 500' }));
    const taskId = await muster.requestSync(SYNC);
    await eventually('a second attempt', async () => {
      const unit = unitOf(await muster.showTask(taskId), 'things');
      return unit?.state === 'WAITING' && unit.error?.retryable === true && unit.attempts > 0;
    });
    // The rest of the back-off is not worth the wait.
    await muster.sql.query('UPDATE sync_unit SET attempts = 4');

    const task = await muster.finishedTask(taskId);

    expect(task.state).toBe('FAILED');
    expect(unitOf(task, 'things')).toMatchObject({
      state: 'FAILED',
      error: { kind: 'unavailable', code: 'HTTP 500' },
    });
  });

  it('waits as long as a throttled vendor asks, holds no slot, and counts no attempt', async () => {
    const throttled = new SyncError('throttled', 'slow down', { retryAfterMs: 700 });
    vendor.scripts['things'] = failing(throttled, 3, pagesOf([['x']]));
    for (const type of ['b', 'c', 'd', 'e']) vendor.scripts[type] = pagesOf([[type]]);
    const begin = Date.now();

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('SUCCEEDED');
    expect(unitOf(task, 'things')).toMatchObject({ attempts: 1, created: 1 });
    expect(Date.now() - begin).toBeGreaterThanOrEqual(3 * 700);
  });

  it('tells where the time of a unit went, and why it waits', async () => {
    const slow = new SyncError('throttled', 'slow down', { vendorCode: 'HTTP 429', retryAfterMs: 400 });
    const pages = pagesOf([items('t', 5), items('u', 5)], () => delay(50));
    vendor.scripts['things'] = failing(slow, 1, pages);
    const taskId = await muster.requestSync(SYNC);
    const waiting = await eventually('the unit waits', async () => {
      const unit = unitOf(await muster.showTask(taskId), 'things');
      return unit?.state === 'WAITING' && unit.timings.waiting_ms > 0 ? unit : undefined;
    });
    expect(waiting.error).toMatchObject({ kind: 'throttled', code: 'HTTP 429', message: 'slow down' });
    expect(waiting.next_attempt_at).not.toBeNull();

    const task = await muster.finishedTask(taskId);

    const timings = unitOf(task, 'things')?.timings;
    expect(timings?.vendor_ms).toBeGreaterThanOrEqual(2 * 45); // timers may be early by a little
    expect(timings?.waits.throttled_ms).toBeGreaterThanOrEqual(400);
    expect(timings?.waits).toMatchObject({ quota_ms: 0, back_off_ms: 0 });
    expect(timings?.sql_ms).toBeGreaterThan(0);
    expect(task.timings).toEqual(timings);
  });

  it('skips what the vendor does not offer there, keeping the rows', async () => {
    vendor.scripts['things'] = pagesOf([['x']]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = failing(new SyncError('absent', 'not here'));

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('SUCCEEDED');
    expect(unitOf(task, 'things')?.state).toBe('SKIPPED');
    expect(await liveIds('things')).toEqual(['x']);
  });

  it('tries a wrong password once, whatever there is to list', async () => {
    vendor.scripts['things'] = pagesOf([['x']]);
    vendor.scripts['others'] = pagesOf([['y']]);
    vendor.connectError = new SyncError('credentials', 'Wrong password.', { vendorCode: 'InvalidLogin' });

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('FAILED');
    expect(task.accounts).toMatchObject([
      {
        state: 'FAILED',
        units: [],
        error: { kind: 'credentials', message: 'Wrong password.', retryable: false },
      },
    ]);
    expect(vendor.connects).toBe(1);
  });

  it('stops the account when its credentials end in the middle', async () => {
    for (const type of items('type', 6)) vendor.scripts[type] = pagesOf([[type]]);
    vendor.scripts['type0'] = failing(new SyncError('credentials', 'Revoked.'));
    vendor.scripts['type1'] = failing(new SyncError('credentials', 'Revoked.'));

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('FAILED');
    expect(task.progress.by_state).toEqual({ FAILED: 6 });
    expect(unitOf(task, 'type5')?.error).toMatchObject({ kind: 'credentials', message: 'Revoked.' });
  });

  it.each([
    ['nothing at all', [] as string[]],
    ['far less than before', items('t', 20)],
  ])('holds a prune when a complete listing has %s', async (_what, left) => {
    vendor.scripts['things'] = pagesOf([items('t', 40)]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([left]);

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('PARTIAL');
    expect(unitOf(task, 'things')).toMatchObject({
      state: 'PRUNE_HELD',
      deleted: 0,
      held_deletes: 40 - left.length,
    });
    expect(await liveIds('things')).toEqual(items('t', 40).sort());
  });

  it('brings back what returns, as the same resource', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 5)]);
    await muster.sync(SYNC);
    const before = await muster.listAll('VMWARE', 'things');
    vendor.scripts['things'] = pagesOf([items('t', 4)]);
    await muster.sync(SYNC);
    expect(await liveIds('things')).toEqual(items('t', 4));
    vendor.scripts['things'] = pagesOf([items('t', 5)]);

    await muster.sync(SYNC);

    expect(await muster.listAll('VMWARE', 'things')).toEqual(before);
    expect(await changes()).toEqual({ CREATED: 5, DELETED: 1, RESTORED: 1 });
  });

  it('counts a resource once that the vendor lists twice, within a page and across pages', async () => {
    vendor.scripts['things'] = pagesOf([
      ['x=old', 'y', 'x=new'],
      ['y', 'z'],
    ]);

    const task = await muster.sync(SYNC);

    expect(unitOf(task, 'things')).toMatchObject({ seen: 3, created: 3, updated: 0 });
    const x = (await muster.listAll('VMWARE', 'things')).find(({ name }) => name === 'x');
    expect(x?.properties).toEqual({ content: 'new' });
  });

  it('fails a listing that ends without its last page, and deletes nothing', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 3)]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = async function* () {
      yield await Promise.resolve({ items: ['t0'], resumeAt: '1' });
    };

    const task = await muster.sync(SYNC);

    expect(unitOf(task, 'things')).toMatchObject({ state: 'FAILED', error: { kind: 'bug' } });
    expect(await liveIds('things')).toEqual(items('t', 3));
  });

  describe('with a vendor that forgets how far a listing had come', () => {
    const EXPIRED = new SyncError('unavailable', 'No such marker.', {
      vendorCode: 'HTTP 400',
      cursorExpired: true,
    });
    const PAGES = [items('a', 3), items('b', 3), items('c', 2)];
    /** Breaks off before its third page, and then refuses the place that it gave, so many times. */
    const forgetful = (times: number): Script => {
      let refusals = 0;
      return pagesOf(PAGES, (page) => {
        if (page < 2 || refusals === times) return;
        refusals += 1;
        throw EXPIRED;
      });
    };

    beforeEach(async () => {
      vendor.scripts['things'] = pagesOf([...PAGES, ['gone']]);
      await muster.sync(SYNC);
    });

    it('lists from the first page again, and deletes what the last listing lacked', async () => {
      vendor.scripts['things'] = forgetful(3);

      const task = await muster.sync(SYNC);

      expect(task.state).toBe('SUCCEEDED');
      expect(unitOf(task, 'things')).toMatchObject({
        pages: 3,
        seen: 8,
        unchanged: 8,
        deleted: 1,
        error: null,
      });
      expect(await changes()).toEqual({ CREATED: 9, DELETED: 1 });
    });

    it('gives up in the end, says why, and deletes nothing', async () => {
      vendor.scripts['things'] = forgetful(4);

      const task = await muster.sync(SYNC);

      expect(unitOf(task, 'things')).toMatchObject({
        state: 'FAILED',
        deleted: 0,
        error: {
          kind: 'unavailable',
          code: 'HTTP 400',
          message: expect.stringMatching(/began 4 times, .* forgot how far it had come: No such marker\.$/),
        },
      });
      expect(await liveIds('things')).toContain('gone');
      expect(await changes()).toEqual({ CREATED: 9 });
      const { rows } = await muster.sql.query('SELECT count(*)::int AS pages FROM sync_unit_page');
      expect(rows).toEqual([{ pages: 0 }]);
    });
  });

  it('lets only one of two workers write for a unit', async () => {
    const hold = gate();
    let visits = 0;
    vendor.scripts['things'] = pagesOf([items('a', 3), items('b', 3)], async (page) => {
      if (page !== 1) return;
      visits += 1;
      if (visits === 1) await hold.opened; // the first worker hangs; its lease is taken away below
    });
    const taskId = await muster.requestSync(SYNC);
    await eventually('the first worker hangs', async () => {
      return visits === 1 && unitOf(await muster.showTask(taskId), 'things')?.pages === 1;
    });
    await muster.sql.query(
      `UPDATE sync_unit SET lease_until = now() - interval '1 hour', lease_token = gen_random_uuid()`,
    );
    await muster.forgetQueue(); // as if BullMQ, too, had taken the job for stalled

    // Released only when the second is through, the first must find out that it is too late.
    await eventually('a second worker takes over', () => visits === 2);
    hold.open();
    const task = await muster.finishedTask(taskId);

    expect(unitOf(task, 'things')).toMatchObject({ state: 'SUCCEEDED', pages: 2, seen: 6, created: 6 });
    expect(await changes()).toEqual({ CREATED: 6 });
  });

  it('makes room for a small account while big ones fill every slot', async () => {
    const accounts = ['a', 'b', 'c'];
    for (const id of accounts.slice(1)) await muster.addAccount(scriptedAccount(id));
    let over = false;
    const endless: Script = async function* ({ connection, resumeAt }) {
      const isSmall = (connection as ScriptedConnection).accountId === 'c';
      for (let page = Number(resumeAt ?? 0); !over && !isSmall; page += 1) {
        yield await Promise.resolve({ items: [`page${String(page)}`], resumeAt: String(page + 1) });
      }
      yield { items: ['last'] };
    };
    vendor.scripts['first'] = endless;
    vendor.scripts['second'] = endless;
    const big = [await muster.requestSync(SYNC), await muster.requestSync({ ...SYNC, account_id: 'b' })];
    await eventually('four units fill the four slots', async () => {
      const tasks = await Promise.all(big.map((id) => muster.showTask(id)));
      return tasks.every(({ counts }) => counts.seen > 10);
    });

    const small = await muster.sync({ ...SYNC, account_id: 'c' });

    expect(small).toMatchObject({ state: 'SUCCEEDED', counts: { created: 2 } });
    for (const id of big) expect((await muster.showTask(id)).state).toBe('RUNNING');
    over = true;
    for (const id of big) expect((await muster.finishedTask(id)).state).toBe('SUCCEEDED');
  });

  it('finishes what the queue forgot', async () => {
    const hold = gate();
    vendor.scripts['things'] = pagesOf([['x']], () => hold.opened);
    for (const type of ['b', 'c', 'd', 'e']) vendor.scripts[type] = pagesOf([[type]]);
    const taskId = await muster.requestSync(SYNC);
    await eventually('a unit runs', async () => (await muster.showTask(taskId)).progress.by_state['RUNNING']);

    await muster.forgetQueue();
    hold.open();

    expect(await muster.finishedTask(taskId)).toMatchObject({ state: 'SUCCEEDED', counts: { created: 5 } });
  });

  it('cancels and tombstones when an account is removed in the middle', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 30)]);
    await muster.sync(SYNC);
    const hold = gate();
    vendor.scripts['things'] = pagesOf([items('t', 30), items('u', 30)], (page) =>
      page === 1 ? hold.opened : undefined,
    );
    const taskId = await muster.requestSync(SYNC);
    await eventually(
      'a page is committed',
      async () => unitOf(await muster.showTask(taskId), 'things')?.pages === 1,
    );
    const [account] = await muster.listAccounts();

    await muster.removeAccount(account?.id ?? '');
    hold.open();

    expect(await muster.finishedTask(taskId)).toMatchObject({ state: 'CANCELLED' });
    await eventually('the inventory is empty', async () => (await liveIds('things')).length === 0);
    expect(await changes()).toEqual({ CREATED: 30, DELETED: 30 });
    const { rows } = await muster.sql.query('SELECT length(sealed_sk) AS secret FROM vendor_account');
    expect(rows).toEqual([{ secret: 0 }]);
    await eventually('signed out', () => vendor.open === 0);
  });

  it('stores names that Postgres cannot hold', async () => {
    vendor.scripts['things'] = pagesOf([['x=nul\0 half \ud800 pair']]);

    expect((await muster.sync(SYNC)).state).toBe('SUCCEEDED');

    const [x] = await muster.listAll('VMWARE', 'things');
    expect(x?.properties).toEqual({ content: 'nul\uFFFD half \uFFFD pair' });
  });

  it('returns work in the middle of a listing when its process stops', async () => {
    const hold = gate();
    vendor.scripts['things'] = pagesOf(
      [items('a', 3), items('b', 3), items('c', 3)],
      async (page, { signal }) => {
        if (page !== 1 || signal.aborted) return;
        await Promise.race([
          hold.opened,
          new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          }),
        ]);
        signal.throwIfAborted();
      },
    );
    const stopped = await TestMuster.start({ backend, adapters: vendor.adapters });
    await stopped.addAccount(scriptedAccount('a'));
    const taskId = await stopped.requestSync(SYNC);
    await eventually('a page', async () => unitOf(await stopped.showTask(taskId), 'things')?.pages === 1);

    await stopped.stopApp();

    const { rows } = await stopped.sql.query('SELECT state, pages, resume_at, lease_token FROM sync_unit');
    expect(rows).toEqual([{ state: 'QUEUED', pages: 1, resume_at: '1', lease_token: null }]);
    expect(vendor.open).toBe(0);
    hold.open();
    await stopped.close();
  });
});
