import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { vmwareAdapter } from '../libs/vendors/src/vmware/adapter.js';
import { eventually } from './support/eventually.js';
import { findFreePort } from './support/free-port.js';
import { TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

const SYNC = { vendor: 'VMWARE', account_id: 'vc-1' } as const;
/** Small pages, so that a listing of a few machines has some. */
const OBJECTS_PER_PAGE = 5;
const VMS = 23;

describe('what a user sees of a vCenter that is not as it should be', () => {
  let muster: TestMuster;
  let vcenter: VsphereSimulator;

  beforeEach(async () => {
    muster = await TestMuster.start({
      adapters: { VMWARE: () => Promise.resolve(vmwareAdapter(OBJECTS_PER_PAGE)) },
    });
    vcenter = await startVsphereSimulator({
      dialect: 'vcenter',
      tls: true,
      counts: { virtualMachines: VMS },
    });
  });

  afterEach(async () => {
    await muster.close();
    await vcenter.close();
  });

  const trusted = () => ({ tls_fingerprint_sha256: vcenter.fingerprintSha256 });
  const machinesOf = async (taskId: string) =>
    (await muster.showTask(taskId)).accounts[0]?.units.find(({ type }) => type === 'cloudservers');

  it('names the fingerprint of a certificate that it does not trust, and sends no password', async () => {
    await muster.addAccount(vcenterAccount(vcenter));

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('FAILED');
    expect(task.accounts[0]?.error).toMatchObject({ kind: 'credentials', code: 'CERTIFICATE_UNTRUSTED' });
    expect(task.accounts[0]?.error?.message).toContain(vcenter.fingerprintSha256);
    expect(vcenter.counters.requests).toEqual({});
  });

  it('tells all of these apart when the account is verified, without a sync', async () => {
    const verify = (id: string) => muster.verifyAccount(id);
    const add = async (accountId: string, changes: object, settings: object = trusted()) =>
      muster.addAccount({ ...vcenterAccount(vcenter, accountId, settings), ...changes });

    expect(await verify(await add('untrusted', {}, {}))).toMatchObject({
      status: 'failed',
      kind: 'credentials',
      code: 'CERTIFICATE_UNTRUSTED',
      message: expect.stringContaining(vcenter.fingerprintSha256),
    });
    expect(vcenter.counters.requests).toEqual({});

    expect(await verify(await add('wrong', { sk: 'wrong' }))).toMatchObject({
      status: 'failed',
      kind: 'credentials',
      code: 'InvalidLogin',
    });
    const nobody = { endpoint: `https://127.0.0.1:${String(await findFreePort())}/sdk`, tls_verify: false };
    expect(await verify(await add('down', { settings: nobody }))).toMatchObject({
      status: 'failed',
      kind: 'unavailable',
      code: 'ECONNREFUSED',
    });
    expect(await verify(await add('right', {}))).toMatchObject({
      status: 'success',
      message: '',
      scopes: [{ id: vcenter.instanceUuid, name: expect.stringContaining('127.0.0.1') }],
    });
    expect(vcenter.counters.requests).toMatchObject({ Login: 2, Logout: 1 });
    expect(vcenter.counters.requests['CreateContainerView']).toBeUndefined();
  });

  it('tries a wrong password once, then takes the right one', async () => {
    const account = { ...vcenterAccount(vcenter, 'vc-1', trusted()), sk: 'wrong' };
    const id = await muster.addAccount(account);

    const refused = await muster.sync(SYNC);

    expect(refused.accounts[0]?.error).toMatchObject({ kind: 'credentials', code: 'InvalidLogin' });
    expect(vcenter.counters.requests['Login']).toBe(1);
    expect(await muster.listAccounts()).toMatchObject([
      { sync_status: 'failed', failure_msg: expect.stringMatching(/password/) },
    ]);

    await muster.changeAccount(id, { sk: vcenter.password });
    expect((await muster.sync(SYNC)).state).toBe('SUCCEEDED');
  });

  it('waits for a vCenter that is down, and goes on when it is up', async () => {
    const port = await findFreePort();
    const url = `https://127.0.0.1:${String(port)}/sdk`;
    await muster.addAccount({
      ...vcenterAccount(vcenter),
      settings: { endpoint: url, tls_verify: false },
    });
    const taskId = await muster.requestSync(SYNC);
    const waiting = await eventually('the first attempt fails', async () => {
      const task = await muster.showTask(taskId);
      return task.accounts[0]?.error ? task : undefined;
    });
    expect(waiting.state).toBe('RUNNING');
    expect(waiting.accounts[0]?.error).toMatchObject({
      kind: 'unavailable',
      code: 'ECONNREFUSED',
      retryable: true,
    });

    const late = await startVsphereSimulator({ tls: true, port, counts: { virtualMachines: VMS } });
    const task = await muster.finishedTask(taskId);
    await late.close();

    expect(task.state).toBe('SUCCEEDED');
  });

  it('does not notice that the session ends in the middle, nor answers that break off', async () => {
    await muster.addAccount(vcenterAccount(vcenter, 'vc-1', trusted()));
    vcenter.faults.failNext(1, { kind: 'delay', delayMs: 300 }, 'RetrievePropertiesEx');
    const taskId = await muster.requestSync(SYNC);
    await eventually('a page is committed', async () => ((await machinesOf(taskId))?.pages ?? 0) > 0);
    vcenter.faults.expireSessions();
    vcenter.faults.failNext(1, { kind: 'cut' }, 'RetrievePropertiesEx');
    vcenter.faults.failNext(1, { kind: 'malformed' }, 'RetrievePropertiesEx');
    vcenter.faults.failNext(1, { kind: 'status', status: 503 }, 'RetrievePropertiesEx');

    const task = await muster.finishedTask(taskId);

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, deleted: 0 } });
    expect(await machinesOf(taskId)).toMatchObject({ seen: VMS, created: VMS });
  });

  it('goes slower for a vCenter that is overloaded and says when to come again', async () => {
    await muster.addAccount(vcenterAccount(vcenter, 'vc-1', trusted()));
    const headers = { 'retry-after': '3' };
    const overloaded = { kind: 'status', status: 503, headers } as const;
    vcenter.faults.failNext(1, overloaded, 'RetrievePropertiesEx');
    const taskId = await muster.requestSync(SYNC);

    await eventually('a unit waits for the vCenter', async () =>
      (await muster.showTask(taskId)).accounts[0]?.units.some(
        ({ state, error }) => state === 'WAITING' && error?.code === 'HTTP 503' && error.kind === 'throttled',
      ),
    );
    const { rows } = await muster.sql.query<{ api: string; rate: number }>(
      'SELECT api, rate FROM call_bucket WHERE rate IS NOT NULL',
    );
    expect(rows).toEqual([{ api: 'vim', rate: 50 }]);

    const task = await muster.finishedTask(taskId);
    expect(task.state).toBe('SUCCEEDED');
    expect(task.timings.waits.throttled_ms).toBeGreaterThanOrEqual(3_000);
    expect(await machinesOf(taskId)).toMatchObject({ seen: VMS, created: VMS });
  });

  it('leaves out a machine that is destroyed between two pages, and deletes it', async () => {
    await muster.addAccount(vcenterAccount(vcenter, 'vc-1', trusted()));
    await muster.sync(SYNC);
    const last = [...vcenter.inventory.virtualMachines()].at(-1);
    if (last === undefined) throw new Error('the estate has no machine');
    const taskId = await muster.requestSync(SYNC);
    await eventually(
      'its references are listed',
      () => (vcenter.counters.requests['CreateContainerView'] ?? 0) > 0,
    );
    vcenter.inventory.powerOff(last);
    vcenter.inventory.destroy(last);
    await muster.finishedTask(taskId);

    // Whether this listing or the next one lacks it depends on who was faster.
    expect((await muster.sync(SYNC)).state).toBe('SUCCEEDED');
    const ids = (await muster.listAll('VMWARE', 'cloudservers')).map(({ resource_id }) => resource_id);
    expect(ids).toHaveLength(VMS - 1);
    expect(ids.some((id) => id.endsWith(`:${last.id}`))).toBe(false);
  });
});
