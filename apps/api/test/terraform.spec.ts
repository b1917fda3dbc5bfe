import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import type { CocFailure, CocSuccess, Operation } from '../../../test/support/coc-client.js';
import { ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { signature, TerraformClient } from '../../../test/support/terraform-client.js';
import { TestMuster } from '../../../test/support/test-muster.js';
import { issueAccessKey, tenantId } from './support/issue-credential.js';

/** Longer than any check takes. */
const CHECK_MS = 120_000;
/** What the provider computes: it wants them filled, and as they were when it reads again. */
const COMPUTED = ['domain_id', 'sync_status', 'failure_msg', 'sync_date', 'create_time', 'update_time'];
const ACCOUNT = { vendor: 'VMWARE', account_id: 'vcenter.example', account_name: 'n', ak: 'k', sk: 's' };

let muster: TestMuster;
let client: TerraformClient;

beforeAll(async () => {
  const vendor = new ScriptedVendor();
  vendor.connectError = new SyncError('credentials', 'Made-up keys are refused.');
  muster = await TestMuster.start({ adapters: vendor.adapters, accountCheckMs: CHECK_MS });
  const { accessKey: ak, secretKey: sk } = await issueAccessKey(muster, { name: 'terraform' });
  client = new TerraformClient({ endpoint: muster.api.url, ak, sk });
});

afterAll(() => muster.close());

async function succeed(operation: Operation, parameters = {}): Promise<CocSuccess['body']> {
  const answer = await client.call(operation, parameters);
  expect(answer).toMatchObject({ status: 200 });
  return (answer as CocSuccess).body;
}

/** As the provider reads a resource: all accounts, and of them the one with the id. */
async function read(id: unknown): Promise<Record<string, unknown> | undefined> {
  const { data } = await succeed('ListVendorAccount');
  return (data as Record<string, unknown>[]).find((account) => account['id'] === id);
}

describe('Terraform’s requests', () => {
  it('are signed as the provider signs them', () => {
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'User-Agent': 'ua/1',
      'X-Sdk-Date': '20260101T000000Z',
    };
    const payload = '{"account_id":"a","account_name":"n","ak":"k","sk":"s","vendor":"HCS"}\n';
    const parts = { method: 'POST', path: '/v1/vendor-account', query: {}, payload, headers };
    expect(signature(parts, { ak: 'AKEXAMPLE', sk: 'SKEXAMPLE' })).toBe(
      'SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=accept;content-type;user-agent;x-sdk-date, ' +
        'Signature=d975fc87dcf1803c0819157808dff7d476fc60da75f72e1c862640c93920279a',
    );
  });

  it('create, read, change and destroy an account', async () => {
    const { data: id } = await succeed('CreateVendorAccount', { body: ACCOUNT });
    expect(id).toEqual(expect.not.stringContaining("'")); // it goes into a search expression
    const created = await read(id);
    const { sk: _sk, ...shown } = ACCOUNT;
    expect(created).toMatchObject({ ...shown, domain_id: await tenantId(muster), sync_status: 'failed' });
    for (const field of COMPUTED)
      expect([field, created?.[field]]).toEqual([field, expect.stringMatching(/./)]);

    expect((await succeed('UpdateVendorAccount', { id, body: { account_name: 'changed' } }))['data']).toBe(
      id,
    );
    const changed = await read(id);
    expect(changed).toMatchObject({ ...shown, account_name: 'changed' });
    expect(await read(id)).toEqual(changed); // nothing moves by itself, or the plan would not be empty

    await succeed('DeleteVendorAccount', { id });
    expect(await read(id)).toBeUndefined();
    const again = (await client.call('DeleteVendorAccount', { id })) as CocFailure;
    // This, and only this, the provider takes for an account that is gone.
    expect(again.error).toMatchObject({ status: 400, code: 'COC.00101102' });
  });

  it('read all accounts by a rising offset, until a page is empty', async () => {
    await muster.sql.query(
      `INSERT INTO vendor_account (id, tenant_id, vendor, account_id, account_name, ak, sealed_sk)
       SELECT gen_random_uuid(), $1, 'VMWARE', 'many-' || n, 'many', 'k', '' FROM generate_series(1, 150) n`,
      [await tenantId(muster)],
    );
    client.pages = 0;
    const { data, total } = await succeed('ListVendorAccount', { account_name: 'many' });
    expect(new Set((data as { id: string }[]).map(({ id }) => id)).size).toBe(150);
    expect([(data as unknown[]).length, total, client.pages]).toEqual([150, 150, 3]);
  });

  it('sync a vendor without naming an account', async () => {
    const { data } = await succeed('SyncMultiCloudResource', { body: { vendor: 'VMWARE' } });
    expect((await muster.showTask(data as string)).task_id).toBe(data);
  });
});
