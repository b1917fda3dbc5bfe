import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { SyncError } from '#domain';
import { openstack } from '#simulators';
import type { CallGate } from '#vendor-kit';
import {
  listPages,
  listResources,
  openGate,
  openNetwork,
  tableOf,
  withConnection,
} from '#vendor-kit/testing';

import { openstackAdapter } from './adapter.js';
import type { OpenstackConnection } from './connection.js';
import { classifyOpenstackError } from './errors.js';
import { OpenstackError } from './openstack-error.js';
import type { OpenstackSettings } from './settings.js';

const adapter = openstackAdapter(2);
const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const peer of running.splice(0)) await peer.close();
});

type Options = openstack.OpenstackSimulatorOptions;
type Simulator = openstack.OpenstackSimulator;

async function start(options: Options = {}): Promise<Simulator> {
  const simulator = await openstack.startOpenstackSimulator(options);
  running.push(simulator);
  return simulator;
}

interface User {
  ak?: string;
  sk?: string;
  settings?: Partial<OpenstackSettings>;
}

function accessTo(simulator: Simulator, { ak = 'member', sk = simulator.password, settings }: User = {}) {
  const { authUrl, caPem } = simulator;
  const trust = caPem === undefined ? {} : { tls_ca_pem: caPem };
  return { accountId: 'test', ak, sk, settings: { endpoint: authUrl, ...trust, ...settings } };
}

async function connected<Result>(
  access: ReturnType<typeof accessTo>,
  work: (connection: OpenstackConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await adapter.connect({ ...access, gate: openGate, network: openNetwork }, NEVER);
  try {
    return await work(connection as OpenstackConnection);
  } finally {
    await adapter.disconnect(connection);
  }
}

/** Ids of a type by the scopes in which it is listed. */
async function listAll(access: ReturnType<typeof accessTo>, type: string): Promise<Record<string, string[]>> {
  const table = tableOf(adapter, type);
  return await connected(access, async (connection) => {
    const found: Record<string, string[]> = {};
    for (const scope of await adapter.scopes(connection, NEVER)) {
      if (table.isListedIn?.(scope) === false) continue;
      const resources = await listResources(table, { connection, scope });
      found[scope.name] = resources.map(({ nativeId }) => nativeId);
    }
    return found;
  });
}

async function scopesOf(access: ReturnType<typeof accessTo>) {
  return await connected(access, (connection) => adapter.scopes(connection, NEVER));
}

/** How something fails, classified. */
async function refusalOf(access: ReturnType<typeof accessTo>, attempt: Promise<unknown>): Promise<SyncError> {
  const error: unknown = await attempt.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  const classified = adapter.classify(error);
  if (classified === undefined) throw error;
  expect(`${classified.message} ${String(error)} ${JSON.stringify(error)}`).not.toContain(access.sk);
  return classified;
}

/** Two projects, and what a third one shares with them. */
function buildEstate() {
  const builder = new openstack.EstateBuilder();
  const admin = builder.project('admin');
  const [alpha, beta] = [builder.project('alpha'), builder.project('beta')];
  const shared = ['public', 'storage', 'management'].map((name) =>
    builder.sharedNetwork({ project: admin }, name),
  );
  for (const project of [alpha, beta]) {
    for (const name of ['one', 'two', 'three']) builder.server({ project }, `${project.name}-${name}`);
    builder.network({ project }, `${project.name}-net`);
  }
  return { builder, estate: builder.estate, alpha, beta, shared };
}

function startSmall(options: Options = {}) {
  const built = buildEstate();
  return start({ estate: built.estate, regions: ['RegionOne'], ...options }).then((simulator) => ({
    simulator,
    ...built,
  }));
}

describe('signing in', () => {
  it.each([
    ['a wrong password', { sk: 'wr0ng & <long>' }, 'SIGN_IN_REFUSED'],
    ['an unknown user', { ak: 'somebody' }, 'SIGN_IN_REFUSED'],
    ['another domain', { settings: { user_domain_name: 'other' } }, 'SIGN_IN_REFUSED'],
    ['a project without a role', { settings: { project_name: 'admin' } }, 'SIGN_IN_REFUSED'],
    ['a user without a project', { ak: 'nobody' }, 'NO_PROJECT'],
    ['an interface that nothing has', { settings: { interface: 'admin' as const } }, 'NO_ENDPOINTS'],
    [
      'all projects for who is no administrator',
      { settings: { all_projects: true } },
      'ALL_PROJECTS_REFUSED',
    ],
  ])('tells %s', async (_, user: User, code) => {
    const simulator = await start();
    const access = accessTo(simulator, user);
    const refusal = await refusalOf(access, scopesOf(access));
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: code, retryable: false });
  });

  it('takes an application credential, which is for one project', async () => {
    const { simulator, alpha, beta } = await startSmall();
    const { id, secret } = simulator.credential;
    const user = { ak: id, sk: secret, settings: { auth_type: 'v3applicationcredential' } };
    const scopes = await scopesOf(accessTo(simulator, user));
    expect(scopes.map(({ key }) => key)).toEqual(['RegionOne/shared', `RegionOne/${alpha.id}`]);
    expect(JSON.stringify(scopes)).not.toContain(beta.id);
  });

  it('knows by Keystone of the endpoint whether it is one', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    running.push({
      close: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    });
    const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const access = { accountId: 'test', ak: 'a', sk: 'the password', settings: { endpoint } };
    expect(await refusalOf(access, scopesOf(access))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'NOT_KEYSTONE',
    });
  });

  it('trusts a certificate of the cloud’s own only when that is named', async () => {
    const simulator = await start();
    const { tls_ca_pem: _ca, ...settings } = accessTo(simulator).settings;
    const access = { ...accessTo(simulator), settings };
    expect(await refusalOf(access, scopesOf(access))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    const other = accessTo(simulator, { settings: { tls_ca_pem: broken } });
    expect((await refusalOf(other, scopesOf(other))).vendorCode).toBe('TLS_CA_INVALID');
  });

  it('waits when Keystone asks it to, and comes again when it is away', async () => {
    const simulator = await start();
    const access = accessTo(simulator);
    simulator.faults.failNext(1, { kind: 'status', status: 429, headers: { 'Retry-After': '7' } }, 'SignIn');
    expect(await refusalOf(access, scopesOf(access))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 7_000,
    });
    simulator.faults.failNext(1, { kind: 'status', status: 503 }, 'SignIn');
    expect(await refusalOf(access, scopesOf(access))).toMatchObject({ kind: 'unavailable' });
    simulator.faults.failNext(1, { kind: 'cut' }, 'SignIn');
    expect(await refusalOf(access, scopesOf(access))).toMatchObject({ kind: 'unavailable' });
    simulator.faults.failNext(1, { kind: 'malformed' }, 'SignIn');
    expect(await refusalOf(access, scopesOf(access))).toMatchObject({
      kind: 'unavailable',
      vendorCode: 'MALFORMED_ANSWER',
    });
  });

  it('gets one new token for calls that come together', async () => {
    const { simulator, alpha } = await startSmall();
    await connected(accessTo(simulator), async (connection) => {
      await connection.identity.token(alpha.id, NEVER);
      const before = simulator.requests['SignIn'] ?? 0;
      simulator.faults.revokeTokens();
      const place = { service: 'compute', region: 'RegionOne', projectId: alpha.id } as const;
      const call = { ...place, path: '/servers/detail', query: {} };
      const answers = await Promise.all([1, 2, 3, 4].map(() => connection.services.list(call, NEVER)));
      expect(answers.every(({ document }) => Array.isArray(document['servers']))).toBe(true);
      expect((simulator.requests['SignIn'] ?? 0) - before).toBe(1);
    });
  });

  it('renews a token before it ends', async () => {
    const { simulator, alpha } = await startSmall({ tokenSeconds: 0 });
    await connected(accessTo(simulator), async (connection) => {
      const before = simulator.requests['SignIn'] ?? 0;
      await connection.identity.token(alpha.id, NEVER);
      await connection.identity.token(alpha.id, NEVER);
      expect((simulator.requests['SignIn'] ?? 0) - before).toBe(2);
    });
  });

  it('says so when a service refuses even a new token', async () => {
    const { simulator, alpha } = await startSmall();
    const access = accessTo(simulator, { settings: { project_id: alpha.id } });
    await connected(access, async (connection) => {
      simulator.faults.callsPerToken = 0;
      simulator.faults.revokeTokens();
      const place = { service: 'network', region: 'RegionOne', projectId: alpha.id } as const;
      const call = connection.services.list({ ...place, path: '/networks', query: {} }, NEVER);
      expect(await refusalOf(access, call)).toMatchObject({
        kind: 'permission',
        vendorCode: 'TOKEN_REFUSED',
      });
    });
  });
});

describe('the scopes', () => {
  it('are each project of a user in each region, and what they share', async () => {
    const { simulator, alpha, beta } = await startSmall({ regions: ['RegionTwo', 'RegionOne'] });
    const scopes = await scopesOf(accessTo(simulator));
    const projects = [alpha.id, beta.id].sort();
    expect(scopes.map(({ key }) => key)).toEqual(
      ['RegionOne', 'RegionTwo'].flatMap((region) => ['shared', ...projects].map((id) => `${region}/${id}`)),
    );
    expect(scopes.map(({ region }) => region)).toEqual([
      ...Array(3).fill('RegionOne'),
      ...Array(3).fill('RegionTwo'),
    ]);
  });

  it('leave a disabled project out', async () => {
    const { simulator, alpha, beta } = await startSmall();
    beta.enabled = false;
    const scopes = await scopesOf(accessTo(simulator));
    expect(scopes.map(({ key }) => key)).toEqual(['RegionOne/shared', `RegionOne/${alpha.id}`]);
  });

  it('are found also when a project gets no token, which then fails by itself', async () => {
    const { simulator, alpha, beta } = await startSmall();
    const access = accessTo(simulator);
    for (const refused of [alpha.id, beta.id]) {
      simulator.faults.reset();
      simulator.faults.refusedProjects.add(refused);
      await connected(access, async (connection) => {
        const scopes = await adapter.scopes(connection, NEVER);
        expect(scopes.length).toBe(3);
        for (const scope of scopes.slice(1)) {
          const listing = listResources(tableOf(adapter, 'cloudservers'), { connection, scope });
          if (!scope.key.endsWith(refused)) expect((await listing).length).toBe(3);
          else {
            const failure = await refusalOf(access, listing);
            expect(failure).toMatchObject({ kind: 'permission', vendorCode: 'PROJECT_REFUSED' });
          }
        }
      });
    }
  });

  it('are the regions of an administrator, unless it is to be one by one', async () => {
    const { simulator } = await startSmall();
    const admin = (settings: Partial<OpenstackSettings>) =>
      scopesOf(accessTo(simulator, { ak: 'admin', settings })).then((scopes) => scopes.map(({ key }) => key));
    expect(await admin({})).toEqual(['RegionOne/all']);
    expect(await admin({ project_name: 'alpha' })).toEqual(['RegionOne/all']);
    expect((await admin({ all_projects: false })).length).toBe(4);
  });

  it('have no region where the catalog has none', async () => {
    const { simulator, alpha, estate } = await startSmall({ regions: [''] });
    for (const item of estate.items('servers')) item.region = '';
    const access = accessTo(simulator, { settings: { project_name: 'alpha' } });
    expect(await scopesOf(access)).toEqual([
      { key: '-/shared', name: 'shared with the projects' },
      { key: `-/${alpha.id}`, name: 'alpha' },
    ]);
    const [scope] = (await scopesOf(access)).slice(1);
    if (scope === undefined) throw new Error('there is no scope');
    const servers = await connected(access, (connection) =>
      listResources(tableOf(adapter, 'cloudservers'), { connection, scope }),
    );
    expect(servers.map(({ regionId }) => regionId)).toEqual(['', '', '']);
  });
});

describe('what is listed', () => {
  it('is each project’s own, and once what they share', async () => {
    const { simulator, estate, alpha, shared } = await startSmall();
    const networks = await listAll(accessTo(simulator), 'vpcs');
    const ofAlpha = estate.items('networks').filter(({ owner }) => owner === alpha.id);
    expect(networks['RegionOne: alpha']).toEqual(ofAlpha.map(({ id }) => id));
    expect(networks['RegionOne: shared with the projects']?.sort()).toEqual(
      shared.map(({ id }) => id).sort(),
    );
  });

  it('goes on behind each page of what is shared', async () => {
    const { simulator } = await startSmall();
    const access = accessTo(simulator);
    await connected(access, async (connection) => {
      const [scope] = await adapter.scopes(connection, NEVER);
      if (scope === undefined) throw new Error('there is no scope');
      const pages = await listPages(tableOf(adapter, 'vpcs'), { connection, scope });
      expect(pages.length).toBeGreaterThan(1);
      for (const [index, { resumeAt }] of pages.entries()) {
        if (resumeAt === undefined) continue;
        const rest = await listPages(tableOf(adapter, 'vpcs'), { connection, scope }, resumeAt);
        expect(rest).toEqual(pages.slice(index + 1));
      }
      const lost = JSON.stringify({ markers: ['gone'], projectId: 'gone' });
      const failure = await refusalOf(
        access,
        listPages(tableOf(adapter, 'vpcs'), { connection, scope }, lost),
      );
      expect(failure).toMatchObject({ vendorCode: 'MARKER_GONE', cursorExpired: true });
    });
  });

  it('is as of a time by Keystone’s clock, however far that is from ours', async () => {
    const { simulator } = await startSmall();
    simulator.faults.clockAheadMs = DAY_MS;
    const before = Date.now() + DAY_MS;
    await connected(accessTo(simulator), async (connection) => {
      const [, scope] = await adapter.scopes(connection, NEVER);
      if (scope === undefined) throw new Error('there is no scope');
      const listing = { connection, scope, signal: NEVER };
      for await (const { asOf } of tableOf(adapter, 'cloudservers').pages(listing)) {
        // Clocks count whole milliseconds, or parts of them.
        expect(asOf?.getTime()).toBeGreaterThanOrEqual(before - 2);
        expect(asOf?.getTime()).toBeLessThanOrEqual(Date.now() + DAY_MS + 2);
      }
    });
  });

  it('has the flavor of a server also where Nova tells only its id', async () => {
    const { simulator, builder } = await startSmall({ newestMicroversion: 46 });
    const flavor = builder.flavor({ project: builder.project('other') }, 'm1.old');
    for (const server of simulator.estate.items('servers')) server.document['flavor'] = { id: flavor.id };
    const resources = await withConnection(
      adapter,
      accessTo(simulator, { ak: 'admin' }),
      (peer) => listResources(tableOf(adapter, 'cloudservers'), peer),
      { table: tableOf(adapter, 'cloudservers') },
    );
    expect(resources.length).toBe(6);
    for (const { properties } of resources) {
      expect(properties['flavor']).toMatchObject({ original_name: 'm1.old', vcpus: 2, ram: 4096 });
    }
  });

  it.each([0, 1, 46, 47, 93])('is the same with Nova’s microversion 2.%s', async (newestMicroversion) => {
    const { simulator, estate } = await startSmall({ newestMicroversion });
    const { 'RegionOne: all projects': ids } = await listAll(
      accessTo(simulator, { ak: 'admin' }),
      'cloudservers',
    );
    expect(ids).toEqual(estate.items('servers').map(({ id }) => id));
  });

  it('is whole also where a page has less than it was asked for', async () => {
    const { simulator, estate } = await startSmall({ maxLimit: 1 });
    const { 'RegionOne: all projects': ids } = await listAll(
      accessTo(simulator, { ak: 'admin' }),
      'cloudservers',
    );
    expect(ids).toEqual(estate.items('servers').map(({ id }) => id));
  });

  it('is told from what may not be sent without TLS', async () => {
    const { simulator } = await startSmall();
    const access = accessTo(simulator);
    await connected(access, async ({ identity, services }) => {
      const [project] = await identity.projects(NEVER);
      const token = await identity.token(project?.id, NEVER);
      for (const endpoint of token.catalog) endpoint.url = endpoint.url.replace('https:', 'http:');
      const place = { service: 'network', region: 'RegionOne', projectId: project?.id } as const;
      const call = services.list({ ...place, path: '/networks', query: {} }, NEVER);
      expect(await refusalOf(access, call)).toMatchObject({
        kind: 'permission',
        vendorCode: 'INSECURE_ENDPOINT',
      });
    });
  });
});

describe('a place that is gone', () => {
  const cases = [
    ['cloudservers', 'servers'],
    ['volumes', 'volumes'],
    ['images', 'images'],
    ['vpcs', 'networks'],
    ['loadbalancers', 'loadbalancers'],
    ['zones', 'zones'],
    ['clusters', 'clusters'],
    ['shares', 'shares'],
    ['serverGroups', 'server_groups'],
  ] as const;

  /** A cloud with five of each, and its administrator. */
  async function startFive() {
    const builder = new openstack.EstateBuilder();
    const project = builder.project('admin');
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const where = { project };
      builder.server(where, name);
      builder.volume(where, name);
      builder.image(where, name);
      builder.network(where, name);
      builder.services(where, name);
      builder.serverGroup(where, name, []);
    }
    const simulator = await start({ estate: builder.estate, regions: ['RegionOne'] });
    return { estate: builder.estate, access: accessTo(simulator, { ak: 'admin' }) };
  }

  it.each(cases)('makes the listing of %s begin anew', async (type, collection) => {
    const { estate, access } = await startFive();
    const table = tableOf(adapter, type);
    const work = async (peer: Parameters<typeof listPages>[1]) => {
      const [first] = await listPages(table, peer);
      for (const { nativeId } of first?.resources ?? []) estate.remove(collection, nativeId);
      return await refusalOf(access, listPages(table, peer, first?.resumeAt));
    };
    const failure = await withConnection(adapter, access, work, { table });
    expect(failure).toMatchObject({ kind: 'unavailable', vendorCode: 'MARKER_GONE', cursorExpired: true });
  });

  it.each(cases.slice(0, 7))(
    'is found by the item before it, where that is there: %s',
    async (type, collection) => {
      const { estate, access } = await startFive();
      const table = tableOf(adapter, type);
      const work = async (peer: Parameters<typeof listPages>[1]) => {
        const pages = await listPages(table, peer);
        const [first, ...others] = pages;
        estate.remove(collection, first?.resources.at(-1)?.nativeId ?? '');
        const rest = await listPages(table, peer, first?.resumeAt);
        expect(rest.flatMap(({ resources }) => resources)).toEqual(
          others.flatMap(({ resources }) => resources),
        );
      };
      await withConnection(adapter, access, work, { table });
    },
  );
});

describe('a call that fails', () => {
  const failures = [
    ['413 without a time', 413, undefined, 'throttled', undefined],
    ['429 in seconds', 429, '4', 'throttled', 4_000],
    ['503 that says when', 503, '9', 'throttled', 9_000],
    ['500', 500, undefined, 'unavailable', undefined],
    ['504', 504, undefined, 'unavailable', undefined],
    ['404', 404, undefined, 'absent', undefined],
    ['300', 300, undefined, 'bug', undefined],
    ['406', 406, undefined, 'unavailable', undefined],
    ['418', 418, undefined, 'bug', undefined],
  ] as const;

  it.each(failures)('with %s', async (_, status, retryAfter, kind, retryAfterMs) => {
    const { simulator } = await startSmall();
    const access = accessTo(simulator, { ak: 'admin' });
    const headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
    simulator.faults.failNext(1, { kind: 'status', status, headers }, 'ListServers');
    const failure = await refusalOf(access, listAll(access, 'cloudservers'));
    expect(failure).toMatchObject({ kind, cursorExpired: false });
    expect(failure.retryAfterMs).toBe(retryAfterMs);
  });

  it.each([
    ['a page of HTML', '<html><body>Maintenance</body></html>'],
    ['another document', '{"versions": []}'],
    ['a list of something else', '{"servers": {}}'],
    ['nothing', ''],
  ])('with %s and status 200 is no empty listing', async (_, text) => {
    const { simulator } = await startSmall();
    const access = accessTo(simulator, { ak: 'admin' });
    const answer = { status: 200, headers: {}, parts: [text] };
    simulator.faults.failNext(1, { kind: 'answer', answer }, 'ListServers');
    const failure = await refusalOf(access, listAll(access, 'cloudservers'));
    expect(failure).toMatchObject({ kind: 'unavailable', vendorCode: 'MALFORMED_ANSWER' });
  });

  it('with the same page again', async () => {
    const { simulator } = await startSmall();
    const access = accessTo(simulator, { ak: 'admin' });
    const page = { servers: [{ id: 'same', name: 'same' }], servers_links: [{ rel: 'next' }] };
    const answer = { status: 200, headers: {}, parts: [JSON.stringify(page)] };
    simulator.faults.failNext(9, { kind: 'answer', answer }, 'ListServers');
    const failure = await refusalOf(access, listAll(access, 'cloudservers'));
    expect(failure).toMatchObject({ kind: 'unavailable', vendorCode: 'REPEATED_PAGE' });
  });

  it('in words of each service’s own', async () => {
    const { simulator } = await startSmall();
    const access = accessTo(simulator, { ak: 'admin' });
    const types = {
      vpcs: 'ListNetworks',
      images: 'ListImages',
      zones: 'ListZones',
      clusters: 'ListClusters',
    };
    for (const [type, call] of Object.entries(types)) {
      simulator.faults.denied.add(call);
      const failure = await refusalOf(access, listAll(access, type));
      expect(failure).toMatchObject({ kind: 'permission', vendorCode: 'HTTP 403' });
      expect(failure.message).toContain("Policy doesn't allow it to be performed");
      expect(failure.message).not.toMatch(/<|html/);
    }
  });

  it('by a role that is gone when the listing ends deletes nothing', async () => {
    const { simulator } = await startSmall();
    const access = accessTo(simulator, { ak: 'admin' });
    // As soon as the networks are told, the role is gone.
    const gate: CallGate = {
      async call(api, make) {
        const answer = await make();
        if (api.startsWith('network')) simulator.faults.lostRoles.add('admin');
        return answer;
      },
    };
    const table = tableOf(adapter, 'vpcs');
    const work = (peer: Parameters<typeof listPages>[1]) => listPages(table, peer);
    const listing = withConnection(openstackAdapter(), access, work, { gate, table });
    expect(await refusalOf(access, listing)).toMatchObject({
      kind: 'permission',
      vendorCode: 'NOT_ADMINISTRATOR',
    });
  });

  it('because a cell is down is no end, and no deletion', async () => {
    const { simulator, estate } = await startSmall();
    const access = accessTo(simulator, { ak: 'admin' });
    const [down] = estate.items('servers');
    simulator.faults.downServers.add(down?.id ?? '');
    const seen: string[] = [];
    const listing = withConnection(adapter, access, async (peer) => {
      const table = tableOf(adapter, 'cloudservers');
      for await (const page of table.pages({ ...peer, signal: NEVER })) {
        seen.push(...page.items.map((item) => table.toResource(item, peer.scope).nativeId));
        if (page.resumeAt === undefined) return;
      }
    });
    const failure = await refusalOf(access, listing);
    expect(failure).toMatchObject({ kind: 'unavailable', vendorCode: 'DOWN_CELL', cursorExpired: true });
    expect(seen).toEqual(
      estate
        .items('servers')
        .map(({ id }) => id)
        .slice(1),
    );
  });

  it('of a code that nobody knows is a bug, with what the cloud’s operators need', () => {
    const facts = { host: 'nova', operation: 'compute GET /servers', requestId: 'req-1', detail: 'Hm.' };
    expect(classifyOpenstackError(new OpenstackError('HTTP 418', facts))).toMatchObject({
      kind: 'bug',
      message: expect.stringContaining('req-1'),
    });
    expect(classifyOpenstackError(new Error('other'))).toBeUndefined();
  });
});
