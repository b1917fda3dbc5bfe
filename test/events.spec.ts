import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type OutboxEvent, OutboxRepository } from '#database';
import { SyncError } from '#domain';

import { eventually } from './support/eventually.js';
import { failing, items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { type Task, TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const CALLER = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown as string;

describe('the events of what is asked for over HTTP', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let accountId: string;
  let last: OutboxEvent | undefined;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    vendor.scripts['things'] = pagesOf([items('t', 20), items('u', 20)]);
    muster = await TestMuster.start({ adapters: vendor.adapters });
    accountId = await muster.addAccount(scriptedAccount('a'));
    last = undefined;
  });

  afterEach(() => muster.close());

  /** The next events, once there is one of a type that ends what was asked for. */
  const eventsUpTo = async (type: OutboxEvent['type']) => {
    const outbox = muster.api.app.get(OutboxRepository);
    const events: OutboxEvent[] = [];
    await eventually(`an event ${type} comes`, async () => {
      const page = await outbox.readAfter(last?.position, 100);
      last = page.at(-1) ?? last;
      events.push(...page);
      return events.at(-1)?.type === type;
    });
    return events.map((event) => ({ type: event.type, payload: event.payload }));
  };
  const unitIn = (task: Task) => task.accounts[0]?.units[0]?.id ?? '';
  const unitOf = (task: Task) => ({
    taskId: task.task_id,
    unitId: unitIn(task),
    accountId,
    vendor: 'VMWARE',
    resourceType: 'things',
  });
  const changed = (owner: object, counts: object) => ({
    type: 'resources.changed',
    payload: {
      ...owner,
      counts: { created: 0, updated: 0, restored: 0, deleted: 0, ...counts },
      firstChangeId: expect.stringMatching(/^\d+$/),
      lastChangeId: expect.stringMatching(/^\d+$/),
    },
  });
  const finished = (task: Task, state: string, counts: object) => ({
    type: 'task.finished',
    payload: {
      taskId: task.task_id,
      vendor: 'VMWARE',
      mode: 'sync',
      state,
      counts: { seen: 0, created: 0, updated: 0, unchanged: 0, deleted: 0, ...counts },
    },
  });

  it('tell of each page that changed something, of each prune, and of the end', async () => {
    const first = await muster.sync(SYNC);
    expect(await eventsUpTo('task.finished')).toEqual([
      changed(unitOf(first), { created: 20 }),
      changed(unitOf(first), { created: 20 }),
      finished(first, 'SUCCEEDED', { seen: 40, created: 40 }),
    ]);

    vendor.scripts['things'] = pagesOf([items('t', 20), ['u0=new', ...items('u', 19).slice(1), 'v']]);
    const second = await muster.sync(SYNC);
    expect(await eventsUpTo('task.finished')).toEqual([
      changed(unitOf(second), { created: 1, updated: 1 }),
      changed(unitOf(second), { deleted: 1 }),
      finished(second, 'SUCCEEDED', { seen: 40, created: 1, updated: 1, unchanged: 38, deleted: 1 }),
    ]);

    const third = await muster.sync(SYNC);
    expect(await eventsUpTo('task.finished')).toEqual([
      finished(third, 'SUCCEEDED', { seen: 40, unchanged: 40 }),
    ]);
  });

  it('tell of a held prune, of the decision, and of how the task ends then', async () => {
    await muster.sync(SYNC);
    await eventsUpTo('task.finished');
    vendor.scripts['things'] = pagesOf([items('t', 20)]);
    const task = await muster.sync(SYNC);
    expect(await eventsUpTo('task.finished')).toEqual([
      { type: 'prune.held', payload: { ...unitOf(task), held: 20 } },
      finished(task, 'PARTIAL', { seen: 20, unchanged: 20 }),
    ]);

    await muster.decidePrune(task, unitIn(task), 'approve');

    expect(await eventsUpTo('task.finished')).toEqual([
      changed(unitOf(task), { deleted: 20 }),
      {
        type: 'prune.decided',
        payload: { ...unitOf(task), decision: 'approve', decidedBy: CALLER, deleted: 20 },
      },
      finished(task, 'SUCCEEDED', { seen: 20, unchanged: 20, deleted: 20 }),
    ]);
  });

  it('tell of a cancelled and a retried task', async () => {
    vendor.scripts['things'] = failing(new SyncError('permission', 'no'), 1, pagesOf([['x']]));
    const failed = await muster.sync(SYNC);
    expect(await eventsUpTo('task.finished')).toEqual([finished(failed, 'FAILED', {})]);

    await muster.steer(failed.task_id, 'retry');
    expect(await eventsUpTo('task.finished')).toEqual([
      { type: 'task.retried', payload: { taskId: failed.task_id, vendor: 'VMWARE' } },
      changed(unitOf(failed), { created: 1 }),
      finished(failed, 'SUCCEEDED', { seen: 1, created: 1 }),
    ]);

    vendor.scripts['things'] = pagesOf([['x', 'y'], ['z']], (page, { signal }) =>
      page === 0
        ? undefined
        : new Promise((_, reject) => (signal.onabort = () => reject(new Error('aborted')))),
    );
    const taskId = await muster.requestSync(SYNC);
    const running = await eventually('a page is committed', async () => {
      const task = await muster.showTask(taskId);
      return task.counts.created === 1 ? task : undefined;
    });
    await muster.steer(taskId, 'cancel');
    expect(await eventsUpTo('task.finished')).toEqual([
      changed(unitOf(running), { created: 1 }),
      finished(running, 'CANCELLED', { seen: 2, created: 1, unchanged: 1 }),
    ]);
  });

  it('tell of an account that was removed, until it is cleared', async () => {
    await muster.sync(SYNC);
    await eventsUpTo('task.finished');
    await muster.removeAccount(accountId);

    const removed = { accountId, vendor: 'VMWARE', taskId: null, unitId: null, resourceType: null };
    expect(await eventsUpTo('account.cleared')).toEqual([
      changed(removed, { deleted: 40 }),
      { type: 'account.cleared', payload: { accountId, vendor: 'VMWARE' } },
    ]);
  });
});
