import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { eventually } from '../../../test/support/eventually.js';
import { RestartablePostgres } from '../../../test/support/restartable-postgres.js';
import { pagesOf, ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { TestMuster } from '../../../test/support/test-muster.js';
import { type ExpectedError, expectError } from './support/expect-error.js';
import { vmwareAccount } from './support/vmware-account.js';

const UNAVAILABLE: ExpectedError = {
  status: 503,
  code: 'COC.00010503',
  message: 'The database does not answer. Try again in a moment.',
};
/** Enough for some connection to break in any state it can be in. */
const OUTAGES = 3;
const CALLERS = 2;
const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;

let postgres: RestartablePostgres;
let muster: TestMuster;
let vendor: ScriptedVendor;

beforeAll(async () => {
  // In the run's folder, which the next run clears away if this one is killed.
  postgres = await RestartablePostgres.start(join(process.env['MUSTER_TEST_RUN'] ?? '', 'outage'));
  vendor = new ScriptedVendor();
  muster = await TestMuster.start({ adapters: vendor.adapters, server: postgres.url });
  await muster.addAccount(vmwareAccount('a'));
});

afterAll(async () => {
  try {
    await muster.close();
  } finally {
    await postgres.remove();
  }
});

const probe = async (path: string) => {
  const { status, body } = await muster.call('GET', path, { apiKey: '' });
  return { status, body };
};

/** One request to each endpoint, all of them well-formed. */
async function callEverything() {
  const id = '00000000-0000-7000-8000-000000000000';
  return Promise.all([
    muster.call('POST', '/v1/vendor-account', { body: vmwareAccount('b') }),
    muster.call('GET', '/v1/vendor-account?limit=1'),
    muster.call('PUT', `/v1/vendor-account/${id}`, { body: { account_name: 'x' } }),
    muster.call('DELETE', `/v1/vendor-account/${id}`),
    muster.call('POST', '/v1/multicloud-resources/sync', { body: SYNC }),
    muster.call('GET', `/v1/multicloud-resources/sync/${id}`),
    muster.call('GET', '/v1/multicloud-resources?vendor=VMWARE&limit=1'),
    muster.call('GET', '/v1/multicloud-resources/count?vendor=VMWARE'),
    muster.call('GET', '/readyz'),
  ]);
}

it('says so while Postgres is down, and goes on by itself when it is back', async () => {
  vendor.scripts['things'] = pagesOf([['x']]);
  await muster.sync(SYNC);
  expect(await probe('/readyz')).toEqual({ status: 200, body: { status: 'ok' } });

  await postgres.stop();

  for (const answer of await callEverything()) {
    expectError(answer, UNAVAILABLE);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  }
  expectError(await muster.call('GET', '/readyz', { apiKey: '' }), UNAVAILABLE);
  expect(await probe('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  expect((await muster.call('GET', '/openapi.json', { apiKey: '' })).status).toBe(200);

  await postgres.resume();

  await eventually('Muster is ready', async () => (await probe('/readyz')).status === 200);
  expect(await muster.listAll('VMWARE')).toHaveLength(1);
  vendor.scripts['things'] = pagesOf([['x', 'y']]);
  expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', counts: { created: 1, unchanged: 1 } });
  const { rows } = await muster.sql.query('SELECT account_id FROM vendor_account');
  expect(rows).toEqual([{ account_id: 'a' }]); // nothing of what was refused was done all the same
});

it('outlives servers that go down in the middle of its work, and blames none of it on a bug', async () => {
  for (let outage = 0; outage < OUTAGES; outage += 1) {
    const statuses = new Set<number>();
    let over = false;
    const callers = Array.from({ length: CALLERS }, async () => {
      while (!over) for (const { status } of await callEverything()) statuses.add(status);
    });
    await eventually('all is well', () => statuses.has(200));
    await postgres.stop();
    statuses.clear();
    await eventually('the outage is seen', () => statuses.has(503));
    await postgres.resume();
    await eventually('all is well again', () => statuses.has(200));
    over = true;
    await Promise.all(callers);
  }
  const bugs = muster.logs.filter(
    (line) => line.includes('"level":"error"') && line.includes('Internal error'),
  );
  expect(bugs).toEqual([]);
});

it('logs an outage without the database’s password', () => {
  const password = new URL(postgres.url).password;
  expect(password.length).toBeGreaterThan(8);
  expect(muster.logs.join('')).toContain('The database does not answer');
  expect(muster.logs.join('')).not.toContain(password);
});
