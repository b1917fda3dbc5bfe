import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { expectError } from '../apps/api/test/support/expect-error.js';
import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { failing, items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const PLAN = { plan: true };

describe('a plan', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ adapters: vendor.adapters });
    await muster.addAccount(scriptedAccount('a'));
  });

  afterEach(() => muster.close());

  const plan = async () => muster.finishedTask(await muster.requestSync(SYNC, PLAN));
  const planOf = async (taskId: string, query: { limit: number; marker?: string } = { limit: 100 }) => {
    const params = { path: { task_id: taskId }, query };
    return (await muster.client.get('/v1/multicloud-resources/sync/{task_id}/plan', { params })).data;
  };
  /** All that a sync writes for good. */
  const written = async () => {
    const tables = ['resource', 'resource_change', 'coverage', 'vendor_account'];
    const dumps = await Promise.all(
      tables.map((table) => muster.sql.query(`SELECT t::text FROM ${table} t ORDER BY 1`)),
    );
    return dumps.map(({ rows }) => rows as unknown[]);
  };

  it('says what a sync would do, does none of it, and the sync then does just that', async () => {
    const pages = [items('t', 20), [...items('u', 20), 'gone0', 'gone1', 'returns']];
    vendor.scripts['things'] = pagesOf(pages);
    vendor.scripts['empty'] = pagesOf([]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([pages[0] ?? [], items('u', 20), ['gone0', 'gone1']]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([
      [...items('t', 18), 't18=changed', 't19=changed'],
      [...items('u', 20), 'returns', ...items('new', 13)],
      ['new0'], // listed twice
    ]);
    const before = await written();

    const task = await plan();

    expect(task).toMatchObject({
      state: 'SUCCEEDED',
      mode: 'plan',
      counts: { seen: 54, created: 14, updated: 2, unchanged: 38, deleted: 2 },
    });
    expect(await written()).toEqual(before);
    const [empty, things] = (await planOf(task.task_id)).sort((a, b) => a.type.localeCompare(b.type));
    expect(empty).toMatchObject({ type: 'empty', created: 0, deleted: 0 });
    expect(things).toMatchObject({
      type: 'things',
      state: 'SUCCEEDED',
      created: 14,
      updated: 2,
      unchanged: 38,
      deleted: 2,
      held_deletes: 0,
      sample: {
        creates: items('new', 10).map((id) => ({ resource_id: id, name: id })),
        updates: ['t18', 't19'].map((id) => ({
          resource_id: id,
          name: id,
          patch: [{ op: 'replace', path: '/properties/content', value: 'changed' }],
        })),
        restores: [{ resource_id: 'returns', name: 'returns' }],
        deletes: ['gone0', 'gone1'].map((id) => ({ resource_id: id, name: id })),
      },
    });

    const { counts } = await muster.sync(SYNC);
    expect(counts).toMatchObject({ created: 14, updated: 2, deleted: 2 });
  });

  it('says what the guard would hold, and fails where a listing would', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 40)]);
    vendor.scripts['secrets'] = pagesOf([['s']]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([items('t', 5)]);
    vendor.scripts['secrets'] = failing(new SyncError('permission', 'Not for you.'));
    const before = await written();

    const task = await plan();

    expect(task.state).toBe('PARTIAL');
    const [secrets, things] = (await planOf(task.task_id)).sort((a, b) => a.type.localeCompare(b.type));
    expect(secrets).toMatchObject({ state: 'FAILED', deleted: 0 });
    expect(things).toMatchObject({ state: 'SUCCEEDED', deleted: 0, held_deletes: 35 });
    expect(things?.sample.deletes).toHaveLength(10);
    expect(await written()).toEqual(before);
  });

  it('neither joins a sync nor is joined by one: each waits for the other', async () => {
    const hold = gate();
    vendor.scripts['things'] = pagesOf([['x']], () => hold.opened);
    const planned = await muster.requestSync(SYNC, PLAN);
    await eventually('it runs', async () => (await muster.showTask(planned)).progress.by_state['RUNNING']);

    const synced = await muster.requestSync(SYNC);

    expect(synced).not.toBe(planned);
    expect(await muster.requestSync(SYNC, PLAN)).toBe(planned);
    expect(await muster.requestSync(SYNC)).toBe(synced);
    expect((await muster.showTask(synced)).accounts).toMatchObject([{ state: 'PENDING' }]);
    hold.open();
    expect((await muster.finishedTask(planned)).counts.created).toBe(1);
    expect((await muster.finishedTask(synced)).counts.created).toBe(1);
    expect(await muster.listAll('VMWARE')).toHaveLength(1);
  });

  it('leaves a held prune to be decided about', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 40)]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([items('t', 5)]);
    const held = await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([items('t', 40)]);
    await plan();

    const unit = held.accounts[0]?.units[0]?.id ?? '';
    expect(await muster.decidePrune(held, unit, 'approve')).toMatchObject({ deleted: 35 });
  });

  it('is paged by unit', async () => {
    for (const type of items('type', 5)) vendor.scripts[type] = pagesOf([[type]]);
    const { task_id } = await plan();
    const seen: string[] = [];
    for (let marker = ''; ;) {
      const page = await planOf(task_id, { limit: 2, marker });
      if (page.length === 0) break;
      seen.push(...page.map(({ type }) => type));
      marker = page.at(-1)?.unit_id ?? '';
    }
    expect(seen.sort()).toEqual(items('type', 5));
  });

  it('is refused for a task that is none, and for options that are neither true nor false', async () => {
    vendor.scripts['things'] = pagesOf([['x']]);
    const { task_id } = await muster.sync(SYNC);
    const path = `/v1/multicloud-resources/sync/${task_id}/plan`;

    expectError(await muster.call('GET', `${path}?limit=1`), {
      status: 409,
      code: 'COC.00101207',
      message: 'it is no plan but a sync',
    });
    expectError(await muster.call('GET', `${path}?limit=1&marker=x`), {
      status: 400,
      code: 'COC.00010002',
      message: 'marker must be the unit_id',
    });
    expectError(await muster.call('GET', '/v1/multicloud-resources/sync/none/plan?limit=1'), {
      status: 404,
      code: 'COC.00101201',
      message: 'no such sync task',
    });
    for (const option of ['plan', 'force']) {
      expectError(await muster.call('POST', `/v1/multicloud-resources/sync?${option}=yes`, { body: SYNC }), {
        status: 400,
        code: 'COC.00010002',
        message: `${option} must be true or false`,
      });
    }
  });
});
