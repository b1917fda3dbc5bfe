import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Schemas } from '#client';

import { expectRefusal } from './support/expect-refusal.js';
import { pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const ENDPOINT = { endpoint: 'https://vc' };

describe('what an account’s settings leave out', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let accountId: string;
  /** What was listed: `type scope`. */
  let listed: string[];
  /** What the vendor has in each scope, of each type. */
  let items: string[];

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    vendor.scopes = [
      { key: 's-1', name: 'One', region: 'r-1' },
      { key: 's-2', name: 'Two', region: 'r-2' },
      { key: 'global', name: 'Global' },
    ];
    listed = [];
    items = ['x', 'y'];
    for (const type of ['hosts', 'folders']) {
      vendor.scripts[type] = (listing) => {
        listed.push(`${type} ${listing.scope.key}`);
        return pagesOf([items])(listing);
      };
    }
    muster = await TestMuster.start({ adapters: vendor.adapters });
    accountId = await muster.addAccount(scriptedAccount('a'));
    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', counts: { created: 12 } });
    listed.splice(0);
  });
  afterEach(() => muster.close());

  const set = async (settings: object) => {
    await muster.changeAccount(accountId, { settings: { ...ENDPOINT, ...settings } });
  };
  /** As the API would take it, if the vendor whose place the scripted one takes had regions. */
  const setRegions = (regions: string[]) =>
    muster.sql.query('UPDATE vendor_account SET settings = $1, update_time = now()', [
      JSON.stringify({ ...ENDPOINT, regions }),
    ]);
  const coverage = () => muster.showCoverage(accountId);
  const outcomes = async () =>
    Object.fromEntries(
      (await coverage()).cells.map(({ type, scope, outcome }) => [`${type} ${scope}`, outcome]),
    );

  it('are types: neither listed nor pruned, and known as such', async () => {
    const before = await coverage();
    await set({ resource_types: { exclude: ['folders'] } });
    items = ['x'];

    const task = await muster.sync(SYNC);

    // One of two is too much for the guard in no scope: up to ten may go.
    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 3 } });
    expect(listed.sort()).toEqual(['hosts global', 'hosts s-1', 'hosts s-2']);
    expect(await muster.listAll('VMWARE', 'folders')).toHaveLength(6);
    expect(await outcomes()).toEqual({
      'folders One': 'excluded',
      'folders Two': 'excluded',
      'folders Global': 'excluded',
      'hosts One': 'complete',
      'hosts Two': 'complete',
      'hosts Global': 'complete',
    });
    const after = await coverage();
    const folders = ({ cells }: Schemas['Coverage']) =>
      cells
        .filter(({ type }) => type === 'folders')
        .map(({ complete_at, complete_rows }) => [complete_at, complete_rows]);
    expect(folders(after)).toEqual(folders(before));
    expect(Date.parse(after.fresh_as_of!)).toBeGreaterThan(Date.parse(before.fresh_as_of!));
  });

  it('are regions, but nothing that is in none', async () => {
    await setRegions(['r-1']);
    items = ['x'];

    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 4 } });

    expect(listed.sort()).toEqual(['folders global', 'folders s-1', 'hosts global', 'hosts s-1']);
    expect(await muster.listAll('VMWARE')).toHaveLength(8);
    expect(await outcomes()).toMatchObject({
      'hosts One': 'complete',
      'hosts Two': 'excluded',
      'folders Two': 'excluded',
    });
  });

  it('are taken up again, and then pruned', async () => {
    await set({ resource_types: { include: ['hosts'] } });
    items = ['x'];
    await muster.sync(SYNC);
    await set({});
    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 3 } });
    expect(new Set(Object.values(await outcomes()))).toEqual(new Set(['complete']));
    expect(await muster.listAll('VMWARE')).toHaveLength(6);
  });

  it('stand in the ledger by what a sync has left out, not by what a plan would', async () => {
    await set({ resource_types: { exclude: ['folders'] } });
    await muster.finishedTask(await muster.requestSync(SYNC, { plan: true }));
    expect(listed.sort()).toEqual(['hosts global', 'hosts s-1', 'hosts s-2']);
    expect(await outcomes()).toMatchObject({ 'folders One': 'complete' });
  });

  it('stay in a sync that is planned already, and are left out by the next', async () => {
    vendor.scripts['hosts'] = async function* (listing) {
      await set({ resource_types: { exclude: ['folders'] } });
      yield* pagesOf([items])(listing);
    };
    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', counts: { unchanged: 12 } });
    expect(await outcomes()).toMatchObject({ 'hosts One': 'complete', 'folders One': 'complete' });
    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', counts: { unchanged: 6 } });
    expect(await outcomes()).toMatchObject({ 'hosts One': 'complete', 'folders One': 'excluded' });
  });

  it('are known from the first sync on', async () => {
    await muster.addAccount({
      ...scriptedAccount('b'),
      settings: { ...ENDPOINT, resource_types: { include: ['hosts'] } },
    });
    await muster.sync({ vendor: 'VMWARE', account_id: 'b' });
    const { rows } = await muster.sql.query(
      `SELECT resource_type, attempt_outcome, complete_at IS NULL AS never FROM coverage
       WHERE account_id <> $1 AND scope_key = 's-1' ORDER BY 1`,
      [accountId],
    );
    expect(rows).toEqual([
      { resource_type: 'folders', attempt_outcome: 'excluded', never: true },
      { resource_type: 'hosts', attempt_outcome: 'complete', never: false },
    ]);
  });

  it('cannot be everything: regions that there are not fail the sync and delete nothing', async () => {
    vendor.scopes = vendor.scopes.slice(0, 2);
    await setRegions(['r-7']);
    const task = await muster.sync(SYNC);
    expect(task).toMatchObject({ state: 'FAILED', counts: { deleted: 0 } });
    expect(task.accounts[0]?.error).toMatchObject({
      kind: 'credentials',
      code: 'NO_REGION',
      message: "The account's setting regions (r-7) leaves nothing to list: it has r-1, r-2.",
    });
    expect(await muster.listAll('VMWARE')).toHaveLength(12);
  });

  it('are refused where the vendor does not have them', async () => {
    const bodies = [
      [{ resource_types: { exclude: ['host'] } }, 'VMWARE has no type host '],
      [{ regions: ['r-1'] }, 'VMWARE has no regions'],
    ] as const;
    for (const [settings, message] of bodies) {
      await expectRefusal(set(settings), { status: 400, code: 'COC.00010002', message });
    }
  });
});
