import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { MusterClient, Schemas } from '#client';
import { type AwsMachine, type AwsSimulator, startAwsMachine, startAwsSimulator } from '#simulators';

import { expectError } from '../apps/api/test/support/expect-error.js';
import { issueApiKey, tenantId } from '../apps/api/test/support/issue-credential.js';
import { vmwareAccount } from '../apps/api/test/support/vmware-account.js';
import { MusterProcess } from './support/muster-process.js';
import { type Task, TestMuster } from './support/test-muster.js';

const ACCOUNTS = '/v1/vendor-account';
const REGIONS = ['eu-west-1'];
const FEW_TYPES = { include: ['vpcs', 'cloudservers', 'buckets', 'zones'] };
/** Of the first tenant, and not the machine's: its role trusts the machine for that tenant. */
const CUSTOMER = '444455556666';
const ROLE = `arn:aws:iam::${CUSTOMER}:role/muster`;
/** Keys that end so soon are renewed all the time. */
const SESSION_MS = 120_000;
const INVALID = { status: 400, code: 'COC.00010002' };

let muster: TestMuster;
let aws: AwsSimulator;
let machine: AwsMachine;
let externalId: string;
/** A tenant that may use the machine's identity too, and one that may not. */
let listed: MusterClient;
let unlistedKey: string;
const issued: string[] = [];

function account(
  accountId: string,
  changes: Partial<Schemas['CreateAccount']> = {},
): Schemas['CreateAccount'] {
  const settings = { host_identity: true, regions: REGIONS, resource_types: FEW_TYPES };
  return { vendor: 'AWS', account_id: accountId, account_name: 'AWS', ak: '', sk: '', settings, ...changes };
}

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false, hostIdentityTenants: ['default', 'listed'] });
  listed = muster.clientWith(await issueApiKey(muster, { tenant: 'listed' }));
  unlistedKey = await issueApiKey(muster, { tenant: 'unlisted' });
  externalId = `muster-${await tenantId(muster)}`;
  const role = { account: CUSTOMER, name: 'muster', trusts: ['111122223333'], externalId };
  aws = await startAwsSimulator({ preset: 'demo', regions: REGIONS, roles: [role] });
  aws.principals.sessionMs = SESSION_MS;
  machine = await startAwsMachine(() => {
    const session = aws.principals.issueSession(aws.key.accessKeyId);
    issued.push(session.secretAccessKey, session.sessionToken);
    return session;
  });
});

afterAll(async () => {
  await muster.close();
  await machine.close();
  await aws.close();
});

describe('an account with the identity of the machine', () => {
  const add = (body: object, apiKey = muster.apiKey) => muster.call('POST', ACCOUNTS, { body, apiKey });
  const change = (id: string, body: object, apiKey = muster.apiKey) =>
    muster.call('PUT', `${ACCOUNTS}/${id}`, { body, apiKey });
  const KEYS = { ak: 'AKIASIMULATED0000001', sk: 'secret' };

  it('is refused to a tenant that the operator did not name', async () => {
    const refusal = {
      ...INVALID,
      message: /^settings\.host_identity: the tenant unlisted may not .* HOST_IDENTITY_TENANTS/,
    };
    expectError(await add(account('1'), unlistedKey), refusal);
    const own = await add(account('1', { ...KEYS, settings: {} }), unlistedKey);
    const id = own.body['data'] as string;
    const changes = { ak: '', sk: '', settings: { host_identity: true } };
    expectError(await change(id, changes, unlistedKey), refusal);
    const [shown] = (await muster.clientWith(unlistedKey).get(ACCOUNTS, { params: { query: { limit: 9 } } }))
      .data;
    expect(shown).toMatchObject({ ak: KEYS.ak, settings: {}, external_id: null });
  });

  it('has no keys, which are left out and put in together with the setting', async () => {
    const both = { ...INVALID, message: /^ak and sk must both be sent as "" with settings\.host_identity/ };
    for (const keys of [KEYS, { ...KEYS, sk: '' }, { ...KEYS, ak: '' }]) {
      expectError(await add(account('2', keys)), both);
    }
    const id = await muster.addAccount(account('2'));
    expect((await muster.listAccounts('2'))[0]).toMatchObject({ ak: '', external_id: externalId });
    expectError(await change(id, KEYS), both);
    await muster.changeAccount(id, { account_name: 'other' });
    await muster.changeAccount(id, { ...KEYS, settings: {} });
    expect((await muster.listAccounts('2'))[0]).toMatchObject({ ak: KEYS.ak, external_id: null });
    for (const keys of [{}, { ak: '' }, { sk: '' }]) {
      expectError(await change(id, { ...keys, settings: { host_identity: true } }), both);
    }
    await muster.changeAccount(id, { ak: '', sk: '', settings: { host_identity: true } });
    await muster.removeAccount(id);
  });

  it('chooses neither where that identity is shown nor its external id', async () => {
    for (const [name, value] of Object.entries({
      endpoint: 'https://aws.example',
      role_external_id: 'mine',
    })) {
      const settings = { host_identity: true, [name]: value };
      const message = `settings.host_identity cannot be set together with ${name}`;
      expectError(await add(account('3', { settings })), { ...INVALID, message });
    }
    const settings = { endpoint: 'https://vc.example', host_identity: true };
    expectError(await add(vmwareAccount('3', { settings })), { ...INVALID, message: 'host_identity' });
  });
});

describe('a worker on the machine', () => {
  const workers: MusterProcess[] = [];

  afterAll(async () => {
    for (const worker of workers) await worker.kill('SIGKILL');
  });

  /** Its environment is the operator's, and nothing of whoever runs the tests. */
  const startWorker = async (tenants: string): Promise<MusterProcess> => {
    const foreign = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
    const worker = await MusterProcess.start('worker', {
      ...muster.settings.environment,
      ...Object.fromEntries(foreign.map((name) => [name, ''])),
      HOST_IDENTITY_TENANTS: tenants,
      AWS_CONFIG_FILE: '/nonexistent/config',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
      AWS_ENDPOINT_URL: aws.url,
      ...machine.container,
    });
    workers.push(worker);
    return worker;
  };
  const syncOf = (account_id: string) => muster.sync({ vendor: 'AWS', account_id });
  const errorOf = (task: Task) => task.accounts[0]?.error;
  const roleAccount = account(CUSTOMER, {
    settings: { host_identity: true, regions: REGIONS, resource_types: FEW_TYPES, role_arn: ROLE },
  });

  it('lists what the machine may see, and the customer’s account by the role that trusts it', async () => {
    await startWorker('default, listed');
    await muster.addAccount(account('111122223333'));
    await muster.addAccount(roleAccount);
    for (const id of ['111122223333', CUSTOMER]) {
      const task = await syncOf(id);
      expect([id, task.state, errorOf(task)]).toEqual([id, 'SUCCEEDED', null]);
      expect(task.counts.created).toBeGreaterThan(10);
    }
    expect(machine.requests['container']).toBeGreaterThan(2); // more than one for each connection
  });

  it('is refused the customer’s role for another tenant, though it may use the machine', async () => {
    const id = (await listed.post(ACCOUNTS, { body: roleAccount })).data;
    const query = { account_id: CUSTOMER, limit: 1 };
    const own = (await listed.get(ACCOUNTS, { params: { query } })).data[0]?.external_id ?? '';
    expect(own).toMatch(/^muster-[0-9a-f-]{36}$/);
    expect(own).not.toBe(externalId);
    const params = { path: { id } };
    const check = (await listed.post(`${ACCOUNTS}/{id}/verify`, { params })).data;
    expect(check).toMatchObject({ status: 'failed', kind: 'credentials', code: 'ROLE_REFUSED' });
    expect(check.message).toContain(own);
    expect(check.message).not.toContain(externalId);
  });

  it('stops when the tenant is taken off the list, and nothing is deleted', async () => {
    await workers.pop()?.kill('SIGKILL');
    await startWorker('listed');
    const calls = { ...aws.requests };
    const before = (await muster.listAll('AWS')).length;
    const task = await syncOf('111122223333');
    expect(task).toMatchObject({ state: 'FAILED', counts: { deleted: 0 } });
    expect(errorOf(task)).toMatchObject({
      kind: 'credentials',
      code: 'HOST_IDENTITY_REFUSED',
      retryable: false,
      message: expect.stringContaining('HOST_IDENTITY_TENANTS'),
    });
    expect((await muster.listAccounts('111122223333'))[0]?.failure_msg).toContain('HOST_IDENTITY_TENANTS');
    expect((await muster.listAll('AWS')).length).toBe(before);
    expect(aws.requests).toEqual(calls);
  });

  it('keeps the machine’s keys to itself', async () => {
    const { rows } = await muster.sql.query<{ text: string }>(
      `SELECT string_agg(text, ' ') AS text FROM (SELECT t::text AS text FROM sync_unit t
         UNION ALL SELECT t::text FROM sync_run t UNION ALL SELECT t::text FROM account_check t
         UNION ALL SELECT t::text FROM vendor_account t UNION ALL SELECT t::text FROM audit_entry t
         UNION ALL SELECT t::text FROM outbox_event t) AS row`,
    );
    const texts = [rows[0]?.text ?? '', muster.logs.join(''), workers.flatMap(({ logs }) => logs).join('')];
    expect(issued.length).toBeGreaterThan(4);
    for (const text of texts) {
      expect(text.length).toBeGreaterThan(500);
      for (const secret of issued) expect(text.includes(secret)).toBe(false);
    }
  });
});
