import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { expectRefusal } from './support/expect-refusal.js';
import { failing, items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { settle } from './support/settle.js';
import { type Task, TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const NOT_HELD = { status: 409, code: 'COC.00101206' };
const NOBODY = '00000000-0000-7000-8000-000000000000';

describe('held prunes and the completeness ledger', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let accountId: string;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    vendor.scripts['things'] = pagesOf([items('t', 20), items('u', 20)]);
    vendor.scripts['others'] = pagesOf([['o']]);
    muster = await TestMuster.start({ adapters: vendor.adapters });
    accountId = await muster.addAccount(scriptedAccount('a'));
    await muster.sync(SYNC);
  });

  afterEach(() => muster.close());

  const unitOf = (task: Task, type = 'things') => {
    const unit = task.accounts.flatMap(({ units }) => units).find((candidate) => candidate.type === type);
    if (unit === undefined) throw new Error(`the task has no unit of ${type}`);
    return unit;
  };
  const decide = (task: Task, decision: 'approve' | 'reject', unitId = unitOf(task).id) =>
    muster.decidePrune(task, unitId, decision);
  const live = async () => (await muster.listAll('VMWARE', 'things')).length;
  /** A sync that finds only some of the things. */
  const shrink = async (left: string[]): Promise<Task> => {
    vendor.scripts['things'] = pagesOf([left]);
    const task = await muster.sync(SYNC);
    expect(unitOf(task)).toMatchObject({ state: 'PRUNE_HELD', held_deletes: 40 - left.length });
    return task;
  };
  const coverage = () => muster.showCoverage(accountId);
  const cellOf = async (type: string) => (await coverage()).cells.find((cell) => cell.type === type);

  it('tombstones what the listing lacked when approved, once, and ends the task', async () => {
    const task = await shrink(items('t', 5));

    const { answers, refusals } = await settle([decide(task, 'approve'), decide(task, 'approve')]);

    expect(answers).toEqual([{ unit_id: unitOf(task).id, decision: 'approve', deleted: 35 }]);
    expect(refusals).toMatchObject([{ status: 409 }]);
    expect(await live()).toBe(5);
    const settled = await muster.showTask(task.task_id);
    expect(settled).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 35 } });
    const { rows } = await muster.sql.query(
      `SELECT count(*)::int AS changes FROM resource_change WHERE kind = 'DELETED' AND unit_id = $1`,
      [unitOf(task).id],
    );
    expect(rows).toEqual([{ changes: 35 }]);
    expect(await cellOf('things')).toMatchObject({ outcome: 'complete', complete_rows: 5 });
    expect(await muster.listAccounts()).toMatchObject([{ sync_status: 'success', failure_msg: '' }]);
  });

  it('holds what the configured limits say, and a plan foretells it', async () => {
    const pruneLimits = { freeDeletes: 0, maxPercent: 5 };
    const strict = await TestMuster.start({ adapters: vendor.adapters, pruneLimits });
    try {
      await strict.addAccount(scriptedAccount('a'));
      await strict.sync(SYNC);
      vendor.scripts['things'] = pagesOf([items('t', 20), items('u', 17)]);

      const plan = await strict.finishedTask(await strict.requestSync(SYNC, { plan: true }));
      const task = await strict.sync(SYNC);

      expect(unitOf(plan)).toMatchObject({ state: 'SUCCEEDED', deleted: 0, held_deletes: 3 });
      expect(unitOf(task)).toMatchObject({ state: 'PRUNE_HELD', deleted: 0, held_deletes: 3 });
    } finally {
      await strict.close();
    }
  });

  it('keeps everything when rejected', async () => {
    const task = await shrink([]);

    expect(await decide(task, 'reject')).toMatchObject({ deleted: 0 });

    expect(await live()).toBe(40);
    expect((await muster.showTask(task.task_id)).state).toBe('SUCCEEDED');
    await expectRefusal(decide(task, 'approve'), NOT_HELD);
  });

  it('leaves the task PARTIAL when something else is wrong with it', async () => {
    vendor.scripts['others'] = failing(new SyncError('permission', 'no'));
    const task = await shrink([]);

    await decide(task, 'reject');

    expect((await muster.showTask(task.task_id)).state).toBe('PARTIAL');
  });

  it('refuses when the account was synced again since, even in vain: that may have seen what was lacking', async () => {
    const task = await shrink(items('t', 5));
    vendor.scripts['things'] = failing(new SyncError('permission', 'no'));
    await muster.sync(SYNC);

    await expectRefusal(decide(task, 'approve'), NOT_HELD);
    expect(await live()).toBe(40);
  });

  it('refuses while the account is being synced', async () => {
    const task = await shrink(items('t', 5));
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    vendor.scripts['things'] = pagesOf([items('t', 20), items('u', 20)], () => opened);
    const running = await muster.requestSync(SYNC);

    await expectRefusal(decide(task, 'approve'), NOT_HELD);

    open();
    expect((await muster.finishedTask(running)).state).toBe('SUCCEEDED');
    expect(await live()).toBe(40);
  });

  it('says what is wrong with a request, and knows no unit of another task', async () => {
    const task = await shrink([]);

    await expectRefusal(decide(task, 'maybe' as 'approve'), {
      status: 400,
      code: 'COC.00010002',
      message: /decision.*approve, reject/,
    });
    for (const unitId of [NOBODY, 'x']) {
      await expectRefusal(decide(task, 'approve', unitId), { status: 404, code: 'COC.00101201' });
    }
    await expectRefusal(decide(task, 'approve', unitOf(task, 'others').id), NOT_HELD);
    expect(await live()).toBe(40);
  });

  it('answers how fresh an account is, and never reads a refused listing as empty', async () => {
    const before = await coverage();
    expect(before.cells).toHaveLength(2);
    expect(before.fresh_as_of).toBe([...before.cells.map((cell) => String(cell.complete_at))].sort()[0]);
    vendor.scripts['things'] = failing(new SyncError('permission', 'no'));

    const task = await muster.sync(SYNC);

    expect(await cellOf('things')).toMatchObject({
      outcome: 'denied',
      attempted_by_task: task.task_id,
      complete_rows: 40,
    });
    expect(await cellOf('others')).toMatchObject({ outcome: 'complete', complete_by_task: task.task_id });
    const things = before.cells.find((cell) => cell.type === 'things');
    expect((await coverage()).fresh_as_of).toBe(things?.complete_at);
  });

  it('says when a listing broke off after some of its pages', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 20), items('u', 20)], (page) => {
      if (page === 1) throw new SyncError('bug', 'no');
    });

    await muster.sync(SYNC);

    expect(await cellOf('things')).toMatchObject({ outcome: 'partial', complete_rows: 40 });
    expect(await live()).toBe(40);
  });

  it('shows the cells page by page, and on each how fresh all of them are', async () => {
    vendor.scopes = ['west', 'east', 'south'].map((key) => ({ key, name: `The ${key}` }));
    await muster.sync(SYNC);
    const show = async (query: string) => {
      const { status, body } = await muster.call('GET', `/v1/accounts/${accountId}/coverage${query}`);
      return { status, body, ...(body['data'] as Awaited<ReturnType<typeof coverage>>) };
    };
    const all = await show('');
    expect(all.cells).toHaveLength(8); // with those of the scope that is gone
    expect(await show('?limit=&marker=')).toEqual(all);

    const pages: (typeof all.cells)[] = [];
    while (pages.at(-1)?.length !== 0) {
      const last = pages.at(-1)?.at(-1) as { id: string } | undefined;
      const page = await show(`?limit=3&marker=${last?.id ?? ''}`);
      expect(page.fresh_as_of).toBe(all.fresh_as_of);
      pages.push(page.cells);
    }
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 2, 0]);
    expect(pages.flat()).toEqual(all.cells);

    for (const [query, message] of [
      ['?limit=0', 'limit must be a whole number from 1 to 500'],
      ['?limit=501', 'limit must be a whole number from 1 to 500'],
      ['?marker=x', 'marker must be the id of the last cell of the page before'],
      ['?marker=a&marker=b', 'marker must be the id of the last cell of the page before'],
    ] as const) {
      const { status, body } = await show(query);
      expect([query, status, body['error_code']]).toEqual([query, 400, 'COC.00010002']);
      expect(body['error_msg']).toContain(message);
    }
  });

  it('cannot say how fresh an account is before everything was listed once', async () => {
    const fresh = await muster.addAccount(scriptedAccount('b'));
    expect(await muster.showCoverage(fresh)).toEqual({ account_id: fresh, fresh_as_of: null, cells: [] });
    vendor.scripts['others'] = failing(new SyncError('permission', 'no'));
    const task = await muster.requestSync({ vendor: 'VMWARE', account_id: 'b' });
    expect((await muster.finishedTask(task)).state).toBe('PARTIAL');

    expect(await muster.showCoverage(fresh)).toMatchObject({ fresh_as_of: null });
    for (const id of [NOBODY, 'x'])
      await expect(muster.showCoverage(id)).rejects.toMatchObject({ status: 404 });
  });
});
