import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { MusterError } from '#client';
import { type OutboxEvent, OutboxRepository } from '#database';

import { eventually } from './support/eventually.js';
import { expectRefusal } from './support/expect-refusal.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { settle } from './support/settle.js';
import { type Task, TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const RESOURCE = '/v1/multicloud-resources/{id}';
const SYNC_TASK = '/v1/multicloud-resources/sync/{task_id}';
const NOBODY = '00000000-0000-7000-8000-000000000000';
const TIME = expect.stringMatching(/^\d{4}-.*Z$/);
const NOT_UNDOABLE = { status: 409, code: 'COC.00101208' };

describe('tombstones, their evidence, and the undoing of prunes', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let accountId: string;
  /** Muster's ids by the vendor's. */
  let ids: Record<string, string>;
  let caller: string;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ adapters: vendor.adapters });
    accountId = await muster.addAccount(scriptedAccount('a'));
    await list(...items('t', 20), ...items('u', 20));
    ids = Object.fromEntries((await muster.listAll('VMWARE')).map((item) => [item.resource_id, item.id]));
    const { rows } = await muster.sql.query<{ id: string }>('SELECT id FROM api_credential');
    caller = rows[0]?.id ?? '';
  });

  afterEach(() => muster.close());

  /** Syncs an account that has just these things. */
  const list = async (...listed: string[]): Promise<Task> => {
    vendor.scripts['things'] = pagesOf([listed]);
    return muster.sync(SYNC);
  };
  const unitOf = (task: Task) => {
    const unit = task.accounts[0]?.units[0];
    if (unit === undefined) throw new Error('the task has no unit');
    return unit;
  };
  const undo = async (task: Task, unitId = unitOf(task).id) => {
    const params = { path: { task_id: task.task_id, unit_id: unitId } };
    return (await muster.client.post(`${SYNC_TASK}/units/{unit_id}/prune/undo`, { params })).data;
  };
  const show = async (name: string) => {
    const params = { path: { id: ids[name] ?? '' } };
    return (await muster.client.get(RESOURCE, { params })).data;
  };
  const deletionOf = async (name: string) => (await show(name)).deletion;
  const changesOf = async (name: string) => {
    const params = { path: { id: ids[name] ?? '' }, query: { limit: 500 } };
    return (await muster.client.get(`${RESOURCE}/changes`, { params })).data;
  };
  const changesBy = async ({ task_id }: Task) => {
    const params = { path: { task_id }, query: { limit: 500 } };
    return (await muster.client.get(`${SYNC_TASK}/changes`, { params })).data;
  };
  const liveIds = async () => (await muster.listAll('VMWARE')).map(({ resource_id }) => resource_id).sort();
  const cell = async () => (await muster.showCoverage(accountId)).cells[0];

  it('show what a deletion rests on: the listing that lacked it', async () => {
    expect(await deletionOf('t0')).toBeNull();
    const task = await list(...items('t', 20), ...items('u', 19));
    const unit = unitOf(task);

    expect(await deletionOf('u19')).toEqual({
      deleted_at: TIME,
      cause: 'not_listed',
      task_id: task.task_id,
      unit_id: unit.id,
      listed_at: unit.finished_at,
      approved_by: null,
      approved_at: null,
    });
    expect(await deletionOf('u18')).toBeNull();
  });

  it('show who approved a deletion that was held back', async () => {
    const task = await list(...items('t', 5));
    expect(unitOf(task)).toMatchObject({ state: 'PRUNE_HELD', prune_decision: null, prune_undo: null });
    expect(await deletionOf('u0')).toBeNull();
    await muster.decidePrune(task, unitOf(task).id, 'approve');

    const unit = unitOf(await muster.showTask(task.task_id));
    expect(unit.prune_decision).toEqual({ decision: 'approve', by: caller, at: TIME });
    expect(await deletionOf('u0')).toEqual({
      deleted_at: unit.prune_decision?.at,
      cause: 'not_listed',
      task_id: task.task_id,
      unit_id: unit.id,
      listed_at: unitOf(task).finished_at,
      approved_by: caller,
      approved_at: unit.prune_decision?.at,
    });
    expect(await undo(task)).toEqual({ unit_id: unit.id, restored: 35 });
    expect(await liveIds()).toHaveLength(40);
  });

  it('bring back just what a unit deleted, and say so everywhere', async () => {
    const task = await list(...items('t', 20), ...items('u', 18));
    const unitId = unitOf(task).id;
    expect(await cell()).toMatchObject({ complete_rows: 38 });

    expect(await undo(task)).toEqual({ unit_id: unitId, restored: 2 });
    expect(await liveIds()).toEqual([...items('t', 20), ...items('u', 20)].sort());
    expect(await deletionOf('u19')).toBeNull();
    expect(await changesOf('u19')).toMatchObject([
      { kind: 'RESTORED', task_id: task.task_id, unit_id: unitId, patch: null },
      { kind: 'DELETED', task_id: task.task_id, unit_id: unitId },
      { kind: 'CREATED' },
    ]);
    const ofTask = (await changesBy(task)).map(({ kind }) => kind);
    expect(ofTask).toEqual(['DELETED', 'DELETED', 'RESTORED', 'RESTORED']);
    expect(unitOf(await muster.showTask(task.task_id))).toMatchObject({
      state: 'SUCCEEDED',
      deleted: 2,
      prune_decision: null,
      prune_undo: { restored: 2, by: caller, at: TIME },
    });
    expect(await cell()).toMatchObject({ outcome: 'complete', complete_rows: 40 });
    const outbox = muster.api.app.get(OutboxRepository);
    const events = await eventually('the events come', async () => {
      const all: readonly OutboxEvent[] = await outbox.readAfter(undefined, 100);
      return all.at(-1)?.type === 'prune.undone' ? all.slice(-2) : undefined;
    });
    expect(events).toMatchObject([
      { type: 'resources.changed', payload: { unitId, counts: { restored: 2, deleted: 0 } } },
      { type: 'prune.undone', payload: { unitId, taskId: task.task_id, undoneBy: caller, restored: 2 } },
    ]);
  });

  it('undo a prune once, also when many ask at once', async () => {
    const task = await list(...items('t', 20), ...items('u', 18));

    const { answers, refusals } = await settle(Array.from({ length: 5 }, () => undo(task)));

    expect(answers).toHaveLength(1);
    expect(refusals.map(({ status }) => status)).toEqual([409, 409, 409, 409]);
    await expectRefusal(undo(task), { ...NOT_UNDOABLE, message: 'undone already' });
    const restored = (await changesBy(task)).filter(({ kind }) => kind === 'RESTORED');
    expect(restored).toHaveLength(2);
  });

  it('delete again what the next listing lacks as well', async () => {
    const task = await list(...items('t', 20), ...items('u', 18));
    await undo(task);
    const again = await list(...items('t', 20), ...items('u', 18));
    expect(again.counts).toMatchObject({ deleted: 2 });
    expect(await deletionOf('u19')).toMatchObject({ unit_id: unitOf(again).id });
    expect(await undo(again)).toMatchObject({ restored: 2 });
  });

  it('refuse to undo what deleted nothing, is being synced, is of another task, or is too old', async () => {
    const nothing = await list(...items('t', 20), ...items('u', 20));
    await expectRefusal(undo(nothing), { ...NOT_UNDOABLE, message: 'it deleted nothing' });
    const task = await list(...items('t', 20), ...items('u', 18));
    for (const unitId of [NOBODY, 'x', unitOf(nothing).id]) {
      await expectRefusal(undo(task, unitId), { status: 404, code: 'COC.00101201', message: 'no such unit' });
    }
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    vendor.scripts['things'] = pagesOf([[...items('t', 20), ...items('u', 18)]], () => opened);
    const running = await muster.requestSync(SYNC);
    await expectRefusal(undo(task), { ...NOT_UNDOABLE, message: 'being synced' });
    open();
    await muster.finishedTask(running);

    await muster.sql.query(`UPDATE sync_unit SET finished_at = now() - interval '91 days' WHERE id = $1`, [
      unitOf(task).id,
    ]);
    await expectRefusal(undo(task), { ...NOT_UNDOABLE, message: 'TOMBSTONE_RETENTION_DAYS' });
    expect(await liveIds()).toHaveLength(38);
  });

  it('refuse to bring anything back into an account that was removed', async () => {
    const task = await list(...items('t', 20), ...items('u', 18));
    await muster.removeAccount(accountId);
    await expectRefusal(undo(task), { ...NOT_UNDOABLE, message: 'account was removed' });
    const deletion = await eventually(
      'the account is cleared',
      async () => (await deletionOf('t0')) ?? undefined,
    );
    expect(deletion).toEqual({
      deleted_at: TIME,
      cause: 'account_removed',
      task_id: null,
      unit_id: null,
      listed_at: null,
      approved_by: null,
      approved_at: null,
    });
    await expectRefusal(undo(task), { ...NOT_UNDOABLE, message: 'account was removed' });
  });

  it('are removed when they are old, but for their changes', async () => {
    const task = await list(...items('t', 20), ...items('u', 18));
    const before = await changesOf('u19');
    await muster.sql.query(
      `UPDATE resource SET deleted_at = now() - interval '91 days' WHERE native_id = 'u19'`,
    );

    await eventually('the reconciler removes it', async () => {
      return show('u19').then(
        () => false,
        (error: unknown) => error instanceof MusterError && error.status === 404,
      );
    });

    await expectRefusal(show('u19'), { status: 404, code: 'COC.00101301', message: 'no such resource' });
    expect(await changesOf('u19')).toEqual(before);
    expect(before[0]).toMatchObject({ kind: 'DELETED', resource_id: 'u19', name: 'u19', type: 'things' });
    expect(await changesBy(task)).toHaveLength(2);
    expect(await deletionOf('u18')).toMatchObject({ cause: 'not_listed' });
    expect(await liveIds()).toHaveLength(38);
  });
});
