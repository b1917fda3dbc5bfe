import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';

import { type JsonObject, mayPrune, RELATION_KINDS, type Resource } from '#domain';

import { eventually } from '../../../../test/support/eventually.js';
import { LeaseLostError } from '../errors.js';
import { toJsonPayload } from '../storable-text.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { jsonDocument, withKeysReversed } from '../testing/json-arbitraries.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { InventoryRepository } from './inventory.repository.js';
import { contentHash } from './resource-row.js';

const AWKWARD = 'nul\0 high\ud800 low\udc00 emoji\u{1f600} quote"\\';
const STORED = 'nul\ufffd high\ufffd low\ufffd emoji\u{1f600} quote"\\';

interface ChangeRow {
  nativeId: string;
  kind: 'CREATED' | 'UPDATED' | 'DELETED' | 'RESTORED';
  before: Buffer | null;
  after: Buffer | null;
}

/** A field that rfc6902 refuses to write to, though a patch of it is right (`diff-documents.spec.ts`). */
const GUARDED_FIELD = /"(__proto__|constructor|prototype)":/;

describe('InventoryRepository', () => {
  let sync: SyncFixture;
  let accountId: string;
  let account: string;
  let accounts = 0;

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());
  beforeEach(() => newAccount());

  async function newAccount(): Promise<void> {
    account = `account ${String(++accounts)}`;
    accountId = await sync.addAccount(account);
  }

  const live = async () =>
    Object.fromEntries(
      (
        await sync.rows<{ id: string; hash: Buffer }>(
          `SELECT native_id AS id, content_hash AS hash FROM resource
           WHERE account_id = $1 AND deleted_at IS NULL ORDER BY native_id COLLATE "C"`,
          [accountId],
        )
      ).map(({ id, hash }) => [id, hash.toString('hex')]),
    );
  const changes = () =>
    sync.rows<ChangeRow>(
      `SELECT r.native_id AS "nativeId", c.kind, c.before_hash AS before, c.after_hash AS after
       FROM resource_change c LEFT JOIN resource r ON r.id = c.resource_id
       WHERE r.account_id = $1 OR r.id IS NULL ORDER BY c.id`,
      [accountId],
    );
  const unitRow = async ({ id }: LeasedUnit) =>
    (await sync.rows(`SELECT * FROM sync_unit WHERE id = $1`, [id]))[0];
  const hashes = (resources: readonly Resource[]) =>
    Object.fromEntries(
      resources.map((item) => [item.nativeId, Buffer.from(contentHash(item), 'latin1').toString('hex')]),
    );

  describe('commitPage', () => {
    it('counts what is new, what has changed and what has not, and touches only the former', async () => {
      await sync.sync(account, [['a', 'b', 'c'].map((id) => resourceOf(id))]);
      const before = await sync.rows(`SELECT * FROM resource WHERE native_id = 'a' AND account_id = $1`, [
        accountId,
      ]);
      const unit = await sync.startUnit(account);

      const counts = await sync.commitPage(unit, {
        resources: [resourceOf('a'), resourceOf('b', { name: 'renamed' }), resourceOf('d')],
        resumeAt: 'page 2',
      });

      expect(counts).toEqual({ created: 1, updated: 1, unchanged: 1 });
      expect(await unitRow(unit)).toMatchObject({
        pages: 1,
        resume_at: 'page 2',
        seen: 3,
        created: 1,
        updated: 1,
        unchanged: 1,
        attempts: 1,
      });
      expect(
        await sync.rows(`SELECT * FROM resource WHERE native_id = 'a' AND account_id = $1`, [accountId]),
      ).toEqual(before);
    });

    it('changes nothing when a page is replayed', async () => {
      const unit = await sync.startUnit(account);
      const page = { resources: [resourceOf('a'), resourceOf('b')], resumeAt: '1' };
      await sync.commitPage(unit, page);
      const before = [await live(), await changes()];

      expect(await sync.commitPage(unit, page)).toEqual({ created: 0, updated: 0, unchanged: 2 });
      expect([await live(), await changes()]).toEqual(before);
      await sync.commitPage(unit, { resources: [] });
      expect(await sync.inventory.completeUnit(unit)).toMatchObject({
        state: 'SUCCEEDED',
        deleted: 0,
        held: 0,
      });
      expect(await unitRow(unit)).toMatchObject({ seen: 2 });
    });

    it('calls exactly those unchanged whose content is, whatever the order of keys and what is volatile', async () => {
      const volatile = ['/load'];
      const how = fc.constantFrom('same', 'reversed', 'volatile', 'other');
      const resource = fc.record({ before: jsonDocument, other: jsonDocument, how, tag: fc.string() });
      await fc.assert(
        fc.asyncProperty(fc.array(resource, { minLength: 1, maxLength: 150 }), async (all) => {
          await newAccount();
          const of = (index: number, properties: JsonObject, tag: string) =>
            resourceOf(`id ${String(index)}`, { properties, tags: { tag, other: 'x' } });
          const before = all.map((item, index) => of(index, item.before, item.tag));
          const after = all.map((item, index) => {
            const properties = {
              same: item.before,
              reversed: withKeysReversed(item.before) as JsonObject,
              volatile: { ...item.before, load: index },
              other: item.other,
            }[item.how];
            return of(index, properties, item.tag);
          });
          const hashOf = (item: Resource) => contentHash(item, volatile);
          const changed = after.filter((item, index) => hashOf(item) !== hashOf(before[index] ?? item));
          const unit = await sync.startUnit(account);
          await sync.commitPage(unit, { resources: before, resumeAt: '1', volatile });

          const counts = await sync.commitPage(unit, { resources: after, volatile });

          expect(counts).toEqual({
            created: 0,
            updated: changed.length,
            unchanged: all.length - changed.length,
          });
          const rows = await sync.rows<{ id: string; properties: JsonObject }>(
            'SELECT native_id AS id, properties FROM resource WHERE account_id = $1',
            [accountId],
          );
          const stored = new Map(rows.map(({ id, properties }) => [id, properties]));
          for (const { nativeId, properties } of changed) {
            expect(stored.get(nativeId)).toEqual(JSON.parse(toJsonPayload(properties)));
          }
        }),
        { numRuns: 25 },
      );
    });

    it('compares by content hashes what has no fingerprint yet, and gives it one with its next change', async () => {
      await sync.sync(account, [[resourceOf('a'), resourceOf('b')]]);
      await sync.rows('UPDATE resource SET fingerprint = NULL WHERE account_id = $1', [accountId]);
      const { counts } = await sync.sync(account, [[resourceOf('a'), resourceOf('b', { name: 'B' })]]);
      expect(counts).toEqual([{ created: 0, updated: 1, unchanged: 1 }]);
      expect(
        await sync.rows(
          'SELECT native_id AS id, length(fingerprint) AS bytes FROM resource WHERE account_id = $1 ORDER BY id',
          [accountId],
        ),
      ).toEqual([
        { id: 'a', bytes: null },
        { id: 'b', bytes: 16 },
      ]);
    });

    it('takes the last of two items with one id', async () => {
      const { counts } = await sync.sync(account, [
        [resourceOf('a', { name: 'old' }), resourceOf('b'), resourceOf('a', { name: 'new' })],
      ]);
      expect(counts).toEqual([{ created: 2, updated: 0, unchanged: 0 }]);
      expect(await live()).toEqual(hashes([resourceOf('a', { name: 'new' }), resourceOf('b')]));
    });

    it('takes a page without resources', async () => {
      const unit = await sync.startUnit(account);
      expect(await sync.commitPage(unit, { resources: [], resumeAt: 'on' })).toEqual({
        created: 0,
        updated: 0,
        unchanged: 0,
      });
      expect(await unitRow(unit)).toMatchObject({ pages: 1, resume_at: 'on' });
    });

    it('takes a page of thousands', async () => {
      const resources = Array.from({ length: 5_000 }, (_, index) =>
        resourceOf(`id ${String(index)}`, {
          properties: { text: 'x'.repeat(500) },
          tags: { index: String(index) },
        }),
      );
      const first = await sync.sync(account, [resources]);
      const second = await sync.sync(account, [resources]);
      expect(first.counts).toEqual([{ created: 5_000, updated: 0, unchanged: 0 }]);
      expect(second.counts).toEqual([{ created: 0, updated: 0, unchanged: 5_000 }]);
      expect(Object.keys(await live())).toHaveLength(5_000);
    });

    it('stores text that Postgres cannot hold, in every column, and knows it again', async () => {
      const awkward = resourceOf(AWKWARD, {
        name: AWKWARD,
        nativeStatus: AWKWARD,
        regionId: AWKWARD,
        zoneId: AWKWARD,
        addresses: [AWKWARD],
        tags: { [AWKWARD]: AWKWARD },
        properties: { [AWKWARD]: [AWKWARD, { deep: { [AWKWARD]: AWKWARD } }] },
        relations: [{ kind: 'runs_on', type: 'hosts', nativeId: AWKWARD }],
      });
      const first = await sync.sync(account, [[awkward, resourceOf('plain')]]);
      const second = await sync.sync(account, [[awkward, resourceOf('plain')]]);

      expect(first.counts).toEqual([{ created: 2, updated: 0, unchanged: 0 }]);
      expect(second.counts).toEqual([{ created: 0, updated: 0, unchanged: 2 }]);
      expect(second.completion).toMatchObject({ state: 'SUCCEEDED', deleted: 0, held: 0 });
      const rows = await sync.rows(
        `SELECT native_id, name, native_status, region_id, zone_id, addresses, tags, properties, relations
         FROM resource WHERE account_id = $1 AND native_id <> 'plain'`,
        [accountId],
      );
      expect(rows).toEqual([
        {
          native_id: STORED,
          name: STORED,
          native_status: STORED,
          region_id: STORED,
          zone_id: STORED,
          addresses: [STORED],
          tags: { [STORED]: STORED },
          properties: { [STORED]: [STORED, { deep: { [STORED]: STORED } }] },
          relations: [{ kind: 'runs_on', type: 'hosts', nativeId: STORED }],
        },
      ]);
      expect((await changes()).map(({ nativeId }) => nativeId)).toEqual([STORED, 'plain']);
    });

    it('takes ids that Postgres stores as the same text for one', async () => {
      const ids = ['a\0', 'a\ud800', 'a\ufffd'];
      const { counts } = await sync.sync(account, [ids.map((id) => resourceOf(id))]);
      expect(counts).toEqual([{ created: 1, updated: 0, unchanged: 0 }]);
    });

    it.each([
      ['0001-01-01T00:00:00.000Z', true],
      ['9999-12-31T23:59:59.999Z', true],
      ['0000-12-31T00:00:00.000Z', false],
      ['-000001-01-01T00:00:00.000Z', false],
      ['+010000-01-01T00:00:00.000Z', false],
      ['no time', false],
    ])('keeps a creation time of %s: %s', async (text, kept) => {
      const createdAt = new Date(text);
      const { counts } = await sync.sync(account, [[resourceOf('a', { createdAt })]]);
      expect(counts).toEqual([{ created: 1, updated: 0, unchanged: 0 }]);
      const rows = await sync.rows(
        `SELECT to_char(vendor_created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time
         FROM resource WHERE account_id = $1`,
        [accountId],
      );
      expect(rows).toEqual([{ time: kept ? text : null }]);
    });

    it('writes every field as it was given', async () => {
      const createdAt = new Date('2024-02-29T12:34:56.789Z');
      const full = resourceOf('full', {
        status: 'stopped',
        createdAt,
        addresses: ['10.0.0.1', 'fe80::1'],
        properties: { n: 1e308, deep: [[null, false]] },
      });
      const { unit } = await sync.sync(account, [[full, resourceOf('bare')]]);
      const rows = await sync.rows(
        `SELECT tenant_id, vendor, resource_type, scope_key, native_id, status, vendor_created_at, addresses, properties,
           zone_id, native_status, changed_by_task_id, deleted_at FROM resource WHERE account_id = $1 ORDER BY native_id DESC`,
        [accountId],
      );
      const common = {
        tenant_id: sync.tenantId,
        vendor: 'VMWARE',
        resource_type: 'things',
        scope_key: 'scope',
        zone_id: null,
        native_status: null,
        changed_by_task_id: unit.taskId,
        deleted_at: null,
      };
      expect(rows).toEqual([
        {
          ...common,
          native_id: 'full',
          status: 'stopped',
          vendor_created_at: createdAt,
          addresses: full.addresses,
          properties: full.properties,
        },
        {
          ...common,
          native_id: 'bare',
          status: 'running',
          vendor_created_at: null,
          addresses: [],
          properties: {},
        },
      ]);
    });
  });

  describe('the patch of an update', () => {
    const patches = () =>
      sync.rows<{ nativeId: string; kind: string; patch: Operation[] | null }>(
        `SELECT r.native_id AS "nativeId", c.kind, c.patch FROM resource_change c
         JOIN resource r ON r.id = c.resource_id WHERE r.account_id = $1 ORDER BY c.id`,
        [accountId],
      );
    /** What patches are about, as it is stored. */
    const stored = async () =>
      (
        await sync.rows<{ document: object }>(
          `SELECT jsonb_build_object('name', name, 'status', status, 'native_status', native_status,
             'region_id', region_id, 'zone_id', zone_id, 'addresses', addresses, 'tags', tags,
             'create_time', to_char(vendor_created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             'properties', properties, 'relations', (SELECT coalesce(jsonb_agg(jsonb_build_object(
               'kind', e -> 'kind', 'type', e -> 'type', 'native_id', e -> 'nativeId') ORDER BY n), '[]')
               FROM jsonb_array_elements(relations) WITH ORDINALITY AS of (e, n))) AS document
           FROM resource WHERE account_id = $1`,
          [accountId],
        )
      )[0]?.document;

    it('names what changed, and is there for updates only', async () => {
      const before = resourceOf('a', {
        nativeStatus: 'poweredOn',
        tags: { team: 'a' },
        properties: { config: { memory: 1, disks: ['x', 'y'] } },
        relations: [{ kind: 'runs_on', type: 'hosts', nativeId: 'h1' }],
      });
      await sync.sync(account, [[before, resourceOf('b'), resourceOf('c')]]);
      const after = resourceOf('a', {
        ...before,
        status: 'stopped',
        zoneId: 'z',
        createdAt: new Date('2020-02-29T12:00:00Z'),
        properties: { config: { memory: 2, disks: ['y'] } },
        relations: [{ kind: 'runs_on', type: 'hosts', nativeId: 'h2' }],
      });
      await sync.sync(account, [[after, resourceOf('b')]]); // lets go of c
      await sync.sync(account, [[after, resourceOf('b', { name: 'B' }), resourceOf('c', { name: 'C' })]]);

      const [updated, deleted, ...rest] = (await patches()).slice(3);
      expect(updated).toMatchObject({ nativeId: 'a', kind: 'UPDATED' });
      expect(updated?.patch).toHaveLength(6);
      expect(updated?.patch).toEqual(
        expect.arrayContaining([
          { op: 'replace', path: '/status', value: 'stopped' },
          { op: 'replace', path: '/zone_id', value: 'z' },
          { op: 'replace', path: '/create_time', value: '2020-02-29T12:00:00.000Z' },
          { op: 'replace', path: '/properties/config/memory', value: 2 },
          { op: 'remove', path: '/properties/config/disks/0' },
          { op: 'replace', path: '/relations/0/native_id', value: 'h2' },
        ]),
      );
      expect(deleted).toEqual({ nativeId: 'c', kind: 'DELETED', patch: null });
      expect(rest).toEqual([
        { nativeId: 'b', kind: 'UPDATED', patch: [{ op: 'replace', path: '/name', value: 'B' }] },
        { nativeId: 'c', kind: 'RESTORED', patch: null },
      ]);
      expect((await patches()).slice(0, 3).map(({ patch }) => patch)).toEqual([null, null, null]);
    });

    it('makes what is stored of what was stored, whatever the vendor sends', async () => {
      const text = fc.oneof(fc.string(), fc.constantFrom(AWKWARD, 'x', 'y'));
      const json = fc.jsonValue({ noUnicodeString: false });
      const state = fc.record(
        {
          name: text,
          status: fc.constantFrom('running' as const, 'stopped' as const),
          nativeStatus: text,
          regionId: text,
          zoneId: text,
          addresses: fc.array(text),
          tags: fc.dictionary(text, text),
          createdAt: fc.date({ noInvalidDate: false }),
          properties: fc.dictionary(text, json) as fc.Arbitrary<JsonObject>,
          relations: fc.array(
            fc.record({ kind: fc.constantFrom(...RELATION_KINDS), type: text, nativeId: text }),
            { maxLength: 4 },
          ),
        },
        { requiredKeys: [] },
      );
      const applicable = state.filter((made) => !GUARDED_FIELD.test(JSON.stringify(made)));
      await fc.assert(
        fc.asyncProperty(applicable, applicable, async (first, second) => {
          await newAccount();
          await sync.sync(account, [[resourceOf('a', first)]]);
          const document = await stored();
          await sync.sync(account, [[resourceOf('a', second)]]);
          const [, update] = await patches();
          expect(applyPatch(document, update?.patch ?? []).filter((failure) => failure !== null)).toEqual([]);
          expect(document).toEqual(await stored());
        }),
        { numRuns: 40 },
      );
    });

    it('does without what is volatile, which alone is no change and is stored with the next', async () => {
      const write = async (properties: JsonObject, name = 'a') => {
        const unit = await sync.startUnit(account);
        const resources = [resourceOf('a', { name, properties })];
        const counts = await sync.commitPage(unit, {
          resources,
          volatile: ['/load', '/disk/free'],
        });
        await sync.inventory.completeUnit(unit);
        await sync.runs.advance(unit.runId, 1);
        return counts;
      };
      const properties = () =>
        sync.rows('SELECT properties FROM resource WHERE account_id = $1', [accountId]);
      const first = { load: 1, disk: { free: 5, size: 10 } };
      await write(first);

      expect(await write({ load: 2, disk: { free: 4, size: 10 } })).toMatchObject({ unchanged: 1 });
      expect(await properties()).toEqual([{ properties: first }]);
      const last = { load: 3, disk: { free: 3, size: 20 } };
      expect(await write(last, 'b')).toMatchObject({ updated: 1 });

      expect(await properties()).toEqual([{ properties: last }]);
      expect((await patches())[1]?.patch).toEqual([
        { op: 'replace', path: '/name', value: 'b' },
        { op: 'replace', path: '/properties/disk/size', value: 20 },
      ]);
    });
  });

  describe('a unit that is not ours any more', () => {
    const lose: [string, (unit: LeasedUnit) => Promise<unknown>][] = [
      [
        'taken over',
        (unit) => sync.rows(`UPDATE sync_unit SET lease_token = gen_random_uuid() WHERE id = $1`, [unit.id]),
      ],
      ['cancelled', () => sync.accounts.remove(sync.tenantId, accountId)],
      ['ended', (unit) => sync.inventory.completeUnit(unit)],
    ];

    it.each(lose)('writes nothing, not even the ledger, when it was %s', async (_how, take) => {
      await sync.sync(account, [[resourceOf('a'), resourceOf('b')]]);
      const unit = await sync.startUnit(account);
      await sync.commitPage(unit, { resources: [resourceOf('a'), resourceOf('b')], resumeAt: '1' });
      await take(unit);
      const look = async () => [
        await live(),
        await changes(),
        await unitRow(unit),
        await sync.rows('SELECT * FROM coverage WHERE account_id = $1', [accountId]),
        await sync.rows('SELECT * FROM sync_unit_page WHERE unit_id = $1', [unit.id]),
      ];
      const before = await look();

      const page = sync.commitPage(unit, { resources: [resourceOf('c')] });
      await expect(page).rejects.toBeInstanceOf(LeaseLostError);
      await expect(sync.inventory.completeUnit(unit)).rejects.toBeInstanceOf(LeaseLostError);

      expect(await look()).toEqual(before);
    });
  });

  describe('completeUnit', () => {
    it('ends a unit whose run is being cancelled, and neither waits for the other', async () => {
      const unit = await sync.startUnit(account);
      await sync.commitPage(unit, { resources: [resourceOf('a')], resumeAt: '1' });
      await sync.commitPage(unit, { resources: [resourceOf('a')] }); // twice: its counts are mended at its end
      const waiting = (howMany: number) =>
        eventually(`${String(howMany)} wait for a lock`, async () => {
          const rows = await sync.rows(
            `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return rows.length === howMany;
        });

      const ends: Promise<unknown>[] = [];
      await sync.database.transaction(async (client) => {
        await client.query('SELECT FROM sync_unit WHERE id = $1 FOR UPDATE', [unit.id]);
        ends.push(sync.inventory.completeUnit(unit));
        await waiting(1);
        ends.push(sync.tasks.cancel(unit));
        await waiting(2);
      });
      const [completed, cancelled] = await Promise.all(ends);

      expect(completed).toMatchObject({ state: 'SUCCEEDED' });
      expect(cancelled).toMatchObject({ vendor: unit.vendor });
      expect(await unitRow(unit)).toMatchObject({ state: 'SUCCEEDED' });
    });

    it('tombstones what the listing lacked, with its evidence, and enters the listing in the ledger', async () => {
      await sync.sync(account, [['a', 'b', 'c'].map((id) => resourceOf(id))]);
      const { unit, completion, ended } = await sync.sync(account, [[resourceOf('a')], [resourceOf('c')]]);

      expect(completion).toMatchObject({ state: 'SUCCEEDED', deleted: 1, held: 0 });
      expect(ended).toBe('SUCCEEDED');
      expect(Object.keys(await live())).toEqual(['a', 'c']);
      expect(
        await sync.rows(
          'SELECT deleted_by_unit_id AS unit, changed_by_task_id AS task FROM resource WHERE account_id = $1 AND deleted_at IS NOT NULL',
          [accountId],
        ),
      ).toEqual([{ unit: unit.id, task: unit.taskId }]);
      expect(
        await sync.rows(
          'SELECT complete_task_id AS task, complete_rows AS rows, attempt_outcome AS outcome FROM coverage WHERE account_id = $1',
          [accountId],
        ),
      ).toEqual([{ task: unit.taskId, rows: 2, outcome: 'complete' }]);
      expect(await sync.rows('SELECT 1 FROM sync_unit_page WHERE unit_id = $1', [unit.id])).toEqual([]);
    });

    it('holds a prune of all that was there, even when as many came, or came back', async () => {
      await sync.sync(account, [[resourceOf('a'), resourceOf('b')]]);
      await sync.sync(account, [[resourceOf('a')]]);

      const created = await sync.sync(account, [[resourceOf('new')]]);
      expect(created.completion).toMatchObject({ state: 'PRUNE_HELD', deleted: 0, held: 1 });
      await sync.sync(account, [[resourceOf('a')]]); // lets go of "new" again
      expect(Object.keys(await live())).toEqual(['a']);

      const restored = await sync.sync(account, [[resourceOf('b')]]);
      expect(restored.completion).toMatchObject({ state: 'PRUNE_HELD', deleted: 0, held: 1 });
      expect(Object.keys(await live())).toEqual(['a', 'b']);
    });

    it.each([
      [{ freeDeletes: 1, maxPercent: 0 }, 'PRUNE_HELD'],
      [{ freeDeletes: 2, maxPercent: 0 }, 'SUCCEEDED'],
      [{ freeDeletes: 0, maxPercent: 39 }, 'PRUNE_HELD'],
      [{ freeDeletes: 0, maxPercent: 40 }, 'SUCCEEDED'],
    ] as const)('holds what is over its limits: %j', async (limits, state) => {
      const strict = new InventoryRepository(sync.database, limits);
      const left = ['a', 'b', 'c'].map((id) => resourceOf(id));
      await sync.sync(account, [[...left, resourceOf('d'), resourceOf('e')]]);
      const unit = await sync.startUnit(account);
      await sync.commitPage(unit, { resources: left });

      const [deleted, held] = state === 'SUCCEEDED' ? [2, 0] : [0, 2];
      expect(await strict.completeUnit(unit)).toMatchObject({ state, deleted, held });
    });

    it('leaves other types, scopes and accounts alone', async () => {
      const other = `account ${String(++accounts)}`;
      await sync.addAccount(other);
      await sync.sync(other, [['a', 'b', 'c'].map((id) => resourceOf(id))]);
      await sync.sync(account, [['a', 'b', 'c'].map((id) => resourceOf(id))]);
      await sync.rows(
        `UPDATE resource SET resource_type = 'others' WHERE account_id = $1 AND native_id = 'b'`,
        [accountId],
      );
      await sync.rows(
        `UPDATE resource SET scope_key = 'elsewhere' WHERE account_id = $1 AND native_id = 'c'`,
        [accountId],
      );

      const { completion } = await sync.sync(account, [[resourceOf('d'), resourceOf('a')]]);

      expect(completion.deleted).toBe(0);
      expect(Object.keys(await live())).toEqual(['a', 'b', 'c', 'd']);
    });
  });

  it('has just the last complete listing live, whatever came before it, and its change events tell how', async () => {
    const items = Array.from({ length: 12 }, (_, index) => `id ${String(index)}`);
    const item = fc.record({ id: fc.constantFrom(...items), name: fc.constantFrom('x', 'y') });
    const listing = fc.array(fc.array(item, { maxLength: 8 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(listing, { minLength: 1, maxLength: 6 }), async (listings) => {
        await newAccount();
        let expected: Record<string, string> = {};
        for (const pages of listings) {
          const resources = pages.map((page) => page.map(({ id, name }) => resourceOf(id, { name })));
          const { completion } = await sync.sync(account, resources);
          const listed = hashes(resources.flat());
          const missing = Object.keys(expected).filter((id) => !(id in listed));
          const allowed = mayPrune(Object.keys(expected).length, missing.length);
          expect(completion).toMatchObject({
            state: allowed ? 'SUCCEEDED' : 'PRUNE_HELD',
            deleted: allowed ? missing.length : 0,
            held: allowed ? 0 : missing.length,
          });
          expected = allowed ? listed : { ...expected, ...listed };
          expect(await live()).toEqual(expected);
        }
        expect(replay(await changes())).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});

/** What is live after these changes, by native id; each must follow from the one before it. */
function replay(changes: readonly ChangeRow[]): Record<string, string> {
  const state = new Map<string, string>();
  const known = new Set<string>();
  for (const { nativeId, kind, before, after } of changes) {
    const current = state.get(nativeId);
    expect(before?.toString('hex')).toBe(current);
    expect(kind).toBe(
      after === null
        ? 'DELETED'
        : current !== undefined
          ? 'UPDATED'
          : known.has(nativeId)
            ? 'RESTORED'
            : 'CREATED',
    );
    known.add(nativeId);
    if (after === null) state.delete(nativeId);
    else state.set(nativeId, after.toString('hex'));
  }
  return Object.fromEntries(state);
}
