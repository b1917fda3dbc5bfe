import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyPatch, type Operation } from 'rfc6902';

import { eventually } from '../../../test/support/eventually.js';
import { items, pagesOf, ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { type Answer, type Task, TestMuster } from '../../../test/support/test-muster.js';
import { type ExpectedError, expectError } from './support/expect-error.js';
import { issueApiKey } from './support/issue-credential.js';
import { vmwareAccount } from './support/vmware-account.js';

const RESOURCES = '/v1/multicloud-resources';
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
  'status',
  'native_status',
  'zone_id',
  'addresses',
  'tags',
  'relations',
  'first_seen_at',
  'changed_at',
  'changed_by_task',
  'deletion',
];
const NO_SUCH_RESOURCE: ExpectedError = { status: 404, code: 'COC.00101301', message: 'no such resource' };
const NO_SUCH_TASK: ExpectedError = { status: 404, code: 'COC.00101201', message: 'no such sync task' };
const OTHERS = items('other', 20);

interface Change {
  id: string;
  cmdb_resource_id: string;
  resource_id: string;
  kind: string;
  task_id: string | null;
  unit_id: string | null;
  patch: Operation[] | null;
  at: string;
}

let muster: TestMuster;
let vendor: ScriptedVendor;
let accountId: string;
/** Muster's ids by the vendor's. */
let ids: Record<string, string>;
let tasks: Task[];
/** The resource `a` as it was after each sync. */
let states: Record<string, unknown>[];

/** One resource's life: it comes, changes twice, goes, and comes back; the others stay. */
beforeAll(async () => {
  vendor = new ScriptedVendor();
  muster = await TestMuster.start({ adapters: vendor.adapters });
  accountId = await muster.addAccount(vmwareAccount('there'));
  tasks = [];
  states = [];
  for (const listed of [['a=1'], ['a=1'], ['a=2'], ['a=3'], [], ['a=4']]) {
    vendor.scripts['things'] = pagesOf([[...listed, ...OTHERS.slice(0, 10)], OTHERS.slice(10)]);
    tasks.push(await muster.sync({ vendor: 'VMWARE' }));
    if (tasks.length === 1) {
      ids = Object.fromEntries((await muster.listAll('VMWARE')).map((item) => [item.resource_id, item.id]));
    }
    states.push(await resource('a'));
  }
});

afterAll(() => muster.close());

async function resource(nativeId: string): Promise<Record<string, unknown>> {
  const { status, body } = await muster.call('GET', `${RESOURCES}/${ids[nativeId]!}`);
  expect([status, Object.keys(body)]).toEqual([200, ['data']]);
  return body['data'] as Record<string, unknown>;
}

async function page(path: string, query = 'limit=500'): Promise<Change[]> {
  const { status, body } = await muster.call('GET', `${RESOURCES}/${path}/changes?${query}`);
  expect([status, Object.keys(body)]).toEqual([200, ['data']]);
  return body['data'] as Change[];
}

/** All changes, so many a page. */
async function pages(path: string, limit: number): Promise<Change[]> {
  const all: Change[] = [];
  for (;;) {
    const marker = all.at(-1)?.id ?? '';
    const next = await page(path, `limit=${String(limit)}&marker=${marker}`);
    expect(next.length).toBeLessThanOrEqual(limit);
    if (next.length === 0) return all;
    all.push(...next);
  }
}

describe('a resource', () => {
  it('is shown with COC’s nine fields and all that Muster knows', () => {
    const [first] = states;
    expect(Object.keys(first!)).toEqual(FIELDS);
    expect(first).toMatchObject({
      id: ids['a'],
      resource_id: 'a',
      name: 'a',
      vendor: 'VMWARE',
      type: 'things',
      datasource: accountId,
      status: 'running',
      native_status: null,
      zone_id: null,
      addresses: [],
      tags: {},
      relations: [],
      properties: { content: '1' },
      changed_by_task: tasks[0]!.task_id,
      deletion: null,
    });
    expect(first!['create_time']).toBe(first!['first_seen_at']);
  });

  it('does not change by a sync that found it as it was', () => {
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toMatchObject({ properties: { content: '2' }, changed_by_task: tasks[2]!.task_id });
  });

  it('is shown as a tombstone, with its evidence, when it is gone', () => {
    const deletion = states[4]!['deletion'] as Record<string, unknown>;
    expect(states[4]).toEqual({
      ...states[3],
      changed_at: deletion['deleted_at'],
      changed_by_task: tasks[4]!.task_id,
      deletion: {
        deleted_at: expect.stringMatching(/^\d{4}-.*Z$/),
        cause: 'not_listed',
        task_id: tasks[4]!.task_id,
        unit_id: tasks[4]!.accounts[0]!.units[0]!.id,
        listed_at: deletion['deleted_at'],
        approved_by: null,
        approved_at: null,
      },
    });
  });

  it('is itself again when it is back', () => {
    expect(states[5]).toMatchObject({
      id: ids['a'],
      first_seen_at: states[0]!['first_seen_at'],
      properties: { content: '4' },
      changed_by_task: tasks[5]!.task_id,
      deletion: null,
    });
  });

  it('has its changes, newest first, each with who made it', async () => {
    const changes = await page(ids['a']!);
    expect(changes.map(({ kind, patch }) => [kind, patch])).toEqual([
      ['RESTORED', null],
      ['DELETED', null],
      ['UPDATED', [{ op: 'replace', path: '/properties/content', value: '3' }]],
      ['UPDATED', [{ op: 'replace', path: '/properties/content', value: '2' }]],
      ['CREATED', null],
    ]);
    const makers = [5, 4, 3, 2, 0].map((index) => tasks[index]!);
    for (const [index, change] of changes.entries()) {
      const task = makers[index]!;
      expect(change).toEqual({
        id: expect.stringMatching(/^[\w-]{22}$/),
        cmdb_resource_id: ids['a'],
        resource_id: 'a',
        name: 'a',
        type: 'things',
        kind: change.kind,
        task_id: task.task_id,
        unit_id: task.accounts[0]!.units[0]!.id,
        patch: change.patch,
        at: expect.stringMatching(/^\d{4}-.*Z$/),
      });
    }
  });

  it('has changes whose patches fit it as it is shown', async () => {
    const updates = (await page(ids['a']!)).filter(({ kind }) => kind === 'UPDATED').reverse();
    const document = structuredClone(states[1]!);
    for (const [index, update] of updates.entries()) {
      expect(applyPatch(document, update.patch!)).toEqual([null]);
      const { changed_at, changed_by_task } = states[2 + index]!;
      expect({ ...document, changed_at, changed_by_task }).toEqual(states[2 + index]);
    }
  });

  it('that nothing happened to has come, and no more', async () => {
    expect((await page(ids['other3']!)).map(({ kind }) => kind)).toEqual(['CREATED']);
  });

  it('stands behind the paths that are no ids', async () => {
    expect((await muster.call('GET', `${RESOURCES}/count?vendor=VMWARE`)).body).toEqual({ data: 21 });
    expect((await muster.showTask(tasks[0]!.task_id)).state).toBe('SUCCEEDED');
  });
});

describe('a task', () => {
  it('has what it changed, and no other', async () => {
    const kinds = await Promise.all(
      tasks.map(async ({ task_id }) =>
        (await page(`sync/${task_id}`)).map(({ resource_id, kind }) => [resource_id, kind]),
      ),
    );
    expect(kinds.slice(1)).toEqual([
      [],
      [['a', 'UPDATED']],
      [['a', 'UPDATED']],
      [['a', 'DELETED']],
      [['a', 'RESTORED']],
    ]);
    expect(kinds[0]).toEqual(['a', ...OTHERS].map((name) => [name, 'CREATED']));
  });

  it('that joined a running sync has its changes too, under the name of who started it', async () => {
    await Promise.all(['x', 'y'].map((id) => muster.addAccount(vmwareAccount(id))));
    const gate = new EventEmitter();
    const released = once(gate, 'open').then(() => undefined);
    vendor.scripts['things'] = pagesOf([['a=4', ...OTHERS, 'joined']], () => released);
    const one = await muster.requestSync({ vendor: 'VMWARE', account_id: 'x' });
    await eventually('the sync runs', async () => (await muster.showTask(one)).state === 'RUNNING');
    const whole = await muster.requestSync({ vendor: 'VMWARE' });
    gate.emit('open');
    await Promise.all([muster.finishedTask(one), muster.finishedTask(whole)]);

    const [ofOne, ofWhole] = [await page(`sync/${one}`), await page(`sync/${whole}`)];

    expect(ofOne).toHaveLength(22);
    expect(new Set(ofOne.map(({ task_id }) => task_id))).toEqual(new Set([one]));
    expect(ofWhole).toHaveLength(22 + 22 + 1);
    expect(ofWhole).toEqual(expect.arrayContaining(ofOne));
    expect(await pages(`sync/${whole}`, 7)).toEqual(ofWhole);
    expect((await muster.showTask(whole)).counts).toMatchObject({ created: ofWhole.length });
  });
});

describe('paging', () => {
  it.each([1, 2, 3, 5, 500])('sees everything once, in order, %i a page', async (limit) => {
    const path = `sync/${tasks[0]!.task_id}`;
    expect(await pages(path, limit)).toEqual(await page(path));
    const ofResource = await page(ids['a']!);
    expect(await pages(ids['a']!, limit)).toEqual(ofResource);
    const times = ofResource.map(({ at }) => Date.parse(at));
    expect(times.length).toBeGreaterThan(1);
    expect(times).toEqual([...times].sort((a, b) => b - a)); // the newest first
  });

  it('takes markers of its own only', async () => {
    const transitions = `/v1/multicloud-resources/sync/${tasks[0]!.task_id}/transitions?limit=1`;
    const { data } = (await muster.call<{ data: { id: string }[] }>('GET', transitions)).body;
    const answer = await muster.call(
      'GET',
      `/v1/multicloud-resources/${ids['a']!}/changes?limit=9&marker=${data[0]!.id}`,
    );
    expectError(answer, {
      status: 400,
      code: 'COC.00010002',
      message: 'marker must be the id of the last item of the page before',
    });
  });

  it.each([
    ['', 'limit is missing'],
    ['limit=0', 'limit must be a whole number from 1 to 500'],
    ['limit=501', 'limit must be a whole number from 1 to 500'],
    ['limit=x', 'limit must be a whole number from 1 to 500'],
    ['limit=5&marker=x', 'marker must be the id of the last item'],
    ['limit=5&marker=-1', 'marker must be the id of the last item'],
    ['limit=5&marker=1.5', 'marker must be the id of the last item'],
    ['limit=5&marker=1&marker=2', 'marker must be the id of the last item'],
    [`limit=5&marker=${'9'.repeat(19)}`, 'marker must be the id of the last item'],
    ['limit=5&offset=5', 'offset is not known here (known: marker, limit)'],
    ['limit=5&kind=UPDATED', 'kind is not known here'],
  ])('refuses %s', async (query, message) => {
    for (const path of [ids['a']!, `sync/${tasks[0]!.task_id}`]) {
      const answer = await muster.call('GET', `${RESOURCES}/${path}/changes?${query}`);
      expectError(answer, { status: 400, code: 'COC.00010002', message });
    }
  });
});

describe('what does not exist', () => {
  const get = (path: string, apiKey = muster.apiKey): Promise<Answer> =>
    muster.call('GET', `${RESOURCES}/${path}`, { apiKey });

  it.each([randomUUID(), 'x', '%00', 'sync', '1'])('is not found under %s', async (id) => {
    // Under sync tasks are listed.
    if (id !== 'sync') {
      expectError(await get(id), NO_SUCH_RESOURCE);
      expectError(await get(`${id}/changes?limit=5`), NO_SUCH_RESOURCE);
    }
    expectError(await get(`sync/${id}/changes?limit=5`), NO_SUCH_TASK);
  });

  it('is what another tenant’s looks like', async () => {
    const key = await issueApiKey(muster, { tenant: 'stranger' });
    expectError(await get(ids['a']!, key), NO_SUCH_RESOURCE);
    expectError(await get(`${ids['a']!}/changes?limit=5`, key), NO_SUCH_RESOURCE);
    expectError(await get(`sync/${tasks[0]!.task_id}/changes?limit=5`, key), NO_SUCH_TASK);
  });

  it('is nothing of a removed account: its resources are tombstones that name no task', async () => {
    expect((await muster.call('DELETE', `/v1/vendor-account/${accountId}`)).status).toBe(200);
    await eventually('the account is cleared', async () => (await resource('other3'))['deletion'] !== null);
    expect(await resource('other3')).toMatchObject({ deletion: { cause: 'account_removed', unit_id: null } });
    const [last] = await page(ids['other3']!);
    expect(last).toMatchObject({ kind: 'DELETED', task_id: null, unit_id: null, patch: null });
  });
});
