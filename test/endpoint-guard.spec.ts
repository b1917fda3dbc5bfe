import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { expectError } from '../apps/api/test/support/expect-error.js';
import { eventually } from './support/eventually.js';
import { TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

const ACCOUNTS = '/v1/vendor-account';

interface Account {
  id: string;
  sync_status: string;
  failure_msg: string;
}

let vcenter: VsphereSimulator;
let muster: TestMuster;

beforeAll(async () => {
  vcenter = await startVsphereSimulator({ preset: 'plain', tls: false });
});
afterAll(() => vcenter.close());
afterEach(() => muster.close());

const add = (endpoint: string, more: object = {}) =>
  muster.call('POST', ACCOUNTS, { body: { ...vcenterAccount(vcenter), settings: { endpoint }, ...more } });

describe('an account’s endpoint', () => {
  it('is refused where it is inside, in whatever disguise, and nothing is stored', async () => {
    muster = await TestMuster.start({ workers: false, endpointNetworks: [] });
    for (const [host, shown] of [
      ['127.0.0.1', '127.0.0.1 is a loopback address'],
      ['localhost:8443', 'localhost is a loopback address'],
      ['vc.localhost.', 'vc.localhost. is a loopback address'],
      ['2130706433', '127.0.0.1 is a loopback address'],
      ['0177.0.0.1', '127.0.0.1 is a loopback address'],
      ['0x7f.1', '127.0.0.1 is a loopback address'],
      ['127.0.0.1.', '127.0.0.1 is a loopback address'],
      ['[::ffff:127.0.0.1]', '[::ffff:7f00:1] is a loopback address'],
      ['10.0.0.5', '10.0.0.5 is a private address'],
      ['192.168.0.1:443', '192.168.0.1 is a private address'],
      ['[fd00::1]', '[fd00::1] is a private address'],
      ['169.254.169.254', '169.254.169.254 is where a cloud tells its machines secrets'],
      ['[fd00:ec2::254]', '[fd00:ec2::254] is where a cloud tells its machines secrets'],
    ] as const) {
      for (const scheme of ['https', 'http']) {
        expectError(await add(`${scheme}://${host}/sdk`), {
          status: 400,
          code: 'COC.00010002',
          message: `settings.endpoint: ${shown}, which Muster may not call.`,
        });
      }
    }
    // An address for an id, as Huawei's clients give it.
    const byId = { ...vcenterAccount(vcenter), account_id: '10.0.0.5', settings: undefined };
    const { body } = await muster.call('POST', ACCOUNTS, { body: byId });
    expect(body['error_msg']).toContain(
      "have Muster's operator name it, or its network, in ENDPOINT_ALLOWED_NETWORKS",
    );
    expect((await muster.sql.query('SELECT FROM vendor_account')).rowCount).toBe(0);

    const added = await add('https://vcenter.example');
    expect(added.status).toBe(200);
    const change = { body: { settings: { endpoint: 'https://10.0.0.5' } } };
    expect((await muster.call('PUT', `${ACCOUNTS}/${String(added.body['data'])}`, change)).status).toBe(400);
    expect((await muster.sql.query('SELECT settings FROM vendor_account')).rows).toEqual([
      { settings: { endpoint: 'https://vcenter.example' } },
    ]);
  });

  it('may be inside where the operator allows it', async () => {
    muster = await TestMuster.start({ workers: false, endpointNetworks: ['10.0.0.0/24', 'fd12::/16'] });
    expect((await add('https://10.0.0.5')).status).toBe(200);
    expect((await add('https://[fd12::1]', { account_id: 'b' })).status).toBe(200);
    expect((await add('https://10.0.1.5', { account_id: 'c' })).status).toBe(400);
  });

  it('is not called although it is stored, as from when it was allowed', async () => {
    muster = await TestMuster.start({ endpointNetworks: [] });
    const { body } = await add('https://vcenter.example');
    const endpoint = vcenter.url.replace('127.0.0.1', 'localhost');
    await muster.sql.query('UPDATE vendor_account SET settings = $1', [{ endpoint }]);
    const path = `${ACCOUNTS}/${String(body['data'])}/verify`;
    const check = await eventually('the account was checked', async () => {
      const { data } = (await muster.call<{ data: Record<string, unknown> }>('POST', path)).body;
      return data['status'] === 'failed' ? data : undefined;
    });
    expect(check).toMatchObject({ kind: 'credentials', code: 'ENDPOINT_REFUSED' });
    expect(JSON.stringify(check)).toContain('localhost is a loopback address, which Muster may not call.');

    const task = await muster.sync({ vendor: 'VMWARE' });
    expect(task.state).toBe('FAILED');
    expect(task.accounts[0]?.error).toMatchObject({ kind: 'credentials', code: 'ENDPOINT_REFUSED' });
    expect(vcenter.counters.requests).toEqual({});
    const { body: listed } = await muster.call<{ data: Account[] }>('GET', `${ACCOUNTS}?limit=1`);
    expect(listed.data[0]).toMatchObject({ sync_status: 'failed' });
    expect(listed.data[0]?.failure_msg).toContain('ENDPOINT_ALLOWED_NETWORKS');
  });

  it('is synced where it is allowed, as by the simulators of all other tests', async () => {
    muster = await TestMuster.start({ endpointNetworks: ['127.0.0.1'] });
    await muster.addAccount(vcenterAccount(vcenter));
    expect((await muster.sync({ vendor: 'VMWARE' })).state).toBe('SUCCEEDED');
  });
});
