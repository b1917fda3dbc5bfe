import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { VENDORS } from '#domain';

import { items, pagesOf, ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { type ListedResource, TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { vmwareAccount } from './support/vmware-account.js';

const FIELDS = [
  'id',
  'resource_id',
  'name',
  'vendor',
  'type',
  'datasource',
  'region_id',
  'properties',
  'create_time',
];
const ODD_NAMES = ['comma, inside', 'a+b', '名 ~/*', 'q"uote', '%', 'x&limit', '#'];

let muster: TestMuster;
let vendor: ScriptedVendor;
/** By account_id, the id that Muster gave the account. */
const accounts: Record<string, string> = {};

beforeAll(async () => {
  vendor = new ScriptedVendor();
  muster = await TestMuster.start({ adapters: vendor.adapters });
  for (const id of ['a', 'b']) accounts[id] = await muster.addAccount(vmwareAccount(id));
  vendor.scripts['things'] = pagesOf([items('t', 12)]);
  vendor.scripts['odds'] = pagesOf([ODD_NAMES]);
  await muster.sync({ vendor: 'VMWARE', account_id: 'a' });
  delete vendor.scripts['odds'];
  vendor.scripts['things'] = pagesOf([['u0', 'gone']]);
  await muster.sync({ vendor: 'VMWARE', account_id: 'b' });
  vendor.scripts['things'] = pagesOf([['u0']]);
  await muster.sync({ vendor: 'VMWARE', account_id: 'b' });
  await muster.sql
    .query(`UPDATE resource SET region_id = 'elsewhere', vendor_created_at = '2020-02-29T12:00:00Z'
                          WHERE native_id IN ('t1', 't2')`);
});

afterAll(() => muster.close());

const LIST = '/v1/multicloud-resources';
type Filter = Record<string, string | string[]>;

function queryOf(filter: Filter): string {
  const query = new URLSearchParams({ vendor: 'VMWARE' });
  for (const [name, values] of Object.entries(filter)) {
    for (const value of [values].flat()) query.append(name, value);
  }
  return query.toString();
}

async function page(filter: Filter): Promise<ListedResource[]> {
  const { status, body } = await muster.call('GET', `${LIST}?${queryOf({ limit: '500', ...filter })}`);
  expect([status, Object.keys(body)]).toEqual([200, ['data']]);
  return body['data'] as ListedResource[];
}

/** What a filter finds, checked against its count. */
async function find(filter: Filter): Promise<string[]> {
  const found = await page(filter);
  const counted = await muster.call('GET', `${LIST}/count?${queryOf(filter)}`);
  expect([counted.status, counted.body]).toEqual([200, { data: found.length }]);
  return found.map(({ resource_id }) => resource_id).sort();
}

const ALL = [...items('t', 12), ...ODD_NAMES, 'u0'].sort();

it('lists COC’s nine fields and no more', async () => {
  for (const resource of await page({})) expect(Object.keys(resource)).toEqual(FIELDS);
  const [t1] = await page({ resource_id_list: ['t1'] });
  expect(t1).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    resource_id: 't1',
    name: 't1',
    vendor: 'VMWARE',
    type: 'things',
    datasource: accounts['a'],
    region_id: 'elsewhere',
    properties: { content: '' },
    create_time: '2020-02-29T12:00:00.000Z',
  });
});

it('says when a resource was first seen where the vendor knows no better', async () => {
  const [t0] = await page({ resource_id_list: ['t0'] });
  expect(Date.now() - Date.parse(t0?.create_time ?? '')).toBeLessThan(10 * 60_000);
  expect(t0?.create_time).toMatch(/Z$/);
});

describe('a filter', () => {
  const cases: [what: string, filter: Filter, expected: string[]][] = [
    ['nothing but the vendor', {}, ALL],
    ['a type', { type: 'things' }, [...items('t', 12), 'u0'].sort()],
    ['an unknown type', { type: 'thing' }, []],
    ['a type, to the letter', { type: 'Things' }, []],
    ['no type, in so many words', { type: '' }, ALL],
    ['one id', { resource_id_list: 't3' }, ['t3']],
    ['several ids', { resource_id_list: ['t3', 't4', 'nope'] }, ['t3', 't4']],
    ['one id, twice', { resource_id_list: ['t3', 't3'] }, ['t3']],
    ['one name', { name_list: 't3' }, ['t3']],
    ['several names', { name_list: ['t5', 'u0'] }, ['t5', 'u0']],
    ['part of a name', { name_list: 't' }, []],
    ['a pattern', { name_list: ['t%', 't_'] }, []],
    ['an empty list', { name_list: '', resource_id_list: '', region_id_list: '' }, ALL],
    ['a region', { region_id_list: 'elsewhere' }, ['t1', 't2']],
    ['regions', { region_id_list: ['elsewhere', 'region'] }, ALL],
    ['all together', { type: 'things', name_list: ['t1', 't3'], region_id_list: 'elsewhere' }, ['t1']],
    ['what excludes itself', { name_list: 't1', resource_id_list: 't2' }, []],
    ['a resource that is gone', { resource_id_list: 'gone' }, []],
    ['100 values', { name_list: [...items('none', 99), 't1'] }, ['t1']],
    ['values that hold commas and worse', { name_list: ODD_NAMES }, [...ODD_NAMES].sort()],
  ];

  it.each(cases)('by %s', async (_what, filter, expected) => {
    expect(await find(filter)).toEqual(expected);
  });

  it.each(VENDORS.filter((name) => name !== 'VMWARE'))('by %s finds nothing of VMWARE', async (name) => {
    expect((await muster.call('GET', `${LIST}?vendor=${name}&limit=9`)).body).toEqual({ data: [] });
    expect((await muster.call('GET', `${LIST}/count?vendor=${name}`)).body).toEqual({ data: 0 });
  });

  it.each(ODD_NAMES)('takes a value as one, whatever it holds: %s', async (name) => {
    expect(await find({ name_list: name })).toEqual([name]);
    expect(await find({ resource_id_list: name })).toEqual([name]);
  });

  it('takes keys as Huawei’s clients write them: bare, and + for a space', async () => {
    const get = async (query: string) => {
      const { body } = await muster.call('GET', `${LIST}?vendor=VMWARE&limit=500&${query}`);
      return (body['data'] as ListedResource[]).map(({ name }) => name);
    };
    expect(await get('marker&name_list=comma%2C+inside')).toEqual(['comma, inside']);
    expect(await get('marker&name_list=comma%2C%20inside&type')).toEqual(['comma, inside']);
    expect(await get('name_list=a%2Bb')).toEqual(['a+b']);
  });

  it('of 101 values is refused', async () => {
    const query = queryOf({ limit: '1', resource_id_list: items('x', 101) });
    expectError(await muster.call('GET', `${LIST}?${query}`), {
      status: 400,
      code: 'COC.00010002',
      message: 'resource_id_list must contain no more than 100 elements',
    });
  });
});

describe('paging', () => {
  const idsOf = (found: readonly ListedResource[]) => found.map(({ id }) => id);

  it('by marker sees everything once, in one order', async () => {
    const whole = idsOf(await page({}));
    expect(whole).toEqual([...whole].sort());
    for (const limit of ['1', '3', '7', '20', '500']) {
      const seen: string[] = [];
      for (;;) {
        const marker = seen.at(-1);
        const next = idsOf(await page({ limit, ...(marker === undefined ? {} : { marker }) }));
        if (next.length === 0) break;
        seen.push(...next);
      }
      expect(seen).toEqual(whole);
    }
  });

  it('by offset sees the same, and nothing past the end', async () => {
    const whole = idsOf(await page({}));
    const seen: string[] = [];
    for (let offset = 0; offset < whole.length + 3; offset += 3) {
      seen.push(...idsOf(await page({ limit: '3', offset: String(offset) })));
    }
    expect(seen).toEqual(whole);
    expect(await page({ offset: '2147483647' })).toEqual([]);
  });

  it('with both follows the marker', async () => {
    const whole = idsOf(await page({}));
    expect(idsOf(await page({ limit: '2', offset: '9', marker: whole[3]! }))).toEqual(whole.slice(4, 6));
  });

  it('by marker misses nothing that stayed when resources come and go in between', async () => {
    const before = await page({ type: 'things' });
    const first = before.slice(0, 4);
    const kept = before
      .map(({ resource_id }) => resource_id)
      .filter((id) => id.startsWith('t') && id !== 't3');
    vendor.scripts['things'] = pagesOf([[...kept, 'new']]);
    vendor.scripts['odds'] = pagesOf([ODD_NAMES]);
    await muster.sync({ vendor: 'VMWARE', account_id: 'a' });

    const rest = await page({ type: 'things', marker: first.at(-1)!.id });

    const seen = [...first, ...rest].map(({ resource_id }) => resource_id);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([...kept, 'u0', 'new']));
    expect(seen.at(-1)).toBe('new');
  });
});
