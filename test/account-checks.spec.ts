import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import { pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { settle } from './support/settle.js';
import { TestMuster, type TestMusterOptions } from './support/test-muster.js';

/** Longer than any test waits for a check that comes. */
const PATIENT_MS = 120_000;
/** For a check that doesn't come in time. */
const IMPATIENT_MS = 300;
const NOT_CHECKED = 'The credentials have not been checked yet.';
const DATE = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const refusal = new SyncError('credentials', 'The vendor refuses the password.', {
  vendorCode: 'InvalidLogin',
});

describe.each(queueBackends())('the check of an account, with its queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;

  beforeEach(() => {
    vendor = new ScriptedVendor();
  });
  afterEach(() => muster.close());

  const start = async (options: TestMusterOptions = {}): Promise<void> => {
    muster = await TestMuster.start({
      backend,
      adapters: vendor.adapters,
      accountCheckMs: PATIENT_MS,
      ...options,
    });
  };
  const list = () => muster.listAccounts();
  const only = async () => (await list())[0]!;
  const change: TestMuster['changeAccount'] = (id, changes) => muster.changeAccount(id, changes);
  /** Of clients, to the API. */
  const connections = () =>
    promisify((done: (error: Error | null, count: number) => void) => {
      muster.api.app.getHttpServer().getConnections(done);
    })();
  const verify = (id: string) => muster.verifyAccount(id);

  describe('that is added or changed', () => {
    it('fills the fields that Terraform reads next, which then stay', async () => {
      await start();
      await muster.addAccount(scriptedAccount('a'));

      const account = await only();
      expect(account).toMatchObject({
        sync_status: 'success',
        failure_msg: '',
        sync_date: DATE,
        create_time: DATE,
        update_time: DATE,
      });
      expect([vendor.connects, vendor.open]).toEqual([1, 0]);
      await eventually('the reconciler has made a pass', async () => {
        const { rows } = await muster.sql.query(
          "SELECT now() - requested_at > interval '1 second' AS later FROM account_check",
        );
        return (rows[0] as { later: boolean }).later;
      });
      expect(await only()).toEqual(account);
    });

    it('says why its credentials are no good, and is stored all the same', async () => {
      vendor.connectError = refusal;
      await start();
      const id = await muster.addAccount(scriptedAccount('a'));
      expect(await only()).toMatchObject({
        id,
        sync_status: 'failed',
        failure_msg: 'The vendor refuses the password.',
      });

      vendor.connectError = undefined;
      expect(await change(id, { sk: 'right' })).toBe(id);
      expect(await only()).toMatchObject({ sync_status: 'success', failure_msg: '' });
      expect(vendor.connects).toBe(2);
    });

    it.each([{ ak: 'other' }, { sk: 'other' }, { settings: { endpoint: 'https://other' } }])(
      'is checked when %j changes, but not when it is renamed',
      async (credentials) => {
        await start();
        const id = await muster.addAccount(scriptedAccount('a'));
        const before = await only();
        await change(id, { account_name: 'renamed' });
        expect(vendor.connects).toBe(1);
        expect((await only()).sync_date).toBe(before.sync_date);
        await change(id, credentials);
        expect(vendor.connects).toBe(2);
      },
    );

    it('waits for no vendor longer than it may, and learns of the outcome later', async () => {
      const hold = gate();
      vendor.connecting = () => hold.opened;
      await start({ accountCheckMs: IMPATIENT_MS });
      await muster.addAccount(scriptedAccount('a'));
      expect(await only()).toMatchObject({
        sync_status: 'waiting',
        failure_msg: NOT_CHECKED,
        sync_date: DATE,
      });

      hold.open();
      await eventually('the outcome is there', async () => (await only()).sync_status === 'success');
      expect(await only()).toMatchObject({ failure_msg: '' });
    });

    it('waits for no worker longer than it may', async () => {
      await start({ workers: false, accountCheckMs: IMPATIENT_MS });
      const id = await muster.addAccount(scriptedAccount('a'));
      expect(await only()).toMatchObject({ sync_status: 'waiting', failure_msg: NOT_CHECKED });
      expect(await verify(id)).toEqual({
        status: 'pending',
        kind: null,
        code: null,
        message: expect.stringContaining('see that a worker runs'),
        scopes: [],
        checked_at: null,
      });
    });

    it('is checked with what it was changed to, also when the check has begun before', async () => {
      const hold = gate();
      const tried: string[] = [];
      vendor.connecting = (sk) => {
        tried.push(sk);
        if (sk === 'right') return undefined;
        return hold.opened.then(() => Promise.reject(refusal));
      };
      await start();
      const adding = muster.addAccount(scriptedAccount('a'));
      await eventually('the check has begun', () => tried.length === 1);
      const changing = change((await only()).id, { sk: 'right' });
      await eventually('the secret is changed', async () => {
        const { rowCount } = await muster.sql.query(
          'SELECT 1 FROM vendor_account WHERE update_time > create_time',
        );
        return rowCount === 1;
      });

      hold.open();

      await Promise.all([adding, changing]);
      expect(tried).toEqual(['secret', 'right']);
      expect(await only()).toMatchObject({ sync_status: 'success', failure_msg: '' });
    });

    it('leaves its status to the sync that runs', async () => {
      const hold = gate();
      vendor.scripts['things'] = pagesOf([['x']], () => hold.opened);
      await start();
      const id = await muster.addAccount(scriptedAccount('a'));
      const taskId = await muster.requestSync({ vendor: 'VMWARE' });
      await eventually(
        'a unit runs',
        async () => (await muster.showTask(taskId)).progress.by_state['RUNNING'],
      );
      expect((await only()).sync_status).toBe('running');

      vendor.connectError = refusal;
      await change(id, { sk: 'wrong' });
      expect(await only()).toMatchObject({ sync_status: 'running', failure_msg: '' });

      hold.open();
      await muster.finishedTask(taskId);
      expect((await only()).sync_status).toBe('success');
    });

    it('goes without a check where there shall be none', async () => {
      await start({ accountCheckMs: 0 });
      await muster.addAccount(scriptedAccount('a'));
      expect(await only()).toMatchObject({ sync_status: 'waiting', failure_msg: '' });
      expect((await muster.sql.query('SELECT 1 FROM account_check')).rowCount).toBe(0);
    });
  });

  describe('that is verified', () => {
    it('shows where the account leads, and does not touch its status', async () => {
      vendor.scopes = [
        { key: 'r-1', name: 'Region 1' },
        { key: 'r-2', name: 'Region 2' },
      ];
      await start({ accountCheckMs: 0 });
      const id = await muster.addAccount(scriptedAccount('a'));
      const before = await only();
      expect(await verify(id)).toEqual({
        status: 'success',
        kind: null,
        code: null,
        message: '',
        scopes: [
          { id: 'r-1', name: 'Region 1', region: null, included: true },
          { id: 'r-2', name: 'Region 2', region: null, included: true },
        ],
        checked_at: DATE,
      });
      expect(await only()).toEqual(before);
      expect([vendor.connects, vendor.open]).toEqual([1, 0]);
    });

    it.each([
      [
        'refused',
        refusal,
        { kind: 'credentials', code: 'InvalidLogin', message: 'The vendor refuses the password.' },
      ],
      [
        'away',
        new SyncError('unavailable', 'Nobody answers at vc.', { vendorCode: 'ECONNREFUSED' }),
        { kind: 'unavailable', code: 'ECONNREFUSED', message: 'Nobody answers at vc.' },
      ],
      [
        'beyond us',
        new TypeError('secret is no password'),
        { kind: 'bug', code: null, message: "Unexpected TypeError; the worker's log has the details." },
      ],
    ])('says what is wrong: %s', async (_what, error, shown) => {
      vendor.connectError = error;
      await start({ accountCheckMs: 0 });
      const id = await muster.addAccount(scriptedAccount('a'));
      expect(await verify(id)).toEqual({ status: 'failed', ...shown, scopes: [], checked_at: DATE });
    });

    it('signs in once for all that ask together', async () => {
      const hold = gate();
      vendor.connecting = () => hold.opened;
      await start({ accountCheckMs: 0 });
      const id = await muster.addAccount(scriptedAccount('a'));
      const first = verify(id);
      await eventually('the check has begun', () => vendor.connects === 1);
      const others = Array.from({ length: 20 }, () => verify(id));
      await eventually('all have asked', async () => (await connections()) > others.length);
      expect(vendor.connects).toBe(1);
      hold.open();
      const checks = await Promise.all([first, ...others]);
      expect(checks.map(({ status }) => status)).toEqual(checks.map(() => 'success'));
      expect(vendor.connects).toBeLessThan(checks.length); // who came after the end has begun another
    });

    it('does not show refused credentials to the vendor again and again', async () => {
      vendor.connectError = refusal;
      await start({ accountCheckMs: 0 });
      const id = await muster.addAccount(scriptedAccount('a'));
      const first = await verify(id);
      for (let time = 0; time < 5; time += 1) expect(await verify(id)).toEqual(first);
      expect(vendor.connects).toBe(1);

      vendor.connectError = undefined;
      await change(id, { sk: 'right' });
      expect(await verify(id)).toMatchObject({ status: 'success' });

      vendor.connectError = refusal; // the password was changed at the vendor
      expect(await verify(id)).toMatchObject({ status: 'failed' });
      await muster.sql.query(`UPDATE account_check SET finished_at = now() - interval '61 seconds'`);
      vendor.connectError = undefined; // and changed back
      expect(await verify(id)).toMatchObject({ status: 'success' });
    });

    it('shows no preview of a vendor whose types are fixed', async () => {
      await start({ accountCheckMs: 0 });
      const id = await muster.addAccount(scriptedAccount('a'));
      expect(await muster.call('POST', `/v1/vendor-account/${id}/preview`)).toMatchObject({
        status: 409,
        body: {
          error_code: 'COC.00101105',
          error_msg: 'Accounts of VMWARE have no preview: what they list is fixed.',
        },
      });
      expect(vendor.connects).toBe(0);
    });

    it('does not stand behind syncs that fill every slot', async () => {
      const hold = gate();
      for (const type of ['one', 'two']) vendor.scripts[type] = pagesOf([['x']], () => hold.opened);
      await start({ accountCheckMs: 0 });
      for (const account of ['a', 'b', 'c']) await muster.addAccount(scriptedAccount(account));
      const taskId = await muster.requestSync({ vendor: 'VMWARE' });
      await eventually('four units run', async () => {
        return (await muster.showTask(taskId)).progress.by_state['RUNNING'] === 4;
      });
      for (const { id } of await list()) expect(await verify(id)).toMatchObject({ status: 'success' });
      hold.open();
      expect((await muster.finishedTask(taskId)).state).toBe('SUCCEEDED');
    });

    it('is taken up by another worker when the first is gone, and when the queue has lost it', async () => {
      await start({ accountCheckMs: 0 });
      const id = await muster.addAccount(scriptedAccount('a'));
      await verify(id);
      await muster.sql.query(
        `UPDATE account_check SET id = gen_random_uuid(), state = 'RUNNING', finished_at = NULL, scopes = NULL,
           lease_token = gen_random_uuid(), lease_until = now() - interval '1 second',
           enqueued_at = now() - interval '1 minute'`,
      );
      await eventually('it is done', async () => {
        return (await muster.sql.query(`SELECT 1 FROM account_check WHERE state = 'DONE'`)).rowCount === 1;
      });
      expect(vendor.connects).toBe(2);
    });

    it('ends with the account', async () => {
      const hold = gate();
      vendor.connecting = () => hold.opened;
      await start({ accountCheckMs: 0 });
      const id = await muster.addAccount(scriptedAccount('a'));
      const verifying = settle([verify(id)]);
      await eventually('the check has begun', () => vendor.connects === 1);
      await muster.removeAccount(id);
      expect((await verifying).refusals).toMatchObject([{ status: 404 }]);
      hold.open();
      await eventually('the worker has signed out', () => vendor.open === 0);
      for (const gone of [id, 'a']) await expect(verify(gone)).rejects.toMatchObject({ status: 404 });
    });

    it('lets those who wait for it go when the process stops', async () => {
      await start({ workers: false });
      const began = performance.now();
      const adding = settle([muster.addAccount(scriptedAccount('a'))]);
      await eventually('it waits', async () => {
        return (await muster.sql.query('SELECT 1 FROM account_check')).rowCount === 1;
      });
      await muster.stopApp();
      expect((await adding).refusals).toEqual([]);
      expect(performance.now() - began).toBeLessThan(PATIENT_MS);
    });
  });
});
