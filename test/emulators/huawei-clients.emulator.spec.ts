import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  administrationOf,
  issueAccessKey,
  type KeyPair,
  tenantId,
} from '../../apps/api/test/support/issue-credential.js';
import {
  type ClientOptions,
  type CocClient,
  type CocFailure,
  type CocSuccess,
  type Operation,
} from '../support/coc-client.js';
import { eventually } from '../support/eventually.js';
import { TestMuster } from '../support/test-muster.js';
import { CLIENT_KINDS } from './huawei-clients/client-kinds.js';
import { clientTable, type Outcomes, type Row } from './huawei-clients/client-table.js';
import { startVcsim, type Vcsim } from './vcsim/vcsim.js';

const TABLE = join(import.meta.dirname, '../../docs/huawei-clients.md');
/** Longer than vcsim takes to answer. */
const CHECK_MS = 120_000;
const REQUEST_ID = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;
const NAME = '名 a+b~/* "q" \\ <&>';
const VENDOR = { vendor: 'VMWARE' };

let muster: TestMuster;
let vcsim: Vcsim;
const outcomes: Outcomes = new Map();

beforeAll(async () => {
  vcsim = await startVcsim({ virtualMachines: 2 });
  muster = await TestMuster.start({ accountCheckMs: CHECK_MS });
  for (const kind of CLIENT_KINDS) await kind.prepare();
});

afterAll(async () => {
  await muster.close();
  await vcsim.stop();
});

/** What a client answers that is expected to succeed. */
async function succeed(
  client: CocClient,
  operation: Operation,
  parameters = {},
): Promise<CocSuccess['body']> {
  const answer = await client.call(operation, parameters);
  expect([operation, answer]).toEqual([operation, { status: 200, body: expect.anything() }]);
  return (answer as CocSuccess).body;
}

async function fail(client: CocClient, operation: Operation, parameters = {}): Promise<CocFailure['error']> {
  const answer = await client.call(operation, parameters);
  expect([operation, answer]).toEqual([operation, { error: expect.anything() }]);
  const { error } = answer as CocFailure;
  expect(error.requestId).toMatch(REQUEST_ID);
  return error;
}

describe.each(CLIENT_KINDS.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  let pair: KeyPair;
  let client: CocClient;
  let accountId: string;

  const optionsFor = (changes: Partial<ClientOptions> = {}): ClientOptions => ({
    endpoint: muster.api.url,
    ak: pair.accessKey,
    sk: pair.secretKey,
    ...changes,
  });
  /** A test of one row of the table. It is written down only once all of it has passed. */
  const row = (what: Row, check: () => Promise<void>) => {
    it(what, async () => {
      await check();
      outcomes.set(`${name}: ${what}`, 'passed');
    });
  };
  const account = async () => {
    const { data } = await succeed(client, 'ListVendorAccount', { limit: 10 });
    expect(data).toHaveLength(1);
    return (data as Record<string, unknown>[])[0]!;
  };
  /** With a client of its own. */
  const using = async (options: ClientOptions, work: (other: CocClient) => Promise<void>) => {
    const other = kind.connect(options);
    try {
      await work(other);
    } finally {
      await other.close();
    }
  };

  // Each has a tenant of its own, and so the same accounts.
  beforeAll(async () => {
    pair = await issueAccessKey(muster, { name: 'sdk', tenant: name });
    client = kind.connect(optionsFor());
  });

  afterAll(() => client.close());

  row('CreateVendorAccount', async () => {
    const body = {
      ...VENDOR,
      account_id: vcsim.url,
      account_name: NAME,
      ak: vcsim.username,
      sk: vcsim.password,
    };
    const { data } = await succeed(client, 'CreateVendorAccount', { body });
    expect(data).toMatch(UUID);
    accountId = data as string;
    const again = await fail(client, 'CreateVendorAccount', { body: { ...body, account_name: 'again' } });
    expect(again).toMatchObject({ status: 409, code: 'COC.00101103' });
  });

  row('ListVendorAccount', async () => {
    expect(await account()).toMatchObject({
      id: accountId,
      ...VENDOR,
      account_id: vcsim.url,
      domain_id: await tenantId(muster, name),
      account_name: NAME,
      ak: vcsim.username,
      sync_status: 'success',
      failure_msg: '',
      sync_date: dateAs(name),
      create_time: dateAs(name),
      update_time: dateAs(name),
    });
    const filters = {
      limit: 500,
      offset: '0',
      marker: '',
      ...VENDOR,
      account_id: vcsim.url,
      account_name: NAME,
    };
    const { data, total } = await succeed(client, 'ListVendorAccount', filters);
    expect([data, total]).toEqual([[expect.objectContaining({ id: accountId })], 1]);
    for (const other of [{ vendor: 'AWS' }, { account_id: 'other' }, { account_name: NAME.slice(1) }]) {
      const none = await succeed(client, 'ListVendorAccount', { limit: 1, ...other });
      expect(none).toMatchObject({ data: [], total: 0 });
    }
    expect(JSON.stringify(await account())).not.toContain(vcsim.password);
  });

  row('UpdateVendorAccount', async () => {
    const answer = await succeed(client, 'UpdateVendorAccount', {
      id: accountId,
      body: { account_name: 'Site 1' },
    });
    expect(answer['data']).toBe(accountId);
    expect(await account()).toMatchObject({
      account_name: 'Site 1',
      ak: vcsim.username,
      sync_status: 'success',
    });
    const wrong = { id: accountId, body: { sk: 'wrong' } };
    expect((await succeed(client, 'UpdateVendorAccount', wrong))['data']).toBe(accountId);
    const refused = await account();
    expect(refused).toMatchObject({ sync_status: 'failed', failure_msg: expect.stringMatching(/\w/) });
    await succeed(client, 'UpdateVendorAccount', { id: accountId, body: { sk: vcsim.password } });
    expect(await account()).toMatchObject({ sync_status: 'success', failure_msg: '' });
  });

  row('SyncMultiCloudResource', async () => {
    const { data } = await succeed(client, 'SyncMultiCloudResource', {
      body: { ...VENDOR, account_id: vcsim.url },
    });
    expect(data).toMatch(UUID);
    // As COC's users see that it is over: by `sync_date` not, of which Go's client keeps the seconds only.
    const after = await eventually('the account is synced', async () => {
      const now = await account();
      return ['success', 'failed'].includes(now['sync_status'] as string) ? now : undefined;
    });
    expect(after).toMatchObject({ sync_status: 'success', failure_msg: '' });
    const unknown = { body: { ...VENDOR, account_id: 'nobody' } };
    expect(await fail(client, 'SyncMultiCloudResource', unknown)).toMatchObject({ status: 400 });
    expect(await fail(client, 'SyncMultiCloudResource', { body: { vendor: 'NOBODY' } })).toMatchObject({
      status: 400,
      code: 'COC.00010002',
    });
  });

  const lacks = (operation: Operation) => kind.lacks[operation] !== undefined;

  if (!lacks('CountMultiCloudResources')) {
    row('CountMultiCloudResources', async () => {
      const count = async (filter: object) =>
        (await succeed(client, 'CountMultiCloudResources', { ...VENDOR, ...filter }))['data'];
      const machines = await namesOf('cloudservers');
      expect(machines.length).toBeGreaterThanOrEqual(4);
      expect(await count({ type: 'cloudservers' })).toBe(machines.length);
      const [first, second] = machines;
      expect(await count({ name_list: [first] })).toBe(1);
      const names = [
        ...machines.slice(0, 2),
        `${first},${second}`,
        'a b',
        '名 a+b~/*',
        "it's (1)!",
        'é',
        '%',
        '&=?#',
      ];
      expect(await count({ type: 'cloudservers', name_list: names.reverse() })).toBe(2);
      expect(await count({ name_list: [`${first},${second}`] })).toBe(0);
      expect(await count({ region_id_list: ['nowhere', 'neither'] })).toBe(0);
    });
  }

  if (!lacks('ListMultiCloudResources')) {
    row('ListMultiCloudResources', async () => {
      const list = async (filter: object) =>
        (await succeed(client, 'ListMultiCloudResources', { ...VENDOR, limit: 500, ...filter }))[
          'data'
        ] as Record<string, unknown>[];
      const all = await list({});
      expect(all.length).toBeGreaterThan(10);
      for (const resource of all) {
        expect(resource).toEqual({
          id: expect.stringMatching(UUID),
          resource_id: expect.any(String),
          name: expect.any(String),
          ...VENDOR,
          type: expect.any(String),
          datasource: accountId,
          region_id: expect.any(String),
          properties: expect.any(Object),
          create_time: expect.stringMatching(DATE),
        });
      }
      expect(all.some(({ properties }) => Object.keys(properties as object).length > 5)).toBe(true);
      const paged: unknown[] = [];
      for (let marker: unknown = ''; ;) {
        const page = await list({ limit: 3, marker });
        expect(page.length).toBeLessThanOrEqual(3);
        if (page.length === 0) break;
        paged.push(...page);
        marker = page.at(-1)!['id'];
      }
      expect(paged).toEqual(all);
      const ids = all.slice(0, 3).map(({ resource_id: id }) => id);
      expect(await list({ resource_id_list: [...ids].reverse() })).toEqual(all.slice(0, 3));
      expect(await list({ resource_id_list: ids.slice(0, 1) })).toEqual(all.slice(0, 1));
      const hosts = await list({ type: 'hosts', region_id_list: [all[0]!['region_id']] });
      expect(hosts.every(({ type }) => type === 'hosts')).toBe(true);
    });
  }

  row('temporary keys with a security token', async () => {
    const credentials = await administrationOf(muster).list();
    const { id } = credentials.find(({ accessKey }) => accessKey === pair.accessKey)!;
    const made = await administrationOf(muster).createTemporary(id, new Date(Date.now() + 600_000));
    if (made?.kind !== 'temporary') throw new Error('It was not made.');
    const { accessKey: ak, secretKey: sk, securityToken } = made;
    await using(optionsFor({ ak, sk, security_token: securityToken }), async (temporary) => {
      expect(await succeed(temporary, 'ListVendorAccount', { limit: 1 })).toMatchObject({ total: 1 });
    });
  });

  if (kind.regions) {
    row('a region, with the domain or project looked up', async () => {
      for (const credentials of ['global', 'basic'] as const) {
        await using(optionsFor({ region: 'cn-north-4', credentials }), async (regional) => {
          expect(await succeed(regional, 'ListVendorAccount', { limit: 1 })).toMatchObject({ total: 1 });
        });
      }
    });
  }

  row('errors: status, code, message and request id', async () => {
    await using(optionsFor({ sk: 'wrong' }), async (stranger) => {
      expect(await fail(stranger, 'ListVendorAccount', { limit: 1 })).toMatchObject({
        status: 401,
        code: 'APIGW.0301',
        message: 'Incorrect IAM authentication information: verify aksk signature fail',
      });
    });
    const body = { vendor: 'VMWARE', account_id: 'x'.repeat(65), account_name: 'n', ak: 'a', sk: 's' };
    expect(await fail(client, 'CreateVendorAccount', { body })).toMatchObject({
      status: 400,
      code: 'COC.00010002',
      message: expect.stringContaining('account_id'),
    });
  });

  row('DeleteVendorAccount', async () => {
    const { data } = await succeed(client, 'DeleteVendorAccount', { id: accountId });
    expect(data).toBe(accountId);
    expect(await succeed(client, 'ListVendorAccount', { limit: 10 })).toMatchObject({ data: [], total: 0 });
    for (const [operation, parameters] of [
      ['DeleteVendorAccount', { id: accountId }],
      ['UpdateVendorAccount', { id: accountId, body: { account_name: 'x' } }],
    ] as const) {
      expect(await fail(client, operation, parameters)).toMatchObject({ status: 400, code: 'COC.00101102' });
    }
  });

  /** By the database: what a client counts is not compared with what Muster counts. */
  async function namesOf(type: string): Promise<string[]> {
    const { rows } = await muster.sql.query<{ name: string }>(
      `SELECT name FROM resource WHERE tenant_id = $1 AND resource_type = $2 AND deleted_at IS NULL ORDER BY name`,
      [await tenantId(muster, name), type],
    );
    return rows.map((found) => found.name);
  }
});

/** Python's client makes a date of it; the others are read as JSON. */
function dateAs(client: string): unknown {
  return client === 'Python' ? { date: expect.stringMatching(DATE) } : expect.stringMatching(DATE);
}

describe('docs/huawei-clients.md', () => {
  it('says what came of it', async () => {
    const table = await clientTable(CLIENT_KINDS, outcomes);
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(TABLE, table);
    expect(await readFile(TABLE, 'utf8').catch(() => '')).toBe(table);
  });
});
