import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { mayPrune, type PruneDecision } from '#domain';
import type { Retention } from '#platform';

import type { OutboxEvent } from '../outbox/outbox.repository.js';
import { RetentionRepository } from '../retention/retention.repository.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { expectRangesToMatch } from '../testing/expect-ranges.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { PruneRepository } from './prune.repository.js';
import { contentHash } from './resource-row.js';

const DAYS: Retention = { changes: 365, events: 7, audit: 365, tombstones: 90 };
const CALLER = randomUUID();

describe('PruneRepository.undo', () => {
  let sync: SyncFixture;
  let prunes: PruneRepository;
  let retention: RetentionRepository;
  let account: string;
  let accountId: string;
  let accounts = 0;

  beforeAll(async () => {
    sync = await SyncFixture.open();
    prunes = new PruneRepository(sync.database, DAYS);
    retention = new RetentionRepository(sync.database, DAYS);
  });
  afterAll(() => sync.close());
  beforeEach(() => newAccount());

  async function newAccount(): Promise<void> {
    account = `account ${String(++accounts)}`;
    accountId = await sync.addAccount(account);
  }
  const list = (...ids: string[]) => sync.sync(account, [ids.map((id) => resourceOf(id))]);
  const keyOf = ({ id, taskId }: LeasedUnit) => ({ tenantId: sync.tenantId, taskId, unitId: id });
  const undo = (unit: LeasedUnit) => prunes.undo({ ...keyOf(unit), undoneBy: CALLER });
  const decide = (unit: LeasedUnit, decision: PruneDecision) =>
    prunes.decide({ ...keyOf(unit), decision, decidedBy: CALLER });
  /** The live resources' native ids with their content. */
  const live = async () => {
    const rows = await sync.rows<{ id: string; hash: Buffer }>(
      `SELECT native_id AS id, content_hash AS hash FROM resource
       WHERE account_id = $1 AND deleted_at IS NULL ORDER BY native_id COLLATE "C"`,
      [accountId],
    );
    return Object.fromEntries(rows.map(({ id, hash }) => [id, hash.toString('hex')]));
  };
  const liveIds = async () => Object.keys(await live());
  const completeRows = () =>
    sync.rows('SELECT complete_rows AS rows FROM coverage WHERE account_id = $1', [accountId]);
  const changesOf = ({ id }: LeasedUnit) =>
    sync.rows(
      `SELECT r.native_id AS name, c.kind, c.task_id AS task, c.before_hash AS before,
         c.after_hash = r.content_hash AS "is its content"
       FROM resource_change c JOIN resource r ON r.id = c.resource_id WHERE c.unit_id = $1 ORDER BY c.id`,
      [id],
    );
  /** Makes everything of the account so many days older. */
  const age = async (days: number) => {
    await sync.rows(
      `UPDATE resource SET deleted_at = deleted_at - $2 * interval '1 day' WHERE account_id = $1`,
      [accountId, days],
    );
    await sync.rows(
      `UPDATE sync_unit SET finished_at = finished_at - $2 * interval '1 day',
         prune_decided_at = prune_decided_at - $2 * interval '1 day' WHERE account_id = $1`,
      [accountId, days],
    );
  };

  it('brings back what the unit deleted, with the unit as evidence, once', async () => {
    await list('a', 'b', 'c');
    const { unit } = await list('b');
    expect(await liveIds()).toEqual(['b']);

    const outcomes = await Promise.all([undo(unit), undo(unit), undo(unit)]);

    expect(outcomes).toEqual(expect.arrayContaining([{ restored: 2 }, 'undone', 'undone']));
    expect(await liveIds()).toEqual(['a', 'b', 'c']);
    const restored = { kind: 'RESTORED', task: unit.taskId, before: null, 'is its content': true };
    expect((await changesOf(unit)).slice(2)).toEqual(
      expect.arrayContaining([
        { ...restored, name: 'a' },
        { ...restored, name: 'c' },
      ]),
    );
    expect(await changesOf(unit)).toHaveLength(4);
    expect(await completeRows()).toEqual([{ rows: 3 }]);
    expect(
      await sync.rows(
        `SELECT state, deleted, prune_restored AS restored, prune_undone_by AS by,
           prune_undone_at > finished_at AS later FROM sync_unit WHERE id = $1`,
        [unit.id],
      ),
    ).toEqual([{ state: 'SUCCEEDED', deleted: 2, restored: 2, by: CALLER, later: true }]);
    expect(
      await sync.rows(
        `SELECT DISTINCT deleted_at, deleted_by_unit_id AS unit, changed_by_task_id = $2 AS ours
         FROM resource WHERE account_id = $1 AND native_id <> 'b'`,
        [accountId, unit.taskId],
      ),
    ).toEqual([{ deleted_at: null, unit: null, ours: true }]);
  });

  it('leaves alone what came back by itself, and what another unit deleted', async () => {
    await list('a', 'b', 'c', 'd');
    const first = await list('c', 'd'); // deletes a and b
    const second = await list('a', 'd'); // brings a back, deletes c
    expect(second.completion.deleted).toBe(1);

    expect(await undo(first.unit)).toEqual({ restored: 1 });
    expect(await liveIds()).toEqual(['a', 'b', 'd']);
    expect(await undo(second.unit)).toEqual({ restored: 1 });
    expect(await liveIds()).toEqual(['a', 'b', 'c', 'd']);
    expect(await completeRows()).toEqual([{ rows: 4 }]);
  });

  it('has nothing left to bring back when all has come back, and says so', async () => {
    await list('a', 'b');
    const { unit } = await list('a');
    await list('a', 'b');
    expect(await undo(unit)).toEqual({ restored: 0 });
    expect(await undo(unit)).toBe('undone');
    expect(await changesOf(unit)).toHaveLength(1);
  });

  it('undoes a prune that was approved, however long after the listing', async () => {
    await list('a', 'b');
    const { unit, completion } = await list();
    expect(completion).toMatchObject({ state: 'PRUNE_HELD', deleted: 0, held: 2 });
    expect(await undo(unit)).toBe('nothing-pruned');
    await age(100);
    expect(await decide(unit, 'approve')).toEqual({ deleted: 2 });
    expect(await undo(unit)).toEqual({ restored: 2 });
    expect(await liveIds()).toEqual(['a', 'b']);
  });

  it('is done again by the next listing that lacks the same', async () => {
    await list('a', 'b', 'c');
    await undo((await list('a', 'b')).unit);
    const { completion, unit } = await list('a', 'b');
    expect(completion.deleted).toBe(1);
    expect(await undo(unit)).toEqual({ restored: 1 });
  });

  it.each<[string, (unit: LeasedUnit) => unknown]>([
    ['unknown', (unit) => (unit.tenantId = randomUUID())],
    ['unknown', (unit) => (unit.taskId = randomUUID())],
    ['unknown', (unit) => (unit.id = randomUUID())],
    ['busy', () => sync.request(account)],
    ['removed', () => sync.accounts.remove(sync.tenantId, accountId)],
    ['expired', () => age(90.001)],
    ['nothing-pruned', ({ id }) => sync.rows(`UPDATE sync_unit SET mode = 'plan' WHERE id = $1`, [id])],
  ])('refuses what is %s, and writes nothing', async (outcome, make) => {
    await list('a', 'b', 'c');
    const { unit } = await list('a');
    const key = { ...unit };
    await make(key);
    const before = await sync.rows('SELECT * FROM resource WHERE account_id = $1 ORDER BY id', [accountId]);

    const refused = prunes.undo({
      tenantId: key.tenantId,
      taskId: key.taskId,
      unitId: key.id,
      undoneBy: CALLER,
    });

    expect(await refused).toBe(outcome);
    expect(await sync.rows('SELECT * FROM resource WHERE account_id = $1 ORDER BY id', [accountId])).toEqual(
      before,
    );
    expect(await changesOf(unit)).toHaveLength(2);
  });

  it('finds every tombstone as long as it may be undone, whatever retention does meanwhile', async () => {
    const ids = Array.from({ length: 9 }, (_, index) => `id ${String(index)}`);
    await list('kept', ...ids);
    const { unit } = await list('kept');
    await age(89.999);
    const [removed, outcome] = await Promise.all([retention.removeTombstones(100), undo(unit)]);
    expect([removed, outcome]).toEqual([0, { restored: 9 }]);
  });

  describe('whatever is listed, held, decided about, undone and forgotten', () => {
    const items = Array.from({ length: 14 }, (_, index) => `id ${String(index)}`);
    const listing = fc.record({
      do: fc.constant('list' as const),
      items: fc.uniqueArray(fc.record({ id: fc.constantFrom(...items), name: fc.constantFrom('x', 'y') }), {
        selector: ({ id }) => id,
        maxLength: 14,
      }),
    });
    const decision = fc.record({
      do: fc.constantFrom('approve' as const, 'reject' as const),
      unit: fc.nat(5),
    });
    const undoing = fc.record({ do: fc.constant('undo' as const), unit: fc.nat(5) });
    const forgetting = fc.record({ do: fc.constant('forget' as const) });
    const step = fc.oneof(
      { arbitrary: listing, weight: 5 },
      { arbitrary: undoing, weight: 3 },
      { arbitrary: decision, weight: 2 },
      { arbitrary: forgetting, weight: 1 },
    );

    it('the live inventory is what it must be, and what its changes make; events have all of them', async () => {
      let last: OutboxEvent | undefined;
      await fc.assert(
        fc.asyncProperty(listing, fc.array(step, { maxLength: 9 }), async (first, steps) => {
          await newAccount();
          const model = new InventoryModel();
          for (const next of [first, ...steps]) {
            const unit = 'unit' in next ? model.units[next.unit % model.units.length] : undefined;
            switch (next.do) {
              case 'list': {
                const resources = next.items.map(({ id, name }) => resourceOf(id, { name }));
                const listed = await sync.sync(account, [resources]);
                const content = resources.map((item) => [
                  item.nativeId,
                  Buffer.from(contentHash(item), 'latin1').toString('hex'),
                ]);
                expect(listed.completion).toMatchObject(
                  model.list(listed.unit, new Map(content as [string, string][])),
                );
                break;
              }
              case 'undo':
                expect(await undo(unit!.unit)).toEqual(model.undo(unit!));
                break;
              case 'approve':
              case 'reject':
                expect(await decide(unit!.unit, next.do)).toEqual(model.decide(unit!, next.do));
                break;
              case 'forget':
                await age(100);
                expect(await retention.removeTombstones(1_000)).toBe(model.forget());
                break;
            }
            expect(await live()).toEqual(Object.fromEntries([...model.live].sort()));
            expect(await completeRows()).toEqual([{ rows: model.live.size }]);
          }
          expect(await foldChanges()).toEqual(await liveByResource());
          const events = await sync.events(last);
          last = events.at(-1) ?? last;
          await expectRangesToMatch(sync, events);
        }),
        { numRuns: 40 },
      );
    });

    /** What the account's changes make, by resource: each must follow from the one before it. */
    async function foldChanges(): Promise<Record<string, string>> {
      const changes = await sync.rows<{
        id: string;
        kind: string;
        before: string | null;
        after: string | null;
      }>(
        `SELECT c.resource_id AS id, c.kind, encode(c.before_hash, 'hex') AS before,
           encode(c.after_hash, 'hex') AS after
         FROM resource_change c JOIN sync_unit u ON u.id = c.unit_id WHERE u.account_id = $1 ORDER BY c.id`,
        [accountId],
      );
      const state = new Map<string, string | null>();
      for (const { id, kind, before, after } of changes) {
        const current = state.get(id);
        expect(before).toBe(current ?? null);
        const expected =
          after === null
            ? 'DELETED'
            : current === undefined
              ? 'CREATED'
              : current === null
                ? 'RESTORED'
                : 'UPDATED';
        expect(kind).toBe(expected);
        state.set(id, after);
      }
      return Object.fromEntries([...state].filter((entry): entry is [string, string] => entry[1] !== null));
    }

    async function liveByResource(): Promise<Record<string, string>> {
      const rows = await sync.rows<{ id: string; hash: string }>(
        `SELECT id, encode(content_hash, 'hex') AS hash FROM resource
         WHERE account_id = $1 AND deleted_at IS NULL`,
        [accountId],
      );
      return Object.fromEntries(rows.map(({ id, hash }) => [id, hash]));
    }
  });
});

interface ModelUnit {
  unit: LeasedUnit;
  seen: ReadonlySet<string>;
  state: 'SUCCEEDED' | 'PRUNE_HELD';
  /** What its prune deleted. */
  deleted: number;
  undone: boolean;
  expired: boolean;
}

/** One cell's inventory, as it must be. */
class InventoryModel {
  /** Contents by native id. */
  live = new Map<string, string>();
  units: ModelUnit[] = [];
  private tombstones = new Map<string, { content: string; by: ModelUnit }>();

  list(unit: LeasedUnit, listed: ReadonlyMap<string, string>) {
    const known = this.live.size;
    const missing = [...this.live.keys()].filter((id) => !listed.has(id));
    for (const [id, content] of listed) {
      this.live.set(id, content);
      this.tombstones.delete(id);
    }
    const allowed = mayPrune(known, missing.length);
    const added: ModelUnit = {
      unit,
      seen: new Set(listed.keys()),
      state: allowed ? 'SUCCEEDED' : 'PRUNE_HELD',
      deleted: 0,
      undone: false,
      expired: false,
    };
    this.units.push(added);
    if (allowed) this.prune(added, missing);
    return { state: added.state, deleted: added.deleted, held: allowed ? 0 : missing.length };
  }

  decide(unit: ModelUnit, decision: PruneDecision) {
    if (unit.state !== 'PRUNE_HELD') return 'not-held';
    if (unit !== this.units.at(-1)) return 'superseded';
    unit.state = 'SUCCEEDED';
    if (decision === 'reject') return { deleted: 0 };
    this.prune(
      unit,
      [...this.live.keys()].filter((id) => !unit.seen.has(id)),
    );
    return { deleted: unit.deleted };
  }

  undo(unit: ModelUnit) {
    if (unit.deleted === 0) return 'nothing-pruned';
    if (unit.undone) return 'undone';
    if (unit.expired) return 'expired';
    unit.undone = true;
    const back = [...this.tombstones].filter(([, { by }]) => by === unit);
    for (const [id, { content }] of back) {
      this.live.set(id, content);
      this.tombstones.delete(id);
    }
    return { restored: back.length };
  }

  /** All that was deleted by now has been kept long enough. */
  forget(): number {
    for (const unit of this.units) unit.expired = unit.expired || unit.state !== 'PRUNE_HELD';
    const { size } = this.tombstones;
    this.tombstones.clear();
    return size;
  }

  private prune(unit: ModelUnit, ids: readonly string[]): void {
    unit.deleted = ids.length;
    for (const id of ids) {
      this.tombstones.set(id, { content: this.live.get(id)!, by: unit });
      this.live.delete(id);
    }
  }
}
