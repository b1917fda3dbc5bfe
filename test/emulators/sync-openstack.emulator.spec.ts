import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Listing, VendorAdapter } from '#vendor-kit';

import { openstackAdapter } from '../../libs/vendors/src/openstack/adapter.js';
import type { OpenstackConnection } from '../../libs/vendors/src/openstack/connection.js';
import { readScopeKey } from '../../libs/vendors/src/openstack/scope-key.js';
import { eventually } from '../support/eventually.js';
import { TestMuster } from '../support/test-muster.js';
import { type OpenstackLab, startOpenstackLab, stopOpenstackLab } from './openstack/openstack-lab.js';
import { HYPERVISORS, type Listed, LISTINGS, OpenstackOperator } from './openstack/openstack-operator.js';

/** Installing it takes ten minutes, with a slow mirror more. */
const START_MS = 60 * 60 * 1000;
/** A stop and a start are two minutes, and a busy machine takes its time. */
const TEST_MS = 30 * 60 * 1000;
const SYNC_MS = 10 * 60 * 1000;
/** Small ones, so that there are many. */
const ITEMS_PER_PAGE = 3;
const PROJECTS = ['alpha', 'beta'];
/** What the lab has no service for. */
const NOT_OFFERED = ['clusters', 'shares', 'zones'];
/** So often may something change by itself while it is listed. */
const ATTEMPTS = 10;
const NEVER = new AbortController().signal;
const MADE = 'made by the suite';
const RENAMED = 'renamed by the suite';
/** One to be changed, and so many to be deleted that a page of what has changed ends with one that is. */
const MADE_SERVERS = 6;
const SERVERS = LISTINGS.cloudservers;

type Inventory = Record<string, [id: string, status: string][]>;

/** What the lab itself doesn't make. */
async function fill(member: OpenstackOperator): Promise<void> {
  const { keypairs, serverGroups, images } = LISTINGS;
  if ((await member.named(keypairs, MADE)).length === 0) {
    await member.call('compute', '/os-keypairs', { keypair: { name: MADE, public_key: PUBLIC_KEY } });
  }
  if ((await member.named(serverGroups, MADE)).length === 0) {
    const group = { name: MADE, policy: 'soft-anti-affinity' };
    await member.call('compute', '/os-server-groups', { server_group: group });
  }
  if ((await member.named(images, MADE)).length === 0) {
    const image = { name: MADE, disk_format: 'raw', container_format: 'bare', tags: ['ü ✓'] };
    await member.call('image', '/v2/images', image);
  }
}

const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl made@by.the.suite';

/** Makes servers without network in a project, and waits until they run. */
async function makeServers(member: OpenstackOperator, count: number): Promise<string[]> {
  const before = await member.list(SERVERS);
  const [flavorRef] = await member.named(LISTINGS.flavors, 'm1.tiny');
  const [imageRef] = await member.named(LISTINGS.images, 'cirros-0.6');
  await member.call('compute', '/servers', {
    server: { name: MADE, min_count: count, flavorRef, imageRef, networks: 'none' },
  });
  let made: string[] = [];
  await OpenstackOperator.until('the servers run', async () => {
    const running = [...(await member.list(SERVERS))].filter(([, status]) => status === 'ACTIVE');
    made = running.map(([id]) => id).filter((id) => !before.has(id));
    return made.length === count;
  });
  return made;
}

/** Deletes servers, and waits until they are gone. */
async function removeServers(member: OpenstackOperator, ids: readonly string[]): Promise<void> {
  for (const id of ids) await member.call('compute', `/servers/${id}`, undefined, 'DELETE');
  await OpenstackOperator.until('the servers are gone', async () => {
    const there = await member.list(SERVERS);
    return !ids.some((id) => there.has(id));
  });
}

type Servers = Listing<OpenstackConnection>;

/** The adapter, which waits for something behind the first page of each listing of servers. */
function pausingAdapter(pause: (listing: Servers) => Promise<void>): VendorAdapter {
  const adapter = openstackAdapter(ITEMS_PER_PAGE);
  const tables = adapter.tables.map((table) => {
    if (table.type !== 'cloudservers') return table;
    const pages = async function* (listing: Servers) {
      let isFirst = listing.resumeAt === undefined;
      for await (const page of table.pages(listing)) {
        yield page;
        if (isFirst) await pause(listing);
        isFirst = false;
      }
    };
    return { ...table, pages };
  });
  return { ...adapter, tables };
}

describe('a real OpenStack', () => {
  let lab: OpenstackLab;
  let muster: TestMuster;
  let admin: OpenstackOperator;
  const operators: Record<string, OpenstackOperator[]> = {};
  /** Muster's ids of the accounts, by their own. */
  const accounts = new Map<string, string>();
  /** What a listing of servers waits for behind its first page. */
  let pause: (listing: Servers) => Promise<void> = () => Promise.resolve();

  beforeAll(async () => {
    lab = await startOpenstackLab();
    admin = await OpenstackOperator.signIn(lab, 'admin', 'admin');
    for (const user of ['sync-member', 'sync-reader']) {
      operators[user] = await Promise.all(
        PROJECTS.map((project) => OpenstackOperator.signIn(lab, user, project)),
      );
    }
    for (const operator of operators['sync-member'] ?? []) await fill(operator);
    const OPENSTACK = () => Promise.resolve(pausingAdapter((listing) => pause(listing)));
    muster = await TestMuster.start({ adapters: { OPENSTACK } });
    for (const user of ['admin', 'sync-member', 'sync-reader']) await add(user, user, lab.password);
    const { id = '', secret = '' } = lab.credentials['alpha'] ?? {};
    await add('credential', id, secret, { auth_type: 'application_credential' });
  }, START_MS);

  afterAll(async () => {
    await muster.close();
    await stopOpenstackLab();
  }, TEST_MS);

  async function add(accountId: string, ak: string, sk: string, settings: object = {}): Promise<void> {
    const id = await muster.addAccount({
      vendor: 'OPENSTACK',
      account_id: accountId,
      account_name: accountId,
      ak,
      sk,
      settings: { endpoint: lab.authUrl, ...settings },
    });
    accounts.set(accountId, id);
  }

  async function sync(accountId: string) {
    const id = await muster.requestSync({ vendor: 'OPENSTACK', account_id: accountId });
    const over = async () => {
      const task = await muster.showTask(id);
      return ['QUEUED', 'RUNNING'].includes(task.state) ? undefined : task;
    };
    return await eventually(`the sync of ${accountId} ends`, over, SYNC_MS);
  }

  /** What an account's user is told by plain GETs, of each type, in each of its projects, each thing once. */
  async function told(accountId: string): Promise<Inventory> {
    const inventory: Inventory = {};
    const isAll = accountId === 'admin';
    const users = isAll ? [admin] : operatorsOf(accountId);
    for (const [type, listing] of Object.entries(LISTINGS)) {
      const all: Listed = new Map();
      for (const user of users) {
        for (const [id, status] of await user.list(listing, isAll)) all.set(id, status);
      }
      inventory[type] = [...all].sort();
    }
    inventory['hosts'] = isAll ? [...(await admin.list(HYPERVISORS))].sort() : [];
    return inventory;
  }

  function operatorsOf(accountId: string): OpenstackOperator[] {
    const members = operators['sync-member'] ?? [];
    return accountId === 'credential' ? members.slice(0, 1) : (operators[accountId] ?? []);
  }

  /** What Muster has of an account. */
  async function known(accountId: string, types: readonly string[]): Promise<Inventory> {
    const inventory: Inventory = {};
    for (const type of types) {
      const resources = await muster.listAll('OPENSTACK', type);
      inventory[type] = resources
        .filter(({ datasource }) => datasource === accounts.get(accountId))
        .map(({ resource_id: id, properties: { status } }): [string, string] => [
          id,
          typeof status === 'string' ? status : '',
        ])
        .sort();
    }
    return inventory;
  }

  /** Syncs until nothing changed in the cloud meanwhile, and compares item by item. */
  async function expectSame(accountId: string) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await told(accountId);
      const task = await sync(accountId);
      const after = await told(accountId);
      const units = task.accounts.flatMap((account) => account.units);
      const failed = units.filter(({ state }) => state !== 'SUCCEEDED' && state !== 'SKIPPED');
      expect(failed).toEqual([]);
      const skipped = units.filter(({ state }) => state === 'SKIPPED');
      expect([...new Set(skipped.map(({ type }) => type))].sort()).toEqual(NOT_OFFERED);
      expect(skipped.every(({ error }) => error?.code === 'NO_SERVICE')).toBe(true);
      if (JSON.stringify(before) !== JSON.stringify(after)) continue;
      expect(await known(accountId, Object.keys(after))).toEqual(after);
      return { task, inventory: after };
    }
    throw new Error(`the cloud did not stop changing in ${String(ATTEMPTS)} syncs`);
  }

  it(
    'has for an administrator what it has, in all of its states',
    async () => {
      const { inventory } = await expectSame('admin');
      const states = new Set(inventory['cloudservers']?.map(([, status]) => status));
      expect([...states].length).toBeGreaterThan(2);
      expect(inventory['cloudservers']?.length).toBeGreaterThanOrEqual(20);
      expect(inventory['hosts']?.length).toBe(2);
      for (const type of ['vpcs', 'images', 'volumes', 'snapshots', 'loadbalancers', 'serverGroups']) {
        expect([type, (inventory[type]?.length ?? 0) > 0]).toEqual([type, true]);
      }
    },
    TEST_MS,
  );

  it.each(['sync-member', 'sync-reader', 'credential'])(
    'has for %s what that user sees',
    async (accountId) => {
      const { inventory } = await expectSame(accountId);
      expect(inventory['cloudservers']?.length).toBeGreaterThanOrEqual(accountId === 'credential' ? 10 : 20);
      expect(inventory['images']?.length).toBeGreaterThan(1);
    },
  );

  it(
    'says of a user without a project that it has none',
    async () => {
      await add('nobody', 'nobody', lab.password);
      const task = await sync('nobody');
      expect(task.accounts[0]?.error).toMatchObject({ kind: 'credentials', code: 'NO_PROJECT' });
    },
    TEST_MS,
  );

  it(
    'sees what is made and deleted, and nothing else in what nobody touched',
    async () => {
      const [alpha] = operatorsOf('sync-member');
      if (alpha === undefined) throw new Error('nobody works in alpha');
      const { volume } = await alpha.call<{ volume: { id: string } }>('block-storage', '/volumes', {
        volume: { name: MADE, size: 1 },
      });
      const { security_group: group } = await alpha.call<{ security_group: { id: string } }>(
        'network',
        '/v2.0/security-groups',
        { security_group: { name: MADE } },
      );
      const stateOf = async () =>
        (await alpha.call<{ volume: { status: string } }>('block-storage', `/volumes/${volume.id}`)).volume
          .status;
      await OpenstackOperator.until('the volume is made', async () => (await stateOf()) !== 'creating');
      const made = await expectSame('sync-member');
      expect(made.inventory['volumes']?.map(([id]) => id)).toContain(volume.id);
      expect(made.inventory['securityGroups']?.map(([id]) => id)).toContain(group.id);

      await alpha.call('block-storage', `/volumes/${volume.id}`, undefined, 'DELETE');
      await alpha.call('network', `/v2.0/security-groups/${group.id}`, undefined, 'DELETE');
      await OpenstackOperator.until(
        'the volume is gone',
        async () => !(await alpha.list(LISTINGS.volumes)).has(volume.id),
      );
      const gone = await expectSame('sync-member');
      expect(gone.inventory['volumes']?.map(([id]) => id)).not.toContain(volume.id);
      const { rows } = await muster.sql.query(
        `SELECT resource_type FROM resource
       WHERE native_id = ANY($1) AND account_id = $2 AND deleted_at IS NOT NULL ORDER BY resource_type`,
        [[volume.id, group.id], accounts.get('sync-member')],
      );
      expect(rows).toEqual([{ resource_type: 'securityGroups' }, { resource_type: 'volumes' }]);
    },
    TEST_MS,
  );

  it(
    'by changes has of its servers what plain GETs list: those changed, deleted and made since all were listed',
    async () => {
      const [alpha] = operatorsOf('sync-member');
      if (alpha === undefined) throw new Error('nobody works in alpha');
      const [changed = '', ...deleted] = await makeServers(alpha, MADE_SERVERS);
      const settings = { incremental_syncs: 9, resource_types: { include: ['cloudservers'] } };
      await add('by changes', 'sync-member', lab.password, settings);
      expect(await syncServers()).toEqual({ isOfChanges: false, counts: expect.anything() });

      await alpha.call('compute', `/servers/${changed}`, { server: { name: RENAMED } }, 'PUT');
      await alpha.call('compute', `/servers/${changed}/action`, { 'os-stop': null });
      await removeServers(alpha, deleted);
      await makeServers(alpha, 1);
      await OpenstackOperator.until('the server is stopped', async () => {
        return (await alpha.list(SERVERS)).get(changed) === 'SHUTOFF';
      });
      const counts = { created: 1, updated: 1, deleted: deleted.length };
      expect(await syncServers()).toEqual({ isOfChanges: true, counts });
      const names = (await muster.listAll('OPENSTACK', 'cloudservers'))
        .filter(({ datasource }) => datasource === accounts.get('by changes'))
        .map(({ name }) => name);
      expect(names).toContain(RENAMED);

      const made = [...(await alpha.named(SERVERS, MADE)), changed];
      await removeServers(alpha, made);
      const gone = { created: 0, updated: 0, deleted: made.length };
      expect(await syncServers()).toEqual({ isOfChanges: true, counts: gone });
    },
    TEST_MS,
  );

  /** Syncs the account that lists by changes, and compares with what plain GETs list. */
  async function syncServers() {
    const task = await sync('by changes');
    expect(task.state).toBe('SUCCEEDED');
    const { cloudservers = [] } = await known('by changes', ['cloudservers']);
    const lists = await Promise.all(operatorsOf('sync-member').map((user) => user.list(SERVERS)));
    expect(cloudservers).toEqual(lists.flatMap((list) => [...list]).sort());
    const { created, updated, deleted } = task.counts;
    const units = task.accounts.flatMap((account) => account.units);
    expect(units).toHaveLength(PROJECTS.length);
    const isOfChanges = units.every(({ changed_since: since }) => since !== null);
    return { isOfChanges, counts: { created, updated, deleted } };
  }

  it(
    'has all of it by tokens that end in the middle of listings, whether we knew that or not',
    async () => {
      await stopOpenstackLab();
      lab = await startOpenstackLab({ TOKEN_TTL: '45', POPULATE: '0' });
      const ended: string[] = [];
      pause = async ({ connection, scope }) => {
        const { extent } = readScopeKey(scope.key);
        if (extent.kind !== 'project') throw new Error(`servers are listed in ${scope.key}`);
        const token = await connection.identity.token(extent.projectId, NEVER);
        // One of the two projects is told by its services.
        if (token.project?.name === PROJECTS[0]) token.renewAt = Infinity;
        const headers = { 'x-auth-token': token.id };
        await OpenstackOperator.until(
          'the token ends',
          async () => (await fetch(`${lab.authUrl}/auth/tokens`, { headers })).status === 401,
        );
        ended.push(token.project?.name ?? '');
      };
      const { task } = await expectSame('sync-member');
      const servers = task.accounts
        .flatMap((account) => account.units)
        .filter(({ type }) => type === 'cloudservers');
      expect(servers.map(({ attempts }) => attempts)).toEqual([1, 1]);
      expect(ended).toEqual(expect.arrayContaining(PROJECTS));
    },
    TEST_MS,
  );
});
