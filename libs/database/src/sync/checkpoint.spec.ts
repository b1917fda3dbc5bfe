import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { mayPrune, type Resource, SyncError } from '#domain';

import { LeaseLostError } from '../errors.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import type { LeasedUnit } from './unit.repository.js';

const LISTINGS = 40;
/** Then a failure is told with the shortest example found until now, before Jest's own time is over. */
const SEARCH_MS = 60_000;
const IDS = Array.from({ length: 16 }, (_, index) => `id ${String(index)}`);
const THROTTLED = new SyncError('throttled', 'Slow down.');
const BROKEN = new SyncError('unavailable', 'The vendor is down.');
const EXPIRED = new SyncError('unavailable', 'No such marker.', { cursorExpired: true });

/**
 * What comes between a page and the next: the worker dies before or behind its commit, and another takes over;
 * the unit waits; it goes back at a shutdown; the vendor doesn't know the cursor any more; or the unit fails, and
 * somebody has its task retried.
 */
const INTERRUPTIONS = [
  'none',
  'none',
  'diesBefore',
  'diesBehind',
  'waits',
  'returns',
  'expires',
  'isRetried',
] as const;
const FROM_THE_START: readonly string[] = ['expires', 'isRetried'];

const inventory = fc
  .uniqueArray(fc.record({ id: fc.constantFrom(...IDS), name: fc.constantFrom('x', 'y') }), {
    selector: ({ id }) => id,
    maxLength: IDS.length,
  })
  .map((items) => items.map(({ id, name }) => resourceOf(id, { name })));

describe('a listing that is interrupted at any page', () => {
  let sync: SyncFixture;
  let accounts = 0;

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());

  /** The unit, held by another worker. */
  async function takeOver(unit: LeasedUnit): Promise<LeasedUnit> {
    await sync.rows(
      `UPDATE sync_unit SET lease_until = now() - interval '1 second',
         next_attempt_at = now() - interval '1 second' WHERE id = $1`,
      [unit.id],
    );
    return sync.claimUnit(unit.id);
  }

  async function failAndRetry(unit: LeasedUnit): Promise<void> {
    await sync.units.fail(unit, BROKEN, false);
    await sync.runs.advance(unit.runId, 1);
    expect(await sync.tasks.retry(unit)).toEqual({ vendor: unit.vendor, runIds: [unit.runId] });
  }

  /** Lists from the checkpoint on, as a table does, to the end, whatever comes between. */
  async function list(
    start: LeasedUnit,
    resources: readonly Resource[],
    { pageSize, interruptions }: { pageSize: number; interruptions: (typeof INTERRUPTIONS)[number][] },
  ): Promise<LeasedUnit> {
    const left = [...interruptions];
    for (let unit = start; ;) {
      const first = Number(unit.resumeAt ?? 0);
      const next = first + pageSize;
      const last = next >= resources.length;
      const page = { resources: resources.slice(first, next), ...(last ? {} : { resumeAt: String(next) }) };
      const interruption = left.shift() ?? 'none';
      const dead = unit;
      if (interruption === 'diesBefore') {
        unit = await takeOver(unit);
        await expect(sync.commitPage(dead, page)).rejects.toBeInstanceOf(LeaseLostError);
        continue;
      }
      await sync.commitPage(unit, page);
      if (last) return unit;
      if (interruption === 'waits') {
        await sync.units.wait(unit, { delayMs: 60_000, counted: false, error: THROTTLED });
      } else if (interruption === 'returns') {
        await sync.units.wait(unit, { delayMs: 0, counted: false });
      } else if (interruption === 'expires') {
        await sync.units.restart(unit, { delayMs: 60_000, counted: true, error: EXPIRED });
      } else if (interruption === 'isRetried') {
        await failAndRetry(unit);
      }
      if (interruption === 'none') {
        unit = { ...unit, resumeAt: String(next) };
        continue;
      }
      unit = await takeOver(unit);
      expect(unit.resumeAt).toBe(FROM_THE_START.includes(interruption) ? null : String(next));
      await expect(sync.commitPage(dead, page)).rejects.toBeInstanceOf(LeaseLostError);
    }
  }

  const liveNames = async (accountId: string) => {
    const rows = await sync.rows<{ id: string; name: string }>(
      'SELECT native_id AS id, name FROM resource WHERE account_id = $1 AND deleted_at IS NULL',
      [accountId],
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    return new Map(rows.map(({ id, name }) => [id, name]));
  };

  const changesOf = async (unit: LeasedUnit) => {
    const rows = await sync.rows<{ change: string }>(
      `SELECT c.kind || ' ' || r.native_id AS change FROM resource_change c JOIN resource r ON r.id = c.resource_id
       WHERE c.unit_id = $1`,
      [unit.id],
    );
    return rows.map(({ change }) => change).sort();
  };

  it('has each resource once, counts it once, and has one change for each difference', async () => {
    const course = fc.record({
      pageSize: fc.integer({ min: 1, max: 5 }),
      interruptions: fc.array(fc.constantFrom(...INTERRUPTIONS), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(inventory, inventory, course, async (known, listed, how) => {
        const account = `account ${String(++accounts)}`;
        const accountId = await sync.addAccount(account);
        await sync.sync(account, [known]);
        const before = new Map(known.map(({ nativeId, name }) => [nativeId, name]));
        const after = new Map(listed.map(({ nativeId, name }) => [nativeId, name]));

        const unit = await list(await sync.startUnit(account), listed, how);
        const completion = await sync.inventory.completeUnit(unit);
        await sync.runs.advance(unit.runId, 1);

        const created = [...after.keys()].filter((id) => !before.has(id));
        const updated = [...after].filter(([id, name]) => before.has(id) && before.get(id) !== name);
        const missing = [...before.keys()].filter((id) => !after.has(id));
        const allowed = mayPrune(before.size, missing.length);
        const deleted = allowed ? missing : [];
        expect(completion).toMatchObject({ deleted: deleted.length, held: missing.length - deleted.length });
        expect(await liveNames(accountId)).toEqual(allowed ? after : new Map([...before, ...after]));
        expect(await changesOf(unit)).toEqual(
          [
            ...created.map((id) => `CREATED ${id}`),
            ...updated.map(([id]) => `UPDATED ${id}`),
            ...deleted.map((id) => `DELETED ${id}`),
          ].sort(),
        );
        const [row] = await sync.rows(
          'SELECT seen, created, updated, unchanged, deleted FROM sync_unit WHERE id = $1',
          [unit.id],
        );
        expect(row).toEqual({
          seen: after.size,
          created: created.length,
          updated: updated.length,
          unchanged: after.size - created.length - updated.length,
          deleted: deleted.length,
        });
      }),
      { numRuns: LISTINGS, interruptAfterTimeLimit: SEARCH_MS },
    );
  });
});
