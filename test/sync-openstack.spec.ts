import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { openstack } from '#simulators';
import { DEFAULT_TIMING } from '#sync';

import { openstackAdapter } from '../libs/vendors/src/openstack/adapter.js';
import { openstackAccount } from './support/openstack-account.js';
import { queueBackends } from './support/redis.js';
import { TestMuster } from './support/test-muster.js';

/** As long as it takes on a busy machine. */
const CHECK_MS = 60_000;
/** Many more than units that wait for a new token can make before they have used it. */
const CALLS_PER_REVOCATION = 40;
/** The adapter's own bound. */
const UNITS_AT_ONCE = 4;
const TYPES = { include: ['cloudservers', 'vpcs', 'volumes'] };

/** Two projects with a few of everything, and what the administrators' project shares with them. */
function buildEstate() {
  const builder = new openstack.EstateBuilder();
  const admin = builder.project('admin');
  const [shop, laboratory] = [builder.project('shop'), builder.project('laboratory')];
  builder.sharedNetwork({ project: admin }, 'public');
  builder.image({ project: admin }, 'debian', 'public');
  builder.flavor({ project: admin }, 'm1.small');
  builder.hypervisor({ project: admin }, 'compute-1');
  builder.keypair({ project: admin }, 'laptop');
  for (const project of [shop, laboratory]) {
    const where = { project };
    const servers = ['a', 'b', 'c', 'd'].map((name) => builder.server(where, `${project.name}-${name}`));
    const volume = builder.volume(where, `${project.name}-data`, servers[0]?.id);
    builder.snapshot(where, `${project.name}-daily`, volume.id);
    builder.network(where, `${project.name}-net`, servers[0]?.id);
    builder.services(where, project.name);
  }
  return { builder, estate: builder.estate, shop, laboratory };
}

describe.each(queueBackends())('an OpenStack synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let cloud: openstack.OpenstackSimulator;
  let built: ReturnType<typeof buildEstate>;

  beforeAll(async () => {
    muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS });
    built = buildEstate();
    cloud = await openstack.startOpenstackSimulator({ estate: built.estate, regions: ['RegionOne'] });
  });

  afterEach(() => {
    cloud.faults.reset();
  });

  afterAll(async () => {
    await muster.close();
    await cloud.close();
  });

  const idsIn = (collection: openstack.Collection) =>
    built.estate
      .items(collection)
      .map(({ id }) => id)
      .sort();
  const listed = async (datasource: string, type: string) =>
    (await muster.listAll('OPENSTACK', type))
      .filter((resource) => resource.datasource === datasource)
      .map(({ resource_id }) => resource_id)
      .sort();
  let member = '';
  let admin = '';

  it('has what a member sees of its projects, each once, and what they share', async () => {
    member = await muster.addAccount(openstackAccount(cloud, 'member'));

    const task = await muster.sync({ vendor: 'OPENSTACK' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    expect(await listed(member, 'cloudservers')).toEqual(idsIn('servers'));
    expect(await listed(member, 'vpcs')).toEqual(idsIn('networks'));
    expect(await listed(member, 'images')).toEqual(idsIn('images'));
    expect(await listed(member, 'flavors')).toEqual(idsIn('flavors'));
    expect(await listed(member, 'shares')).toEqual(idsIn('shares'));
    expect(await listed(member, 'clusters')).toEqual(idsIn('clusters'));
    expect(await listed(member, 'keypairs')).toEqual(['user-member/laptop']);
    expect(await listed(member, 'hosts')).toEqual([]);
    const [server] = await muster.listAll('OPENSTACK', 'cloudservers');
    expect(server).toMatchObject({ vendor: 'OPENSTACK', region_id: 'RegionOne' });
    expect(JSON.stringify(server)).not.toContain('user_data');
  });

  it('writes nothing when nothing has changed', async () => {
    const task = await muster.sync({ vendor: 'OPENSTACK' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
    expect(task.counts.unchanged).toBeGreaterThan(20);
  });

  it('sees what was stopped, created and deleted, and nothing else', async () => {
    const { builder, estate, shop } = built;
    const [stopped, deleted] = estate.items('servers').filter(({ owner }) => owner === shop.id);
    if (!stopped || !deleted) throw new Error('the estate has too few servers');
    stopped.document['status'] = 'SHUTOFF';
    estate.remove('servers', deleted.id);
    const born = builder.server({ project: shop }, 'new-born');

    const task = await muster.sync({ vendor: 'OPENSTACK' });

    const { created, updated, deleted: gone } = task.counts;
    expect([task.state, created, updated, gone]).toEqual(['SUCCEEDED', 1, 1, 1]);
    expect(await listed(member, 'cloudservers')).toContain(born.id);
    const { rows } = await muster.sql.query('SELECT status FROM resource WHERE native_id = $1', [stopped.id]);
    expect(rows).toEqual([{ status: 'stopped' }]);
  });

  it('lists the whole cloud for an administrator', async () => {
    admin = await muster.addAccount(openstackAccount(cloud, 'admin', { user: 'admin' }));

    const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'admin' });

    expect(task.state).toBe('SUCCEEDED');
    expect(await listed(admin, 'cloudservers')).toEqual(idsIn('servers'));
    expect(await listed(admin, 'networkInterfaces')).toEqual(idsIn('ports'));
    expect(await listed(admin, 'hosts')).toEqual(['compute-1']);
  });

  it('deletes nothing when the role of an administrator was taken away in between', async () => {
    await muster.addAccount(
      openstackAccount(cloud, 'demoted', { user: 'admin', all_projects: true, resource_types: TYPES }),
    );
    await muster.sync({ vendor: 'OPENSTACK', account_id: 'demoted' });
    cloud.faults.lostRoles.add('admin');

    const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'demoted' });

    expect(task).toMatchObject({ state: 'FAILED', counts: { deleted: 0 } });
    expect(task.accounts[0]?.error).toMatchObject({ code: 'ALL_PROJECTS_REFUSED' });
  });

  it('skips services that the cloud does not have, and says so', async () => {
    cloud.faults.missingServices.add('dns').add('sharev2');
    cloud.faults.revokeTokens();

    const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'admin' });

    cloud.faults.revokeTokens();
    expect(task.counts.deleted).toBe(0);
    const skipped = task.accounts[0]?.units.filter(({ state }) => state === 'SKIPPED') ?? [];
    expect(skipped.map(({ type }) => type).sort()).toEqual(['shares', 'zones']);
    expect(skipped[0]?.error).toMatchObject({ kind: 'absent', code: 'NO_SERVICE' });
    expect(await listed(admin, 'shares')).toEqual(idsIn('shares'));
  });

  it('keeps the servers of a cell that is down, and lists the others', async () => {
    const { builder, estate, laboratory } = built;
    const down = estate.items('servers').filter(({ owner }) => owner === laboratory.id);
    for (const { id } of down.slice(0, 2)) cloud.faults.downServers.add(id);
    const born = builder.server({ project: laboratory }, 'born meanwhile');
    const before = await muster.sql.query('SELECT name FROM resource WHERE native_id = $1 ORDER BY name', [
      down[0]?.id,
    ]);

    const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'member' });

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { created: 1, deleted: 0 } });
    const failed = task.accounts[0]?.units.filter(({ state }) => state === 'FAILED') ?? [];
    expect(failed.map(({ type, error }) => [type, error?.code])).toEqual([['cloudservers', 'DOWN_CELL']]);
    expect(await listed(member, 'cloudservers')).toEqual(expect.arrayContaining([born.id, down[0]?.id]));
    const after = await muster.sql.query('SELECT name FROM resource WHERE native_id = $1 ORDER BY name', [
      down[0]?.id,
    ]);
    expect(after.rows).toEqual(before.rows);
  });

  it('waits as long as Nova asks with 413 and Neutron with 429, and holds no slot meanwhile', async () => {
    cloud.faults.throttleNext(1, 413, { retryAfter: '3', call: 'ListServers' });
    cloud.faults.throttleNext(1, 429, { retryAfter: '3', call: 'ListNetworks' });

    const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'admin' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 0 } });
    expect(task.timings.waits.throttled_ms).toBeGreaterThanOrEqual(3_000);
  });

  it('lists to the end with tokens that end in the middle', async () => {
    // One unit after the other, so that none uses up what another one has just been given.
    await muster.addAccount(
      openstackAccount(cloud, 'short-lived', { user: 'admin', max_concurrent_units: 1 }),
    );
    await muster.sync({ vendor: 'OPENSTACK', account_id: 'short-lived' });
    cloud.faults.callsPerToken = 3;
    cloud.faults.revokeTokens();
    const before = cloud.requests['SignIn'] ?? 0;

    const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'short-lived' });

    cloud.faults.callsPerToken = undefined;
    cloud.faults.revokeTokens();
    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
    expect((cloud.requests['SignIn'] ?? 0) - before).toBeGreaterThan(10);
  });

  it('renews each token that has ended once, and goes on where its listing was', async () => {
    const OPENSTACK = () => Promise.resolve(openstackAdapter(1));
    // A connection that idles while the machine is busy, or a lease that ends, would sign in more often.
    const ofPages = await TestMuster.start({
      ...{ backend, accountCheckMs: CHECK_MS, adapters: { OPENSTACK }, timing: DEFAULT_TIMING },
    });
    try {
      await ofPages.addAccount(openstackAccount(cloud, 'many-pages'));
      const sync = async () => {
        const before = { ...cloud.requests };
        const { state, counts } = await ofPages.sync({ vendor: 'OPENSTACK', account_id: 'many-pages' });
        expect({ state, deleted: counts.deleted }).toEqual({ state: 'SUCCEEDED', deleted: 0 });
        const made = Object.entries(cloud.requests).map(
          ([call, count]) => [call, count - (before[call] ?? 0)] as const,
        );
        const signIns = made.find(([call]) => call === 'SignIn')?.[1] ?? 0;
        return { signIns, calls: made.reduce((sum, [, count]) => sum + count, 0) - signIns };
      };
      await sync();
      const undisturbed = await sync();
      cloud.faults.callsPerRevocation = CALLS_PER_REVOCATION;
      const disturbed = await sync();

      const { revocations } = cloud.faults;
      const extra = disturbed.calls - undisturbed.calls;
      expect(revocations).toBeGreaterThan(2);
      expect(disturbed.signIns).toBeGreaterThanOrEqual(revocations);
      // One token for each project and one for no project.
      expect(disturbed.signIns).toBeLessThanOrEqual((revocations + 1) * 3);
      // Each unit at work is refused once, and asks again for that page alone.
      expect(extra).toBeGreaterThanOrEqual(1);
      expect(extra).toBeLessThanOrEqual(revocations * UNITS_AT_ONCE);
    } finally {
      await ofPages.close();
    }
  });

  it('takes an application credential with the long secret that Keystone makes', async () => {
    const { id, secret } = cloud.credential;
    expect(secret.length).toBe(86);
    const account = openstackAccount(cloud, 'credential', { auth_type: 'application_credential' });

    const added = await muster.addAccount({ ...account, ak: id, sk: secret });
    const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'credential' });

    expect(task.state).toBe('SUCCEEDED');
    expect((await listed(added, 'cloudservers')).length).toBeGreaterThan(3);
  });

  it('takes a clouds.yaml for the credentials, and another one later, and shows neither’s password', async () => {
    const auth = { auth_url: cloud.authUrl, password: cloud.password, user_domain_name: 'Default' };
    const file = JSON.stringify({
      clouds: {
        shop: { auth: { ...auth, username: 'member', project_name: 'shop' }, cacert: '/home/me/ca.pem' },
        all: { auth: { ...auth, username: 'admin' }, region_name: 'RegionOne', interface: 'internalURL' },
      },
    });
    const account = { vendor: 'OPENSTACK', account_id: 'by file', account_name: 'By file', sk: file };
    const settings = { tls_ca_pem: cloud.caPem, resource_types: { include: ['cloudservers'] } };
    // Without an endpoint, which the typed client wants in settings: the file has it.
    const send = async (method: string, path: string, body: object) => {
      const answer = await muster.call(method, `/v1/vendor-account${path}`, { body });
      expect(answer.status).toBe(200);
      return String(answer.body['data']);
    };
    const shown = async () => {
      const path = '/v1/vendor-account?limit=10&vendor=OPENSTACK&account_id=by%20file';
      const { body } = await muster.call<{ data: { ak: string; settings: object }[] }>('GET', path);
      expect(JSON.stringify(body)).not.toContain(cloud.password);
      return body.data[0];
    };

    const unnamed = await muster.call('POST', '/v1/vendor-account', {
      body: { ...account, ak: '', settings },
    });
    expect(unnamed.status).toBe(400);
    expect(JSON.stringify(unnamed.body)).toContain('which has: shop, all');
    const id = await send('POST', '', { ...account, ak: 'shop', settings });
    expect(await shown()).toMatchObject({
      ak: 'member',
      settings: { ...settings, endpoint: cloud.authUrl, project_name: 'shop', user_domain_name: 'Default' },
    });
    expect((await muster.sync({ vendor: 'OPENSTACK', account_id: 'by file' })).state).toBe('SUCCEEDED');
    const ofShop = built.estate.items('servers').filter(({ owner }) => owner === built.shop.id);
    expect(await listed(id, 'cloudservers')).toEqual(ofShop.map((server) => server.id).sort());

    await send('PUT', `/${id}`, { ak: 'all', sk: file });
    expect(await shown()).toMatchObject({
      ak: 'admin',
      settings: { ...settings, endpoint: cloud.authUrl, regions: ['RegionOne'], interface: 'internal' },
    });
    expect((await shown())?.settings).not.toHaveProperty('project_name');
    await send('PUT', `/${id}`, { ak: 'all', sk: file, settings: { tls_ca_pem: cloud.caPem } });
    expect((await shown())?.settings).not.toHaveProperty('resource_types');
    expect((await muster.sync({ vendor: 'OPENSTACK', account_id: 'by file' })).state).toBe('SUCCEEDED');
  });

  describe('that lists what has changed', () => {
    let id = '';
    const settings = { incremental_syncs: 2, resource_types: { include: ['cloudservers'] } };
    const account = () => openstackAccount(cloud, 'by changes', { user: 'admin', ...settings });

    /** A sync, and since when its one unit lists what has changed. */
    async function sync(query: { force?: boolean; plan?: boolean } = {}) {
      const task = await muster.sync({ vendor: 'OPENSTACK', account_id: 'by changes' }, query);
      const [unit] = task.accounts[0]?.units ?? [];
      const { seen, created, updated, deleted } = task.counts;
      return { state: task.state, since: unit?.changed_since, counts: { seen, created, updated, deleted } };
    }

    const estate = () => built.estate;
    const servers = () => estate().items('servers');

    beforeAll(async () => {
      id = await muster.addAccount(account());
      // What changed a moment ago is listed again and again; of these servers all that was long ago.
      for (const { document } of servers()) document['updated'] = '2026-03-04T05:06:07Z';
      expect(await sync()).toMatchObject({ state: 'SUCCEEDED', since: null });
    });

    it('asks Nova for that, and deletes what Nova says is deleted', async () => {
      const [stopped, deleted, untouched] = servers();
      if (!stopped || !deleted || !untouched) throw new Error('the estate has too few servers');
      estate().change('servers', stopped.id, { status: 'SHUTOFF' });
      estate().remove('servers', deleted.id);
      const born = built.builder.server({ project: built.shop }, 'born meanwhile');
      estate().change('servers', born.id, {});
      // Of what Nova does not tell nothing is known before all is listed again.
      untouched.document['status'] = 'PAUSED';
      const before = Date.now();

      const { since, ...listed } = await sync();

      expect(listed).toEqual({
        state: 'SUCCEEDED',
        counts: { seen: 2, created: 1, updated: 1, deleted: 1 },
      });
      expect(Date.parse(since ?? '')).toBeLessThan(before - 500_000);
      expect(await listedServers()).toEqual(idsIn('servers'));
      expect(await statusOf(stopped.id)).toBe('stopped');
      expect(await statusOf(untouched.id)).toBe('running');
      const [cell] = (await muster.showCoverage(id)).cells;
      expect(cell).toMatchObject({ outcome: 'incremental', complete_rows: servers().length });
      expect(Date.parse(cell?.changes_at ?? '')).toBeGreaterThan(Date.parse(cell?.complete_at ?? ''));
    });

    it('plans what a listing of all would do', async () => {
      expect(await sync({ plan: true })).toMatchObject({ since: null, counts: { updated: 1, deleted: 0 } });
    });

    it('lists all when it is forced to, and finds what Nova did not tell', async () => {
      expect(await sync({ force: true })).toMatchObject({ since: null, counts: { updated: 1, deleted: 0 } });
    });

    it('lists all again after so many syncs, when an attempt failed, and when the account was changed', async () => {
      const kinds = [];
      for (let time = 0; time < 4; time += 1) kinds.push((await sync()).since === null);
      expect(kinds).toEqual([false, false, true, false]);

      cloud.faults.denied.add('ListServers');
      expect(await sync()).toMatchObject({ state: 'FAILED', counts: { deleted: 0 } });
      cloud.faults.reset();
      expect((await sync()).since).toBeNull();

      expect((await sync()).since).not.toBeNull();
      await muster.changeAccount(id, { settings: { ...account().settings, full_listing_hours: 12 } });
      expect((await sync()).since).toBeNull();
    });

    const listedServers = () => listed(id, 'cloudservers');
    const statusOf = async (server: string) => {
      const { rows } = await muster.sql.query<{ status: string }>(
        'SELECT r.status FROM resource r WHERE r.account_id = $1 AND r.native_id = $2',
        [id, server],
      );
      return rows[0]?.status;
    };
  });

  it('tells a wrong password, and a user without a project', async () => {
    await muster.addAccount({ ...openstackAccount(cloud, 'wrong'), sk: 'another' });
    await muster.addAccount(openstackAccount(cloud, 'nobody', { user: 'nobody' }));

    const messageOf = async (accountId: string) => {
      const path = `/v1/vendor-account?limit=10&vendor=OPENSTACK&account_id=${accountId}`;
      const { body } = await muster.call<{ data: { failure_msg: string }[] }>('GET', path);
      return body.data[0]?.failure_msg;
    };
    expect(await messageOf('wrong')).toContain('it refuses the credentials');
    expect(await messageOf('nobody')).toContain('has a role in no enabled project');
  });
});
