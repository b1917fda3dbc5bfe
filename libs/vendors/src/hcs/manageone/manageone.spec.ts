import { afterEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '#domain';
import {
  HcsEstateBuilder,
  type HcsSimulator,
  type HcsSimulatorOptions,
  type SimulatedHcsProject,
  startHcsSimulator,
} from '#simulators';
import {
  listPages,
  listResources,
  openGate,
  openNetwork,
  refusalOf,
  tableOf,
  withConnection,
} from '#vendor-kit/testing';

import { hcsAdapter } from '../adapter.js';
import type { HcsSettings } from '../settings.js';

const REGION = 'sa-fb-1';
const NEVER = new AbortController().signal;
const VMS = 'CLOUD_VM';

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const peer of running.splice(0)) await peer.close();
});

async function start(options: HcsSimulatorOptions = {}): Promise<HcsSimulator> {
  const simulator = await startHcsSimulator(options);
  running.push(simulator);
  return simulator;
}

/** Ten rows a page, the fewest. */
const adapter = hcsAdapter(10);

function accessTo({ url, userName, password, caPem }: HcsSimulator, settings: Partial<HcsSettings> = {}) {
  return {
    accountId: 'manageone-1',
    ak: userName,
    sk: password,
    settings: {
      source: 'manageone',
      home_region: REGION,
      cloud_domain: 'cloud.example.com',
      endpoint: url,
      tls_ca_pem: caPem,
      ...settings,
    },
  };
}

/** A project with so many VPCs that they are on several pages. */
function plant(count = 25) {
  const builder = new HcsEstateBuilder();
  const project = builder.project(REGION);
  for (let number = 1; number <= count; number += 1) {
    builder.put(project, 'vpcs', { name: `net-${String(number)}`, status: 'OK' });
  }
  return { builder, project, estate: builder.estate };
}

/** What ManageOne has of a type. */
async function listed(simulator: HcsSimulator, type: string, settings: Partial<HcsSettings> = {}) {
  return await withConnection(adapter, accessTo(simulator, settings), (connected) =>
    listResources(tableOf(adapter, type), connected),
  );
}

/** How listing a type fails, classified. */
async function failureOf(simulator: HcsSimulator, type: string) {
  return await listed(simulator, type).then(
    () => undefined,
    (error: unknown) => adapter.classify(error),
  );
}

const answer = (status: number, body: object | string, headers: Record<string, string> = {}) => ({
  kind: 'answer' as const,
  answer: { status, headers, parts: [typeof body === 'string' ? body : JSON.stringify(body)] },
});

const html = (status: number) => answer(status, '<html>Sign in</html>', { 'Content-Type': 'text/html' });

describe('signing in to ManageOne', () => {
  it.each([
    ['a wrong password', { sk: 'wr0ng & <long>' }],
    ['an unknown user', { ak: 'nobody' }],
  ])('tells %s, after one call', async (_, part) => {
    const simulator = await start();
    const refusal = await refusalOf(adapter, { ...accessTo(simulator), ...part });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'SIGN_IN_REFUSED', retryable: false });
    expect(refusal.message).toContain('user.login.user_or_value_invalid');
    expect(simulator.requests['SignIn']).toBe(1);
  });

  it('tells that the user is locked', async () => {
    const simulator = await start();
    const access = accessTo(simulator);
    for (let tries = 0; tries < 5; tries += 1) await refusalOf(adapter, { ...access, sk: 'wrong' });
    expect(await refusalOf(adapter, access)).toMatchObject({
      kind: 'credentials',
      vendorCode: 'USER_LOCKED',
    });
  });

  it.each([
    ['is away', { kind: 'status', status: 503 }, 'unavailable', 'HTTP 503'],
    ['has too much to do', { kind: 'status', status: 429 }, 'throttled', 'HTTP 429'],
    [
      'has a bad day',
      answer(500, { exceptionId: 'framwork.remote.SystemError' }),
      'unavailable',
      'framwork.remote.SystemError',
    ],
    ['is something else', { kind: 'status', status: 404 }, 'credentials', 'NOT_MANAGEONE'],
    ['shows people’s sign-in', html(200), 'credentials', 'LOGIN_PAGE'],
    [
      'sends us to a login',
      answer(302, '', { Location: '/unisso/authui/login?x=1' }),
      'credentials',
      'LOGIN_PAGE',
    ],
    [
      'sends us elsewhere',
      answer(302, '', { Location: 'https://b.test/x?session=1' }),
      'credentials',
      'REDIRECTED',
    ],
    ['gives no session', answer(200, { accessSession: '' }), 'unavailable', 'MALFORMED_ANSWER'],
    ['answers with no JSON', answer(200, 'OK'), 'unavailable', 'MALFORMED_ANSWER'],
    ['breaks off', { kind: 'cut' }, 'unavailable', 'UND_ERR_SOCKET'],
  ] as const)('tells that what answers %s', async (_, failure, kind, vendorCode) => {
    const simulator = await start();
    simulator.faults.failNext(1, failure, 'SignIn');
    const refusal = await refusalOf(adapter, accessTo(simulator));
    expect(refusal).toMatchObject({ kind, vendorCode });
    expect(refusal.message).not.toContain('session=1');
  });

  it('trusts the CA of the settings only, and goes nowhere it may not', async () => {
    const [simulator, other] = [await start(), await start()];
    expect(await refusalOf(adapter, accessTo(simulator, { tls_ca_pem: other.caPem }))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const notPem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    expect(await refusalOf(adapter, accessTo(simulator, { tls_ca_pem: notPem }))).toMatchObject({
      vendorCode: 'TLS_CA_INVALID',
    });
    const metadata = { endpoints: { oc: 'https://169.254.169.254' } };
    expect(await refusalOf(adapter, accessTo(simulator, metadata))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'ENDPOINT_REFUSED',
    });
  });

  it('is at a host of the region and the domain, unless the settings say otherwise', async () => {
    const simulator = await start();
    const nowhere = { endpoint: undefined, cloud_domain: 'cloud.invalid' } as unknown as Partial<HcsSettings>;
    const refusal = await refusalOf(adapter, accessTo(simulator, nowhere));
    expect(refusal.message).toContain('oc.sa-fb-1.cloud.invalid');
    const given = { ...nowhere, endpoints: { oc: simulator.url } };
    expect(await listed(simulator, 'vpcs', given)).not.toHaveLength(0);
  });
});

describe('a session', () => {
  it('is one for all listings, and signed out when done', async () => {
    const simulator = await start();
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const types = ['vpcs', 'subnets', 'volumes', 'cloudservers'];
      await Promise.all(types.map((type) => listResources(tableOf(adapter, type), connected)));
      expect(simulator.manageOne.openSessions).toBe(1);
    });
    expect(simulator.manageOne.openSessions).toBe(0);
    expect(simulator.requests['SignIn']).toBe(1);
  });

  it('is renewed where it ends in the middle of a listing, by all listings at once', async () => {
    const { estate } = plant();
    const simulator = await start({ estate });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const pages = () => listPages(tableOf(adapter, 'vpcs'), connected);
      const [first] = await pages();
      simulator.manageOne.endSessions();
      const rest = await listPages(tableOf(adapter, 'vpcs'), connected, first?.resumeAt);
      const found = [first, ...rest].flatMap((page) => page?.resources ?? []);
      expect(new Set(found.map(({ nativeId }) => nativeId)).size).toBe(25);
      simulator.manageOne.endSessions();
      const again = await Promise.all([pages(), pages(), pages()]);
      const sizes = again.map((list) => list.flatMap(({ resources }) => resources).length);
      expect(sizes).toEqual([25, 25, 25]);
    });
    expect(simulator.manageOne.sessionsSoFar).toBe(3);
    expect(simulator.manageOne.openSessions).toBe(0);
  });

  it.each([[html(200)], [answer(302, '', { Location: 'https://oc.example.com/unisso/authui/login' })]])(
    'is renewed where the sign-in’s page comes instead of a list',
    async (page) => {
      const simulator = await start();
      simulator.faults.failNext(1, page, 'CLOUD_VPC');
      expect(await listed(simulator, 'vpcs')).not.toHaveLength(0);
      expect(simulator.requests['SignIn']).toBe(2);
    },
  );

  it('does not pile up where the user may not read anything', async () => {
    const simulator = await start();
    simulator.manageOne.maxSessions = 1;
    const types = ['vpcs', 'subnets', 'volumes', 'images', 'instances'];
    for (const name of ['CLOUD_VPC', 'CLOUD_SUBNET', 'CLOUD_VOLUME', 'CLOUD_IMAGE']) {
      simulator.faults.deniedCalls.add(name);
    }
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const outcomes = await Promise.allSettled(
        types.map((type) => listResources(tableOf(adapter, type), connected)),
      );
      const kinds = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? 'listed' : adapter.classify(outcome.reason)?.kind,
      );
      expect(kinds).toEqual([...Array<string>(4).fill('permission'), 'listed']);
    });
    expect(simulator.manageOne.openSessions).toBe(0);
  });

  it('is signed out that was still being made when nobody waited for it any more', async () => {
    const simulator = await start();
    simulator.faults.failNext(1, { kind: 'delay', delayMs: 200 }, 'SignIn');
    const controller = new AbortController();
    const access = { ...accessTo(simulator), gate: openGate, network: openNetwork };
    const connecting = adapter.connect(access, controller.signal);
    while (simulator.requests['SignIn'] === undefined) await new Promise(setImmediate);
    controller.abort(new Error('stopped by the test'));
    await expect(connecting).rejects.toThrow('stopped by the test');
    expect(simulator.manageOne.sessionsSoFar).toBe(1);
    expect(simulator.manageOne.openSessions).toBe(0);
  });

  it('is renewed before its end, and every hour where ManageOne doesn’t say when that is', async () => {
    for (const lifetime of [0.000_001, 'unknown']) {
      const simulator = await start();
      simulator.manageOne.lifetimeS = lifetime;
      simulator.manageOne.maxSessions = 100;
      await listed(simulator, 'vpcs');
      const isShort = typeof lifetime === 'number';
      if (isShort) expect(simulator.requests['SignIn']).toBeGreaterThan(1);
      else expect(simulator.requests['SignIn']).toBe(1);
    }
  });

  it('is in no error', async () => {
    const simulator = await start();
    simulator.faults.deniedCalls.add(VMS);
    const error = await listed(simulator, 'cloudservers').catch((reason: unknown) => reason);
    const shown = [error, adapter.classify(error)].map((one) => JSON.stringify(one) + String(one)).join(' ');
    expect(shown).not.toMatch(/x-session|rand-|Simulated&/);
    expect(adapter.classify(error)?.message).toContain(VMS);
  });
});

describe('a listing of ManageOne’s', () => {
  it('has what the tenants’ services have, by the same ids, in the same words', async () => {
    const simulator = await start();
    const { accessKey: ak, secretKey: sk, estate } = simulator;
    const places = estate.projects.map(({ region, id }: SimulatedHcsProject) => `${region}/${id}`);
    const { projects, ...settings } = {
      ...accessTo(simulator).settings,
      source: 'services',
      projects: places,
    };
    for (const { type } of adapter.tables) {
      const byServices = await Promise.all(
        places.map((place) =>
          withConnection(
            adapter,
            { accountId: 'hcs-1', ak, sk, settings: { ...settings, projects: [place] } },
            (connected) => listResources(tableOf(adapter, type), connected),
          ),
        ),
      );
      const byManageOne = await Promise.all(
        places.map((place) => listed(simulator, type, { projects: [place] })),
      );
      const shape = (resource: { nativeId: string; name: string; status: string; regionId: string }) => {
        const { nativeId, name, status, regionId } = resource;
        return { nativeId, name, status, regionId };
      };
      const inOrder = (resources: (typeof byServices)[number]) =>
        resources.map(shape).sort((one, other) => (one.nativeId < other.nativeId ? -1 : 1));
      expect(byManageOne.map(inOrder)).toEqual(byServices.map(inOrder));
      expect((await listed(simulator, type)).map(shape)).toEqual(
        expect.arrayContaining(byServices.flat().map(shape)),
      );
      expect(projects).toBe(places);
    }
  });

  it('names a project’s scope as the tenants’ services do', async () => {
    const simulator = await start();
    const [project] = simulator.estate.projects;
    const id = project?.id ?? '';
    const access = { ...accessTo(simulator, { projects: [id, `sa-fb-2/${id}`] }) };
    const connection = await adapter.connect({ ...access, gate: openGate, network: openNetwork }, NEVER);
    expect(await adapter.scopes(connection, NEVER)).toEqual([
      { key: `${REGION}/${id}`, name: id, region: REGION },
      { key: `sa-fb-2/${id}`, name: id, region: 'sa-fb-2' },
    ]);
    await adapter.disconnect(connection);
  });

  it('has a named project’s rows only, even where the condition is not understood', async () => {
    const { builder, project, estate } = plant(3);
    builder.put(builder.project(REGION, `${REGION}_other`), 'vpcs', { name: 'x', status: 'OK' });
    const simulator = await start({ estate });
    const whole = { objList: [{ resId: 'A', nativeId: 'a', projectId: 'another' }], totalNum: 1 };
    expect(await listed(simulator, 'vpcs', { projects: [project.id] })).toHaveLength(3);
    simulator.faults.failNext(1, answer(200, whole), 'CLOUD_VPC');
    expect(await listed(simulator, 'vpcs', { projects: [project.id] })).toHaveLength(0);
  });

  it('lists no named project where rows don’t say whose they are', async () => {
    const { project, estate } = plant(3);
    const simulator = await start({ estate });
    const whole = { objList: [{ resId: 'A', nativeId: 'a' }], totalNum: 1 };
    simulator.faults.failNext(1, answer(200, whole), 'CLOUD_VPC');
    const error = await listed(simulator, 'vpcs', { projects: [project.id] }).catch(
      (reason: unknown) => reason,
    );
    expect(adapter.classify(error)).toMatchObject({ kind: 'absent', vendorCode: 'OWNER_UNKNOWN' });
  });

  it('is without the platform’s own machines', async () => {
    const { builder, project, estate } = plant(1);
    const server = builder.server(builder.network(project, 'plant', 1), 'web');
    const simulator = await start({ estate });
    for (const [index, management] of ['true', true, 'TRUE'].entries()) {
      const id = `own-${String(index)}`;
      simulator.manageOne.management.push({ resId: id, nativeId: id, management });
    }
    expect((await listed(simulator, 'cloudservers')).map(({ nativeId }) => nativeId)).toEqual([server]);
  });

  it('finds classes by their other name, and under the other path, as older builds have them', async () => {
    const simulator = await start();
    simulator.manageOne.isOld = true;
    expect(await listed(simulator, 'cloudservers')).not.toHaveLength(0);
    const row = { objList: [{ resId: 'A', nativeId: 'a', floatingIpAddress: '1.2.3.4' }], totalNum: 1 };
    simulator.faults.missingCalls.add('CLOUD_EIP');
    simulator.faults.failNext(1, answer(200, row), 'CLOUD_FLOATING_IPS');
    expect(await listed(simulator, 'publicips')).toMatchObject([{ name: '1.2.3.4', addresses: ['1.2.3.4'] }]);
  });

  it.each([
    ['a body without its list', { totalNum: 0 }],
    ['a list of null', { objList: null, totalNum: 0 }],
    ['rows that are none', { objList: ['x'], totalNum: 1 }],
    ['a list without a total', { objList: [] }],
    ['a total that is no number', { objList: [], totalNum: 'many' }],
    ['a total of fewer than it has', { objList: [{ resId: 'A' }], totalNum: 0 }],
    ['another page', { objList: [], totalNum: 0, currentPage: 2 }],
    [
      'more rows than were asked for',
      { objList: Array.from({ length: 11 }, (_, id) => ({ resId: String(id) })), totalNum: 11 },
    ],
  ])('takes %s for no end', async (_, body: object) => {
    const simulator = await start();
    simulator.faults.failNext(1, answer(200, body), 'CLOUD_VPC');
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({
      kind: 'unavailable',
      vendorCode: 'MALFORMED_ANSWER',
    });
  });

  it.each([
    ['empty', { objList: [], totalNum: 3 }],
    ['short', { objList: [{ resId: 'A' }], totalNum: 3 }],
  ])('begins anew when a page is %s though there is more', async (_, body: JsonObject) => {
    const simulator = await start({ estate: plant(0).estate });
    simulator.faults.failNext(3, answer(200, body), 'CLOUD_VPC');
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({ kind: 'unavailable', cursorExpired: true });
  });

  it('says so where pages are smaller than they were asked for', async () => {
    const simulator = await start();
    const body = { objList: [{ resId: 'A' }], totalNum: 30, pageSize: 1 };
    simulator.faults.failNext(1, answer(200, body), 'CLOUD_VPC');
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({
      kind: 'bug',
      vendorCode: 'PAGE_SIZE_CHANGED',
    });
  });

  it('never asks for more than 1,000 rows at once, and reads other builds’ answers', async () => {
    const { estate } = plant(12);
    const simulator = await start({ estate });
    const large = hcsAdapter(5_000);
    const list = () =>
      withConnection(large, accessTo(simulator), (connected) =>
        listResources(tableOf(large, 'vpcs'), connected),
      );
    expect(await list()).toHaveLength(12);
    const rows = [{ id: 'A', nativeId: 'a' }];
    for (const body of [
      { objList: rows, totalNum: '1', pageSize: '1000', currentPage: '1' },
      { instances: rows, total: 1 },
      { data: { objList: rows, totalNum: 1 } },
    ]) {
      simulator.faults.failNext(1, answer(200, body), 'CLOUD_VPC');
      expect(await list()).toMatchObject([{ nativeId: 'a', name: 'a', regionId: REGION }]);
    }
  });

  it('begins anew when rows move from page to page', async () => {
    const { estate, project } = plant();
    const simulator = await start({ estate });
    const outcome = await withConnection(adapter, accessTo(simulator), async (connected) => {
      const pages = tableOf(adapter, 'vpcs')
        .pages({ ...connected, signal: NEVER })
        [Symbol.asyncIterator]();
      const first = (await pages.next()).value as {
        items: readonly { row: JsonObject }[];
        resumeAt?: string;
      };
      // One of the first page's comes again behind its end, as in a list that is put into another order.
      const { at } = JSON.parse(first.resumeAt ?? '') as { at: string };
      const { page, size, last } = JSON.parse(at) as { page: number; size: number; last: string };
      const again = [{ resId: last }, first.items[0]?.row ?? {}];
      const body = { objList: again, totalNum: 25, pageSize: size, currentPage: page };
      simulator.faults.failNext(1, answer(200, body), 'CLOUD_VPC');
      return await pages.next().catch((error: unknown) => adapter.classify(error));
    });
    expect(outcome).toMatchObject({ kind: 'unavailable', vendorCode: 'ORDER_CHANGED', cursorExpired: true });
    expect(estate.list('vpcs', project.id)).toHaveLength(25);
  });

  it('names the class that it lacks, and the one that may not be read', async () => {
    const simulator = await start();
    simulator.faults.missingCalls.add('CLOUD_CCE_CLUSTER');
    simulator.faults.deniedCalls.add('CLOUD_RDS_INSTANCE');
    const absent = await failureOf(simulator, 'clusters');
    expect(absent).toMatchObject({ kind: 'absent', vendorCode: 'CLASS_UNKNOWN' });
    expect(absent?.message).toContain('CLOUD_CCE_CLUSTER');
    expect(await failureOf(simulator, 'instances')).toMatchObject({
      kind: 'permission',
      vendorCode: 'NOT_ALLOWED',
    });
    expect(tableOf(adapter, 'instances').permissions[0]).toContain('CLOUD_RDS_INSTANCE');
  });
});

describe('a row of ManageOne’s', () => {
  const table = tableOf(adapter, 'cloudservers');
  const normalized = (row: JsonObject, scopeKey = 'manageone') =>
    table.toResource({ row: { resId: 'A', ...row }, homeRegion: REGION }, { key: scopeKey, name: '' });

  it.each([
    ['active', '', 'running'],
    ['active', 'powering-off', 'stopping'],
    ['ACTIVE', 'DELETING', 'deleting'],
    ['stopped', '', 'stopped'],
    ['hibernated', '', 'suspended'],
    ['fault', '', 'error'],
    ['newfangled', '', 'unknown'],
  ])('is a server that is %s, on its way to %j: %s', (status, taskState, expected) => {
    expect(normalized({ status, taskState })).toMatchObject({ status: expected, nativeStatus: status });
  });

  it('has the texts that are several, without those that are none', () => {
    const row = {
      privateIps: '@192.168.216.186@0.0.0.0@',
      ipAddress: '192.168.216.186',
      floatingIp: '@100.64.0.1@',
    };
    expect(normalized(row).addresses).toEqual(['192.168.216.186', '100.64.0.1']);
  });

  it.each([
    ['@team=shop@odd@', { team: 'shop', odd: '' }],
    ['team=shop,a=b=c', { team: 'shop', a: 'b=c' }],
    ['[{"key":"team","value":"shop"}]', { team: 'shop' }],
    ['{"team":"shop"}', { team: 'shop' }],
    ['[team=shop', { '[team': 'shop' }],
    ['', {}],
  ])('has the tags of %j', (tags, expected) => {
    expect(normalized({ tags }).tags).toEqual(expected);
  });

  it('is in its region, by the id that the services have for it, or else as it says', () => {
    expect(normalized({ bizRegionNativeId: 'eu-1', bizRegionId: 'AB' }).regionId).toBe('eu-1');
    expect(normalized({ bizRegionId: 'AB' }).regionId).toBe('AB');
    expect(normalized({}).regionId).toBe(REGION);
    expect(normalized({ bizRegionNativeId: 'eu-1' }, `sa-fb-2/${'a'.repeat(32)}`).regionId).toBe('sa-fb-2');
  });

  it('is called by the service’s id, an URN where FusionCompute is below', () => {
    const nativeId = 'urn:sites:3FAF07CB:vms:i-000007AF';
    expect(normalized({ nativeId })).toMatchObject({ nativeId, name: nativeId });
    expect(normalized({}).nativeId).toBe('A');
  });

  it('stands to what services have ids for, not to ids of ManageOne’s own', () => {
    const image = '901dc604-e9e5-45d6-a79e-5821478f5df9';
    expect(normalized({ imageId: image }).relations).toEqual([
      { kind: 'created_from', type: 'images', nativeId: image },
    ]);
    expect(normalized({ imageId: 'F0FAAC8BA728341BBC4EC478D1F2DD95' }).relations).toEqual([]);
  });

  it('was created in UTC where it says no zone', () => {
    expect(normalized({ createdAt: '2015-03-31 05:02:46' }).createdAt).toEqual(
      new Date('2015-03-31T05:02:46Z'),
    );
  });

  it('is no other when ManageOne only looked at it again', () => {
    expect(table.volatile).toEqual(['/last_Modified']);
  });
});
