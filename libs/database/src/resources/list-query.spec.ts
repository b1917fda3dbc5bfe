import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { ListWindow } from '../accounts/account.repository.js';
import { actFor, beginStretch } from '../acting-tenant.js';
import { SyncFixture } from '../testing/sync-fixture.js';
import { type Query, toCountQuery, toListQuery } from './list-query.js';
import { type ResourceFilter, ResourceRepository } from './resource.repository.js';

const ROWS = 10_000;
const TYPES = ['buckets', 'disks', 'ports', 'servers'];
const REGIONS = 25;
const NAMES = 400;
/** Longer than an index takes, and not to be made shorter by compressing it. */
const LONG = Array.from({ length: 100 }, () => randomUUID()).join('');

let fixture: SyncFixture;
/** Resources in many rows, spread as a first load spreads them: types and regions lie together. */
const crowd = randomUUID();
/** The id of one in the middle of them. */
let marker: string;
/** A tenant of a few resources that have much in common. */
const few = randomUUID();

beforeAll(async () => {
  fixture = await SyncFixture.open();
  // Others have as much: were it one tenant's alone, the primary key would be an index for its lists.
  for (const tenantId of [randomUUID(), crowd, randomUUID()]) {
    await insert(
      tenantId,
      `SELECT 'native-' || n, 'name-' || n % ${String(NAMES)}, n / ${String(ROWS / REGIONS)},
         (ARRAY['${TYPES.join("','")}'])[1 + n / 200 % ${String(TYPES.length)}], NULL::timestamptz
       FROM generate_series(0, $2) AS n`,
      ROWS - 1,
    );
  }
  await fixture.rows('VACUUM (ANALYZE) resource');
  const [middle] = await fixture.rows<{ id: string }>(
    'SELECT id FROM resource ORDER BY id OFFSET $1 LIMIT 1',
    [ROWS / 2],
  );
  marker = middle?.id ?? '';
});

afterAll(() => fixture.close());

/** `select` gives native id, name, number of the region, type and time of deletion. */
async function insert(tenantId: string, select: string, ...values: unknown[]): Promise<void> {
  await fixture.rows(
    `INSERT INTO resource (id, tenant_id, account_id, vendor, resource_type, scope_key, native_id, native_hash,
       name, status, region_id, addresses, tags, properties, relations, content_hash, changed_by_task_id, deleted_at)
     SELECT uuidv7(), $1, $1, 'VMWARE', type, 'scope', native_id, 0, name, 'running', 'region-' || region, '{}',
       '{}', '{}', '[]', '', $1, deleted_at
     FROM (${select}) AS row (native_id, name, region, type, deleted_at)`,
    [tenantId, ...values],
  );
}

/** Does what is done for a tenant: row-level security is part of every plan. */
function asTenant<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  return beginStretch(() => {
    actFor(tenantId);
    return work();
  });
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

/** How a query reads the table, but for the page's rows by their ids. */
async function readsOf({ text, values }: Query): Promise<PlanNode[]> {
  const plan = await asTenant(crowd, () =>
    fixture.database.transaction(async (client) => {
      // What is asked is whether there is an index, not whether it pays among so few rows.
      await client.query('SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off');
      await client.query('SET LOCAL max_parallel_workers_per_gather = 0');
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      );
      return rows[0]?.['QUERY PLAN'][0].Plan;
    }),
  );
  const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  return (plan === undefined ? [] : nodes(plan)).filter(
    (node) => node['Relation Name'] === 'resource' && node['Index Name'] !== 'resource_pkey',
  );
}

describe('behind a filter there is an index:', () => {
  const region = (n: number) => `region-${String(n)}`;
  const regions = Array.from({ length: REGIONS }, (_, n) => region(n));
  const names = Array.from({ length: 100 }, (_, n) => `name-${String(n)}`);
  const nativeIds = Array.from({ length: 100 }, (_, n) => `native-${String(n * 7)}`);
  const ONE_OF_EACH = { nativeIds: ['native-3'], names: ['name-3'], regionIds: [region(0)] };

  type Case = [what: string, filter: Omit<ResourceFilter, 'vendor'>, index: string, columns: string[]];
  const cases: Case[] = [
    ['the vendor', {}, 'resource_list', []],
    ['a type', { type: 'disks' }, 'resource_list_by_type', ['resource_type']],
    ['a region', { regionIds: [region(9)] }, 'resource_list_by_region', ['region_id']],
    ['regions', { regionIds: regions }, 'resource_list_by_region', ['region_id']],
    [
      'a type and region',
      { type: 'disks', regionIds: [region(9)] },
      'resource_list_by_type_and_region',
      ['resource_type', 'region_id'],
    ],
    [
      'a type and regions',
      { type: 'disks', regionIds: regions },
      'resource_list_by_type_and_region',
      ['resource_type', 'region_id'],
    ],
    ['a name', { names: ['name-3'] }, 'resource_list_by_name', ['name']],
    ['names', { names }, 'resource_list_by_name', ['name']],
    ['names and a type', { names, type: 'disks' }, 'resource_list_by_name', ['name']],
    [
      'names, a type and regions',
      { names, type: 'disks', regionIds: regions },
      'resource_list_by_name',
      ['name'],
    ],
    ['an id', { nativeIds: ['native-3'] }, 'resource_list_by_native_id', ['native_id']],
    ['ids', { nativeIds }, 'resource_list_by_native_id', ['native_id']],
    ['ids and a type', { nativeIds, type: 'disks' }, 'resource_list_by_native_id', ['native_id']],
    [
      'ids, names and regions',
      { nativeIds, names, regionIds: regions },
      'resource_list_by_native_id',
      ['native_id'],
    ],
    ['one of each', { type: 'disks', ...ONE_OF_EACH }, 'resource_list_by_native_id', ['native_id']],
  ];

  it.each(cases)('%s', async (_what, filter, index, columns) => {
    const query = { vendor: 'VMWARE', ...filter };
    const all = ['tenant_id', 'vendor', ...columns];
    for (const window of [
      { limit: 500, offset: 0, marker },
      { limit: 500, offset: 700 },
    ]) {
      const reads = await readsOf(toListQuery(crowd, query, window));
      expect(reads.length).toBeGreaterThan(0);
      for (const read of reads) {
        expect(read).toMatchObject({ 'Node Type': expect.stringMatching(/^Index/), 'Index Name': index });
        const conditions = window.marker === undefined ? all : [...all, 'id >'];
        for (const condition of conditions) expect(read['Index Cond']).toContain(condition);
      }
    }
    // Which of the indexes is best for a count depends on how much each filter finds.
    const filtered = columns.length === 0 ? /vendor = ANY/ : /(resource_type|region_id|name|native_id) = /;
    expect(await readsOf(toCountQuery(crowd, query))).toEqual([
      expect.objectContaining({
        'Node Type': expect.stringMatching(/^Index/),
        'Index Cond': expect.stringMatching(filtered),
      }),
    ]);
  });

  it('the bounds of many values, too', async () => {
    const reads = await readsOf(toListQuery(crowd, { vendor: 'VMWARE', names }, { limit: 500, offset: 0 }));
    expect(reads.map((read) => read['Index Cond']?.includes('id <=')).sort()).toEqual([false, true]);
  });
});

describe('a list', () => {
  const NAMES_OF_FEW = ['x', 'y', LONG];
  const REGIONS_OF_FEW = ['region-0', 'region-1', 'region-2'];
  interface Row {
    id: string;
    native_id: string;
    name: string;
    region_id: string;
    resource_type: string;
  }
  let live: Row[];
  let resources: ResourceRepository;

  beforeAll(async () => {
    resources = new ResourceRepository(fixture.database);
    // Each native id several times, of as many types; a third is gone.
    await insert(
      few,
      `SELECT ($2::text[])[1 + n % 2] || n / 40, ($3::text[])[1 + n / 7 % 3], n / 11 % 3, 'type-' || n % 40,
         CASE WHEN n % 3 = 0 THEN now() END FROM generate_series(0, 399) AS n`,
      ['a', 'b'],
      NAMES_OF_FEW,
    );
    live = await fixture.rows<Row>(
      'SELECT * FROM resource WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id',
      [few],
    );
  });

  const listOf = (values: readonly string[]) =>
    fc.option(fc.array(fc.constantFrom(...values, 'none'), { maxLength: 6 }), { nil: undefined });
  const filters = fc.record({
    type: fc.option(fc.constantFrom('type-1', 'type-2', 'none'), { nil: undefined }),
    nativeIds: fc.option(
      fc.array(
        fc.tuple(fc.constantFrom('a', 'b'), fc.nat(10)).map(([letter, n]) => letter + String(n)),
        { maxLength: 15 },
      ),
      { nil: undefined },
    ),
    names: listOf(NAMES_OF_FEW),
    regionIds: listOf(REGIONS_OF_FEW),
  });

  it('has what the filter finds, in id order, however it is paged', async () => {
    const matches = (row: Row, filter: ResourceFilter): boolean =>
      (filter.type === undefined || filter.type === row.resource_type) &&
      (filter.nativeIds === undefined || filter.nativeIds.includes(row.native_id)) &&
      (filter.names === undefined || filter.names.includes(row.name)) &&
      (filter.regionIds === undefined || filter.regionIds.includes(row.region_id));
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 40 }), fc.nat(60), async (asked, limit, offset) => {
        const filter = JSON.parse(JSON.stringify({ vendor: 'VMWARE', ...asked })) as ResourceFilter;
        const expected = live.filter((row) => matches(row, filter)).map(({ id }) => id);
        const list = async (window: ListWindow) =>
          asTenant(few, async () => (await resources.list(few, filter, window)).map(({ id }) => id));
        expect(await list({ limit, offset })).toEqual(expected.slice(offset, offset + limit));
        const behind = live[offset]?.id ?? few;
        expect(await list({ limit, offset, marker: behind })).toEqual(
          expected.filter((id) => id > behind).slice(0, limit),
        );
        expect(await asTenant(few, () => resources.count(few, filter))).toBe(expected.length);
      }),
      { numRuns: 150 },
    );
  });
});
