import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type Resource, SyncError } from '#domain';

import { LeaseLostError } from '../errors.js';
import { PruneRepository } from '../inventory/prune.repository.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import type { ListingTerms } from './begin-listing.js';
import type { LeasedUnit } from './unit.repository.js';

const TERMS: ListingTerms = { basis: 'settled', inARow: 3, hours: 24, overlapMs: 60_000 };
const FIRST = new Date('2026-11-24T01:00:00Z');
const SECOND = new Date('2026-11-24T02:00:00Z');
const minuteBefore = (time: Date) => new Date(time.getTime() - 60_000);

interface Listed {
  there?: readonly string[];
  gone?: readonly string[];
  asOf?: Date | null;
  terms?: ListingTerms;
}

describe('beginListing', () => {
  let sync: SyncFixture;
  let account: string;
  let accountId: string;
  let accounts = 0;

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());
  beforeEach(async () => {
    account = `account ${String(++accounts)}`;
    accountId = await sync.addAccount(account);
  });

  /** Lists the account's things on one page, all or what has changed, as the unit is told. */
  async function list({ there = [], gone, asOf = FIRST, terms = TERMS }: Listed = {}) {
    const unit = await sync.startUnit(account);
    const { since } = await sync.units.beginListing(unit, terms);
    const resources = there.map((item) => thing(item));
    await sync.commitPage(unit, {
      resources,
      ...(gone === undefined ? {} : { gone }),
      ...(asOf === null ? {} : { asOf }),
    });
    const completion = await sync.inventory.completeUnit(unit);
    await sync.runs.advance(unit.runId, 1);
    return { unit, since, completion };
  }

  /** A thing by its id, and whatever follows on a `=`. */
  function thing(item: string): Resource {
    const [id = '', content = ''] = item.split('=');
    return resourceOf(id, { properties: { content } });
  }

  const live = async () =>
    (
      await sync.rows<{ thing: string }>(
        `SELECT concat_ws('=', native_id, nullif(properties ->> 'content', '')) AS thing FROM resource
         WHERE account_id = $1 AND deleted_at IS NULL ORDER BY native_id COLLATE "C"`,
        [accountId],
      )
    ).map((row) => row.thing);
  const ledger = async () =>
    (
      await sync.rows<{ outcome: string; rows: number; task: string; changes: boolean }>(
        `SELECT attempt_outcome AS outcome, complete_rows AS rows, complete_task_id AS task,
           changes_at IS NOT NULL AS changes FROM coverage WHERE account_id = $1`,
        [accountId],
      )
    )[0];
  const prunes = () => new PruneRepository(sync.database, { changes: 1, events: 1, audit: 1, tombstones: 1 });

  it('lists all at first, then what has changed since a while before the last listing began', async () => {
    const first = await list({ there: ['a', 'b', 'c'] });
    expect(first.since).toBeNull();

    const second = await list({ there: ['b=new', 'd'], asOf: SECOND });

    expect(second.since).toEqual(minuteBefore(FIRST));
    expect(second.completion).toMatchObject({ state: 'SUCCEEDED', deleted: 0, held: 0 });
    expect(await live()).toEqual(['a', 'b=new', 'c', 'd']);
    // The last complete listing is what it was: that a thing is unchanged is known since then only.
    expect(await ledger()).toEqual({
      outcome: 'incremental',
      rows: 3,
      task: first.unit.taskId,
      changes: true,
    });
    expect((await list()).since).toEqual(minuteBefore(SECOND));
  });

  it('deletes what the vendor names, with the unit as evidence, and nothing else', async () => {
    await list({ there: ['a', 'b', 'c', 'd'] });

    const { unit, completion } = await list({ there: ['c'], gone: ['b', 'c', 'never seen'] });

    expect(completion).toMatchObject({ state: 'SUCCEEDED', deleted: 1, held: 0 });
    expect(await live()).toEqual(['a', 'c', 'd']);
    expect(
      await sync.rows(
        `SELECT r.native_id AS id, r.deleted_by_unit_id AS unit, c.unit_id AS by FROM resource_change c
         JOIN resource r ON r.id = c.resource_id WHERE c.kind = 'DELETED' AND r.account_id = $1`,
        [accountId],
      ),
    ).toEqual([{ id: 'b', unit: unit.id, by: unit.id }]);
  });

  it('lists all again after as many in a row as there may be, and begins to count anew', async () => {
    const kinds = [];
    for (let time = 0; time < 9; time += 1) kinds.push((await list({ there: ['a'] })).since === null);
    expect(kinds).toEqual([true, false, false, false, true, false, false, false, true]);
  });

  it.each<[string, () => Promise<unknown>, Partial<ListingTerms>?]>([
    ['on another basis', () => Promise.resolve(), { basis: 'another' }],
    ['when none may be incremental', () => Promise.resolve(), { inARow: 0 }],
    [
      'when the last complete listing is too old',
      () => sync.rows(`UPDATE coverage SET complete_at = complete_at - interval '25 hours'`),
    ],
    ['when the listing before did not say when it began', () => list({ there: ['a'], asOf: null })],
    [
      'after one that failed',
      async () => {
        const unit = await sync.startUnit(account);
        await sync.units.beginListing(unit, TERMS);
        await sync.units.fail(unit, new SyncError('permission', 'Refused.'), false);
        await sync.runs.advance(unit.runId, 1);
      },
    ],
    [
      'after one that was cancelled',
      async () => {
        const unit = await sync.startUnit(account);
        await sync.tasks.cancel({ tenantId: sync.tenantId, taskId: unit.taskId });
      },
    ],
    ['after one whose deletions are held', () => list({ gone: ['a', 'b'] })],
  ])('lists all %s', async (_, before, changed = {}) => {
    await list({ there: ['a', 'b'] });
    await before();
    expect((await list({ there: ['a'], terms: { ...TERMS, ...changed } })).since).toBeNull();
  });

  it('lists all when that is asked for, also by who joins a run that has not begun', async () => {
    await list({ there: ['a'] });
    const force = { tenantId: sync.tenantId, vendor: 'VMWARE', trigger: 'api', accountId: account } as const;
    const { taskId, runIds } = await sync.request(account);
    expect(await sync.tasks.request({ ...force, force: true })).toEqual({ taskId, runIds: [] });

    await sync.plan(runIds[0] ?? '');
    const [unitId = ''] = (await sync.runs.advance(runIds[0] ?? '', 1)).unitIds;
    const unit = await sync.claimUnit(unitId);

    expect(await sync.units.beginListing(unit, TERMS)).toEqual({ since: null, resumeAt: null });
    // One that has begun answers nobody who wants all.
    expect((await sync.tasks.request({ ...force, force: true }))?.taskId).not.toBe(taskId);
  });

  describe('of a listing that has begun', () => {
    async function begun(since: 'all' | 'changes', terms = TERMS): Promise<LeasedUnit> {
      if (since === 'changes') await list({ there: ['a', 'b', 'c'] });
      const unit = await sync.startUnit(account);
      await sync.units.beginListing(unit, terms);
      await sync.commitPage(unit, { resources: [thing('a=new')], gone: ['c'], asOf: SECOND, resumeAt: '1' });
      await sync.units.wait(unit, { delayMs: 0, counted: false });
      return sync.claimUnit(unit.id);
    }

    it('goes on at its checkpoint with what it lists', async () => {
      const unit = await begun('changes');
      expect(await sync.units.beginListing(unit, TERMS)).toEqual({
        since: minuteBefore(FIRST),
        resumeAt: '1',
      });
      await sync.commitPage(unit, { resources: [thing('d')], asOf: new Date('2026-11-24T09:00:00Z') });
      expect(await sync.inventory.completeUnit(unit)).toMatchObject({ state: 'SUCCEEDED', deleted: 1 });
      expect(await live()).toEqual(['a=new', 'b', 'd']);
      await sync.runs.advance(unit.runId, 1);
      expect((await list()).since).toEqual(minuteBefore(SECOND)); // not from when it was resumed
    });

    it('begins anew with all when what has changed was listed on another basis', async () => {
      const unit = await begun('changes');
      const start = await sync.units.beginListing(unit, { ...TERMS, basis: 'another' });
      expect(start).toEqual({ since: null, resumeAt: null });
      await sync.commitPage(unit, { resources: [thing('b'), thing('c')], asOf: SECOND });
      expect(await sync.inventory.completeUnit(unit)).toMatchObject({ deleted: 1 });
      expect(await live()).toEqual(['b', 'c']); // of the pages before nothing is left but what they wrote
    });

    it('goes on with all on another basis, and lets no other build on it', async () => {
      const unit = await begun('all');
      const another = { ...TERMS, basis: 'another' };
      expect(await sync.units.beginListing(unit, another)).toEqual({ since: null, resumeAt: '1' });
      await sync.commitPage(unit, { resources: [thing('b')] });
      await sync.inventory.completeUnit(unit);
      await sync.runs.advance(unit.runId, 1);
      expect((await list({ there: ['a', 'b'], terms: another })).since).toBeNull();
    });

    it('lists all after a place that was forgotten', async () => {
      const unit = await begun('changes');
      await sync.units.restart(unit, { delayMs: 0, counted: true });
      const again = await sync.claimUnit(unit.id);
      expect(await sync.units.beginListing(again, TERMS)).toEqual({ since: null, resumeAt: null });
    });

    it('says nothing to who has lost the unit', async () => {
      const unit = await begun('changes');
      const lost = { ...unit, leaseToken: sync.tenantId };
      await expect(sync.units.beginListing(lost, TERMS)).rejects.toThrow(LeaseLostError);
    });
  });

  it('lists all after the vendor’s clock has gone back further than the listings overlap', async () => {
    await list({ there: ['a'], asOf: SECOND });
    expect((await list({ asOf: FIRST })).since).toEqual(minuteBefore(SECOND));
    expect((await list({ there: ['a'] })).since).toBeNull();
  });

  it('holds implausibly many deletions, and says what is decided about them', async () => {
    const things = Array.from({ length: 30 }, (_, index) => `t${String(index)}`);
    const { unit: complete } = await list({ there: things });

    const { unit, completion } = await list({ gone: things.slice(0, 20), asOf: SECOND });

    expect(completion).toMatchObject({ state: 'PRUNE_HELD', deleted: 0, held: 20 });
    expect(await ledger()).toMatchObject({ outcome: 'held', task: complete.taskId, changes: false });
    const verdict = { tenantId: sync.tenantId, taskId: unit.taskId, unitId: unit.id };
    const decided = { ...verdict, decision: 'approve', decidedBy: sync.tenantId } as const;
    expect(await prunes().decide(decided)).toEqual({ deleted: 20 });
    expect(await live()).toHaveLength(10);
    expect(await ledger()).toMatchObject({ outcome: 'incremental', rows: 30 });
    expect((await list()).since).toBeNull(); // what is rejected the vendor would not name again
  });

  it('has its deletions undone like any other’s', async () => {
    await list({ there: ['a', 'b', 'c'] });
    const { unit } = await list({ gone: ['b'] });
    const undo = { tenantId: sync.tenantId, taskId: unit.taskId, unitId: unit.id, undoneBy: sync.tenantId };
    expect(await prunes().undo(undo)).toEqual({ restored: 1 });
    expect(await live()).toEqual(['a', 'b', 'c']);
    expect(await ledger()).toMatchObject({ rows: 3 });
    expect((await list({ there: ['a', 'c'] })).since).toBeNull();
  });

  it('leaves, whatever changes, what listings of all would have left', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    const step = fc.record({
      written: fc.uniqueArray(fc.tuple(id, fc.nat(3)), { maxLength: 3, selector: ([key]) => key }),
      deleted: fc.uniqueArray(id, { maxLength: 2 }),
      pages: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        account = `account ${String(++accounts)}`;
        accountId = await sync.addAccount(account);
        const truth = new Map(['w', 'x', 'y', 'z'].map((key) => [key, key])); // never touched, so that no prune is held
        const gone = new Set<string>();
        for (const { written, deleted, pages } of steps) {
          const changed = new Set<string>();
          for (const [key, version] of written) {
            truth.set(key, `${key}=${String(version)}`);
            changed.add(key);
            gone.delete(key);
          }
          for (const key of deleted) if (truth.delete(key)) gone.add(key);
          const unit = await sync.startUnit(account);
          const { since } = await sync.units.beginListing(unit, TERMS);
          const there = [...truth.keys()].filter((key) => since === null || changed.has(key));
          for (let page = 0; page < pages; page += 1) {
            const isOn = (_: unknown, index: number) => index % pages === page;
            await sync.commitPage(unit, {
              resources: there.filter(isOn).map((key) => thing(truth.get(key) ?? '')),
              gone: since === null ? [] : [...gone].filter(isOn),
              asOf: FIRST,
              ...(page === pages - 1 ? {} : { resumeAt: String(page) }),
            });
          }
          await sync.inventory.completeUnit(unit);
          await sync.runs.advance(unit.runId, 1);
          expect(await live()).toEqual([...truth.values()].sort());
        }
      }),
      { numRuns: 15 },
    );
  });
});
