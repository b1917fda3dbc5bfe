import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { failing, pagesOf, scriptedAccount, ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';

const SYNC = '/v1/multicloud-resources/sync';

interface Transition {
  id: string;
  entity: string;
  entity_id: string;
  from: string;
  to: string;
}

let muster: TestMuster;
let taskId: string;
let unitId: string;

beforeAll(async () => {
  const vendor = new ScriptedVendor();
  const refused = new SyncError('permission', 'Not for you.', { vendorCode: 'Denied' });
  vendor.scripts['things'] = failing(refused, 1, pagesOf([['x']]));
  muster = await TestMuster.start({ adapters: vendor.adapters });
  await muster.addAccount(scriptedAccount('a'));
  const task = await muster.sync({ vendor: 'VMWARE' });
  taskId = task.task_id;
  unitId = task.accounts[0]?.units[0]?.id ?? '';
  expect((await muster.call('POST', `${SYNC}/${taskId}/retry`)).status).toBe(200);
  await muster.finishedTask(taskId);
});

afterAll(() => muster.close());

const list = (query: string, id = taskId) =>
  muster.call<{ data: Transition[] }>('GET', `${SYNC}/${id}/transitions?${query}`);

it('tells what happened to a task, its run and its unit, in order', async () => {
  const { status, body } = await list('limit=500');

  expect(status).toBe(200);
  const story = (entity: string) =>
    body.data.filter((one) => one.entity === entity).map(({ from, to }) => `${from} → ${to}`);
  expect(story('task')).toEqual([
    'START → QUEUED',
    'QUEUED → RUNNING',
    'RUNNING → FAILED',
    'FAILED → RUNNING',
    'RUNNING → SUCCEEDED',
  ]);
  expect(story('run')).toEqual(story('task'));
  expect(story('unit')).toEqual([
    'START → QUEUED',
    'QUEUED → RUNNING',
    'RUNNING → FAILED',
    'FAILED → QUEUED',
    'QUEUED → RUNNING',
    'RUNNING → SUCCEEDED',
  ]);
  expect(body.data.find(({ entity, to }) => entity === 'unit' && to === 'FAILED')).toEqual({
    id: expect.stringMatching(/^[\w-]{22}$/),
    entity: 'unit',
    entity_id: unitId,
    task_id: taskId,
    account_id: 'a',
    scope: 'The scope',
    type: 'things',
    from: 'RUNNING',
    to: 'FAILED',
    reason: null,
    error: { kind: 'permission', code: 'Denied' },
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
  expect(body.data[0]).toMatchObject({ entity_id: taskId, account_id: null, scope: null, error: null });
});

it('pages by limit and marker', async () => {
  const all = (await list('limit=500')).body.data;
  const paged: Transition[] = [];
  for (let page = (await list('limit=3')).body.data; page.length > 0;) {
    paged.push(...page);
    page = (await list(`limit=3&marker=${page.at(-1)?.id ?? ''}`)).body.data;
  }
  expect(paged).toEqual(all);
});

it.each([
  ['', 'limit is missing'],
  ['limit=0', 'limit must be'],
  ['limit=501', 'limit must be'],
  ['limit=5&marker=x', 'marker must be the id of the last item'],
  ['limit=5&offset=1', 'offset is not known here'],
])('refuses ?%s', async (query, message) => {
  expectError(await list(query), { status: 400, code: 'COC.00010002', message });
});

it('knows no other task', async () => {
  for (const id of [randomUUID(), 'x']) {
    expectError(await list('limit=5', id), { status: 404, code: 'COC.00101201', message: id });
  }
});
