import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { eventually } from '../../../test/support/eventually.js';
import { items, pagesOf, ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { type ListedResource, TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { issueApiKey } from './support/issue-credential.js';
import { vmwareAccount } from './support/vmware-account.js';

const ACCOUNTS = '/v1/vendor-account';
const RESOURCES = '/v1/multicloud-resources';
const SYNC = '/v1/multicloud-resources/sync';

let muster: TestMuster;
let vendor: ScriptedVendor;
/** The other tenant's key. */
let apiKey: string;
/** What the first tenant has. */
let accountId: string;
let taskId: string;
let resources: ListedResource[];

beforeAll(async () => {
  vendor = new ScriptedVendor();
  vendor.scripts['things'] = pagesOf([items('t', 5)]);
  muster = await TestMuster.start({ adapters: vendor.adapters });
  accountId = await muster.addAccount(vmwareAccount('shared'));
  taskId = (await muster.sync({ vendor: 'VMWARE' })).task_id;
  resources = await muster.listAll('VMWARE');
  apiKey = await issueApiKey(muster, { tenant: 'other' });
});

afterAll(() => muster.close());

/** All that there is, to see that a stranger changed none of it. */
async function everything() {
  const tables = [
    ...['vendor_account', 'resource', 'resource_change'],
    ...['sync_task', 'sync_run', 'sync_unit', 'sync_transition'],
  ];
  const dumps = await Promise.all(
    tables.map((table) =>
      muster.sql.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t ORDER BY 1`),
    ),
  );
  return dumps.map(({ rows }) => rows.map(({ row }) => row));
}

describe('another tenant', () => {
  const asOther = (method: string, path: string, body?: object) =>
    muster.call(method, path, { apiKey, ...(body === undefined ? {} : { body }) });

  it('sees no account, resource or count of the first', async () => {
    expect(resources).toHaveLength(5);
    expect((await asOther('GET', `${ACCOUNTS}?limit=500`)).body).toEqual({ data: [], total: 0 });
    const queries = [
      '',
      'type=things',
      `resource_id_list=${resources[0]!.resource_id}`,
      `name_list=${resources[0]!.name}`,
    ];
    for (const query of queries) {
      const filter = `vendor=VMWARE&${query}`;
      expect((await asOther('GET', `${RESOURCES}?limit=500&${filter}`)).body).toEqual({ data: [] });
      expect((await asOther('GET', `${RESOURCES}/count?${filter}`)).body).toEqual({ data: 0 });
    }
  });

  it('gets nowhere with the first’s ids as markers', async () => {
    const marker = '00000000-0000-7000-8000-000000000000';
    for (const id of [marker, accountId, resources[0]!.id]) {
      expect((await asOther('GET', `${ACCOUNTS}?limit=9&marker=${id}`)).body).toEqual({ data: [], total: 0 });
      const path = `${RESOURCES}?vendor=VMWARE&limit=9&marker=${id}`;
      expect((await asOther('GET', path)).body).toEqual({ data: [] });
    }
  });

  it('cannot tell the first’s account or task from one that does not exist', async () => {
    const before = await everything();
    const sameButForTheId = async (id: string, ask: (id: string) => ReturnType<typeof asOther>) => {
      const missing = randomUUID();
      const [theirs, none] = [await ask(id), await ask(missing)];
      const shown = ({ status, body }: typeof theirs, asked: string) => [
        status,
        body['error_code'],
        String(body['error_msg']).replaceAll(asked, 'ID'),
      ];
      expect(shown(theirs, id)).toEqual(shown(none, missing));
      return theirs;
    };
    const noAccount = { status: 400, code: 'COC.00101102', message: accountId };
    const change = { account_name: 'mine', ak: 'mine', sk: 'mine', settings: { endpoint: 'https://mine' } };

    expectError(
      await sameButForTheId(accountId, (id) => asOther('PUT', `${ACCOUNTS}/${id}`, change)),
      noAccount,
    );
    expectError(await sameButForTheId(accountId, (id) => asOther('DELETE', `${ACCOUNTS}/${id}`)), noAccount);
    expectError(await sameButForTheId(taskId, (id) => asOther('GET', `${SYNC}/${id}`)), {
      status: 404,
      code: 'COC.00101201',
      message: taskId,
    });
    for (const verb of ['verify', 'preview']) {
      expectError(await sameButForTheId(accountId, (id) => asOther('POST', `${ACCOUNTS}/${id}/${verb}`)), {
        ...noAccount,
        status: 404,
      });
    }
    const part = { upload_id: randomUUID(), part: 0, content: 'mine' };
    expectError(
      await sameButForTheId(accountId, (id) => asOther('PUT', `${ACCOUNTS}/${id}/document`, part)),
      noAccount,
    );
    for (const part of ['plan?limit=1', 'transitions?limit=5']) {
      expectError(await sameButForTheId(taskId, (id) => asOther('GET', `${SYNC}/${id}/${part}`)), {
        status: 404,
        code: 'COC.00101201',
        message: taskId,
      });
    }
    for (const verb of ['cancel', 'retry']) {
      expectError(await sameButForTheId(taskId, (id) => asOther('POST', `${SYNC}/${id}/${verb}`)), {
        status: 404,
        code: 'COC.00101201',
        message: taskId,
      });
    }

    expect(await everything()).toEqual(before);
  });

  it('reads no coverage of the first’s, and neither decides about nor undoes its prunes', async () => {
    vendor.scripts['things'] = pagesOf([]);
    const held = await muster.sync({ vendor: 'VMWARE' });
    vendor.scripts['things'] = pagesOf([items('t', 5)]);
    const [unit] = held.accounts.flatMap(({ units }) => units);
    expect(unit).toMatchObject({ state: 'PRUNE_HELD', held_deletes: 5 });
    const before = await everything();
    const prune = `${SYNC}/${held.task_id}/units/${unit!.id}/prune`;

    expect((await asOther('GET', `/v1/accounts/${accountId}/coverage`)).status).toBe(404);
    expect((await asOther('POST', prune, { decision: 'approve' })).status).toBe(404);
    expect((await asOther('POST', `${prune}/undo`)).status).toBe(404);

    expect(await everything()).toEqual(before);
    expect((await muster.call('POST', prune, { body: { decision: 'approve' } })).status).toBe(200);
    const none = { status: 404, code: 'COC.00101201', message: 'no such unit' };
    expectError(await asOther('POST', `${prune}/undo`), none);
    expect(await muster.listAll('VMWARE')).toEqual([]);
    expect((await muster.call('POST', `${prune}/undo`)).body).toMatchObject({ data: { restored: 5 } });
    expect(await muster.listAll('VMWARE')).toEqual(resources);
  });

  it('cancels and retries nothing of the first’s, in whatever state it is', async () => {
    await muster.addAccount(vmwareAccount('running'));
    await muster.addAccount(vmwareAccount('failing'));
    let hold = true;
    vendor.scripts['things'] = pagesOf([items('t', 5)], async () => {
      await eventually('it may go on', () => !hold);
    });
    const running = await muster.requestSync({ vendor: 'VMWARE', account_id: 'running' });
    try {
      await eventually('it runs', async () => (await muster.showTask(running)).progress.by_state['RUNNING']);
      vendor.connectError = new SyncError('credentials', 'Wrong password.');
      const failed = await muster.sync({ vendor: 'VMWARE', account_id: 'failing' });
      expect(failed.state).toBe('FAILED');

      for (const path of [`${SYNC}/${running}/cancel`, `${SYNC}/${failed.task_id}/retry`]) {
        expectError(await asOther('POST', path), { status: 404, code: 'COC.00101201', message: 'no such' });
      }

      expect((await muster.showTask(running)).state).toBe('RUNNING');
      expect(await muster.showTask(failed.task_id)).toEqual(failed);
    } finally {
      hold = false;
      vendor.connectError = undefined;
    }
    expect((await muster.finishedTask(running)).state).toBe('SUCCEEDED');
    await removeAccountsButTheFirst();
  });

  it('syncs nothing of the first’s', async () => {
    const before = await everything();
    const connects = vendor.connects;

    expectError(await asOther('POST', SYNC, { vendor: 'VMWARE', account_id: 'shared' }), {
      status: 400,
      code: 'COC.00101102',
      message: 'no such VMWARE account',
    });
    expectError(await asOther('POST', SYNC, { vendor: 'VMWARE' }), {
      status: 400,
      code: 'COC.00101104',
      message: 'no VMWARE account to sync',
    });

    expect(await everything()).toEqual(before);
    expect(vendor.connects).toBe(connects);
  });

  it('may have an account and resources of the same names, of which the first sees nothing', async () => {
    const added = await asOther('POST', ACCOUNTS, vmwareAccount('shared', { account_name: 'theirs' }));
    expect(added.status).toBe(200);
    const { body } = await asOther('POST', SYNC, { vendor: 'VMWARE' });
    const theirTask = body['data'] as string;
    await waitFor(theirTask);

    const theirs = (await asOther('GET', `${RESOURCES}?vendor=VMWARE&limit=500`)).body;
    expect((theirs['data'] as ListedResource[]).map(({ resource_id }) => resource_id).sort()).toEqual(
      items('t', 5),
    );
    expect(await muster.listAll('VMWARE')).toEqual(resources);
    const ours = await muster.call<{ data: { account_name: string }[] }>('GET', `${ACCOUNTS}?limit=500`);
    expect(ours.body).toMatchObject({ total: 1, data: [{ id: accountId, account_name: 'vCenter shared' }] });
    expectError(await muster.call('GET', `${SYNC}/${theirTask}`), {
      status: 404,
      code: 'COC.00101201',
      message: theirTask,
    });
    expect((await asOther('DELETE', `${ACCOUNTS}/${added.body['data'] as string}`)).status).toBe(200);
    expect(await muster.listAll('VMWARE')).toEqual(resources);
    expect((await muster.sync({ vendor: 'VMWARE' })).accounts).toHaveLength(1);
  });

  async function removeAccountsButTheFirst(): Promise<void> {
    const { body } = await muster.call<{ data: { id: string }[] }>('GET', `${ACCOUNTS}?limit=500`);
    for (const { id } of body.data.filter((account) => account.id !== accountId)) {
      expect((await muster.call('DELETE', `${ACCOUNTS}/${id}`)).status).toBe(200);
    }
    await eventually('their resources are gone', async () => {
      return (await muster.listAll('VMWARE')).length === resources.length;
    });
    vendor.scripts['things'] = pagesOf([items('t', 5)]);
  }

  async function waitFor(task: string): Promise<void> {
    await eventually('the other tenant’s task ends', async () => {
      const { body } = await asOther('GET', `${SYNC}/${task}`);
      return (body['data'] as { state: string }).state === 'SUCCEEDED';
    });
  }
});

describe('what the database does for a caller', () => {
  it('is bound to the tenant of the caller, with a body or without, whatever a statement asks for', async () => {
    // Row-level security does not say whom it bound: a trigger does.
    await muster.sql.query(`
      CREATE TABLE acting (role text, tenant text, called text);
      GRANT INSERT ON acting TO PUBLIC;
      CREATE FUNCTION note_acting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO acting VALUES (current_user, current_setting('muster.tenant_id', true), TG_ARGV[0]);
        RETURN NULL;
      END $$;
      CREATE TRIGGER note_request AFTER INSERT ON sync_task EXECUTE FUNCTION note_acting('POST');
      CREATE TRIGGER note_removal AFTER UPDATE OF removed_at ON vendor_account
        EXECUTE FUNCTION note_acting('DELETE');`);
    const own = await muster.addAccount(vmwareAccount('own'));
    await muster.requestSync({ vendor: 'VMWARE', account_id: 'own' });
    expect((await muster.call('DELETE', `${ACCOUNTS}/${own}`)).status).toBe(200);

    const { rows } = await muster.sql.query<Record<'role' | 'tenant' | 'called', string>>(
      'SELECT DISTINCT role, tenant, called FROM acting ORDER BY called',
    );
    const { rows: tenants } = await muster.sql.query<{ id: string }>(
      'SELECT tenant_id AS id FROM vendor_account WHERE id = $1',
      [own],
    );
    expect(rows).toEqual(
      ['DELETE', 'POST'].map((called) => ({ role: 'muster_tenant', tenant: tenants[0]?.id, called })),
    );
  });
});
