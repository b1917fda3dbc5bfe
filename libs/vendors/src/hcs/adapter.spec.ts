import { afterEach, describe, expect, it } from '@jest/globals';

import {
  HcsEstateBuilder,
  type HcsSimulator,
  type HcsSimulatorOptions,
  type SimulatedHcsProject,
  startHcsSimulator,
} from '#simulators';
import { listPages, listResources, refusalOf, tableOf, withConnection } from '#vendor-kit/testing';

import { hcsAdapter } from './adapter.js';
import type { HcsSettings } from './settings.js';

const REGION = 'sa-fb-1';

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const peer of running.splice(0)) await peer.close();
});

async function start(options: HcsSimulatorOptions = {}): Promise<HcsSimulator> {
  const simulator = await startHcsSimulator(options);
  running.push(simulator);
  return simulator;
}

/** A project in which nothing is. */
function plant() {
  const builder = new HcsEstateBuilder();
  const project = builder.project(REGION);
  return { builder, project, estate: builder.estate };
}

const adapter = hcsAdapter(3);

function accessTo({ url, accessKey, secretKey, caPem }: HcsSimulator, settings: Partial<HcsSettings> = {}) {
  return {
    accountId: 'hcs-1',
    ak: accessKey,
    sk: secretKey,
    settings: {
      home_region: REGION,
      cloud_domain: 'cloud.example.com',
      endpoint: url,
      tls_ca_pem: caPem,
      ...settings,
    },
  };
}

/** How listing a type in the first project fails, classified. */
async function failureOf(simulator: HcsSimulator, type: string, resumeAt?: string) {
  return await withConnection(adapter, accessTo(simulator), (connected) =>
    listPages(tableOf(adapter, type), connected, resumeAt),
  ).then(
    () => undefined,
    (error: unknown) => adapter.classify(error),
  );
}

async function list(simulator: HcsSimulator, type: string) {
  return await withConnection(adapter, accessTo(simulator), (connected) =>
    listResources(tableOf(adapter, type), connected),
  );
}

const answer = (status: number, body: object | string) => ({
  kind: 'answer' as const,
  answer: { status, headers: {}, parts: [typeof body === 'string' ? body : JSON.stringify(body)] },
});

describe('signing in', () => {
  it.each([
    ['a wrong secret key', { sk: 'wr0ng & <long>' }],
    ['an unknown access key', { ak: 'HPUANOBODY' }],
  ])('tells %s, after one call', async (_, part) => {
    const simulator = await start();
    const refusal = await refusalOf(adapter, { ...accessTo(simulator), ...part });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'APIGW.0301', retryable: false });
    // Five of these in a row would lock the key.
    expect(simulator.requests['ListProjects']).toBe(1);
  });

  it('waits where the key is locked', async () => {
    const simulator = await start();
    const access = accessTo(simulator);
    for (let tries = 0; tries < 5; tries++) await refusalOf(adapter, { ...access, sk: 'wrong' });
    expect(await refusalOf(adapter, access)).toMatchObject({ kind: 'throttled', vendorCode: 'KEY_LOCKED' });
  });

  it.each([
    ['is away', { kind: 'status', status: 503 }, 'unavailable', 'HTTP 503'],
    ['is something else', { kind: 'status', status: 404 }, 'credentials', 'WRONG_ENDPOINT'],
    ['answers with a page of HTML', answer(200, '<html>Log in</html>'), 'unavailable', 'MALFORMED_ANSWER'],
    [
      'sends us to a login',
      { kind: 'status', status: 302, headers: { location: '/authui/login' } },
      'credentials',
      'REDIRECTED',
    ],
  ] as const)('tells that IAM %s', async (_, failure, kind, vendorCode) => {
    const simulator = await start();
    simulator.faults.failNext(1, failure, 'ListProjects');
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({ kind, vendorCode });
  });

  it('waits when IAM throttles, without being told for how long', async () => {
    const simulator = await start();
    simulator.faults.throttleNext(1, 'ListProjects');
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({
      kind: 'throttled',
      vendorCode: 'APIGW.0308',
      retryAfterMs: 15_000,
    });
  });

  it('tells a certificate that is not trusted, one that is none, and an address it may not call', async () => {
    const [simulator, other] = [await start(), await start()];
    expect(await refusalOf(adapter, accessTo(simulator, { tls_ca_pem: other.caPem }))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const notPem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    expect(await refusalOf(adapter, accessTo(simulator, { tls_ca_pem: notPem }))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'TLS_CA_INVALID',
    });
    const metadata = { endpoints: { iam: 'https://169.254.169.254' } };
    expect(await refusalOf(adapter, accessTo(simulator, metadata))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'ENDPOINT_REFUSED',
    });
  });

  it('goes without IAM where projects are named, and tells a wrong key all the same', async () => {
    const { project, builder, estate } = plant();
    builder.network(project, 'plant', 1);
    const simulator = await start({ estate });
    simulator.faults.missingCalls.add('ListProjects').add('ListRegions');
    const access = accessTo(simulator, { projects: [project.id] });
    const found = await withConnection(adapter, access, (connected) =>
      listResources(tableOf(adapter, 'vpcs'), connected),
    );
    expect(found).toHaveLength(1);
    expect(await refusalOf(adapter, { ...access, sk: 'wrong' })).toMatchObject({ vendorCode: 'APIGW.0301' });
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({ vendorCode: 'WRONG_ENDPOINT' });
  });
});

describe('a listing', () => {
  it('is of its own project only, where the call has no project in it', async () => {
    const { builder, project, estate } = plant();
    const other = builder.project(REGION, `${REGION}_other`);
    const put = (to: SimulatedHcsProject, kind: 'ports' | 'loadbalancers') =>
      builder.put(to, kind, { name: 'x', tenant_id: to.id });
    const [port, balancer] = [put(project, 'ports'), put(project, 'loadbalancers')];
    put(other, 'ports');
    put(other, 'loadbalancers');
    const access = accessTo(await start({ estate }), { projects: [project.id] });
    const idsOf = (type: string) =>
      withConnection(adapter, access, async (connected) =>
        (await listResources(tableOf(adapter, type), connected)).map(({ nativeId }) => nativeId),
      );
    expect(await idsOf('networkInterfaces')).toEqual([port]);
    expect(await idsOf('loadbalancers')).toEqual([balancer]);
  });

  it('begins anew when its place is gone from a service that says nothing is behind it', async () => {
    const { builder, project, estate } = plant();
    for (let number = 0; number < 7; number++) builder.put(project, 'vpcs', { name: 'x', status: 'OK' });
    const simulator = await start({ estate });
    const error = await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [first] = await listPages(tableOf(adapter, 'vpcs'), connected);
      const before = first?.resources.at(-2)?.nativeId ?? '';
      estate.remove('vpcs', project.id, before);
      return await listPages(tableOf(adapter, 'vpcs'), connected, first?.resumeAt).catch(
        (reason: unknown) => reason,
      );
    });
    expect(adapter.classify(error)).toMatchObject({ kind: 'unavailable', cursorExpired: true });
    expect(await list(simulator, 'vpcs')).toHaveLength(6);
  });

  it.each([
    ['cloudservers', 'ListServers', 'ecs:servers:list'],
    ['bareMetalServers', 'ListBareMetalServers', 'bms:servers:list'],
    ['volumes', 'ListVolumes', 'evs:volumes:list'],
    ['images', 'ListImages', 'ims:images:list'],
    ['loadbalancers', 'ListLoadbalancers', 'elb:loadbalancers:list'],
    ['clusters', 'ListClusters', 'cce:cluster:list'],
    ['instances', 'ListInstances', 'rds:instance:list'],
  ])(
    'of %s says which permission is missing, and that the service is not there',
    async (type, call, action) => {
      const simulator = await start();
      simulator.faults.deniedCalls.add(call);
      const refused = await failureOf(simulator, type);
      expect(refused).toMatchObject({ kind: 'permission' });
      expect(refused?.message).toContain(action);
      expect(tableOf(adapter, type).permissions[0]).toContain(action);
      simulator.faults.missingCalls.add(call);
      expect(await failureOf(simulator, type)).toMatchObject({ kind: 'absent', vendorCode: 'APIGW.0101' });
    },
  );

  it.each([
    ['an answer without its list', { count: 0 }],
    ['an empty object', {}],
    ['a list of null', { servers: null }],
  ])('takes %s for no end', async (_, body) => {
    const simulator = await start();
    simulator.faults.failNext(1, answer(200, body), 'ListServers');
    expect(await failureOf(simulator, 'cloudservers')).toMatchObject({
      kind: 'unavailable',
      vendorCode: 'MALFORMED_ANSWER',
    });
  });

  it('ends when it is aborted in the middle of a call', async () => {
    const simulator = await start();
    const controller = new AbortController();
    await withConnection(adapter, accessTo(simulator), async ({ connection, scope }) => {
      simulator.faults.failNext(1, { kind: 'delay', delayMs: 60_000 }, 'ListServers');
      const pages = tableOf(adapter, 'cloudservers').pages({ connection, scope, signal: controller.signal });
      const first = pages[Symbol.asyncIterator]().next();
      while (simulator.requests['ListServers'] === undefined) await new Promise(setImmediate);
      controller.abort(new Error('stopped by the test'));
      await expect(first).rejects.toThrow('stopped by the test');
    });
  });
});

describe('a resource', () => {
  it.each([
    ['ACTIVE', null, 'running'],
    ['ACTIVE', 'powering-off', 'stopping'],
    ['SHUTOFF', 'powering-on', 'starting'],
    ['SHUTOFF', null, 'stopped'],
    ['PAUSED', null, 'suspended'],
    ['REBUILD', null, 'provisioning'],
    ['HARD_REBOOT', null, 'starting'],
    ['SOFT_DELETED', null, 'deleting'],
    ['ERROR', null, 'error'],
    ['NEWFANGLED', null, 'unknown'],
  ])('is a server that is %s, on its way to %s: %s', async (status, task, expected) => {
    const { builder, project, estate } = plant();
    builder.server(builder.network(project, 'plant', 1), 'web', { status, task });
    const [server] = await list(await start({ estate }), 'cloudservers');
    expect(server).toMatchObject({ status: expected, nativeStatus: status });
  });

  it('has tags in whichever form its service has them', async () => {
    const { builder, project, estate } = plant();
    const forms = [
      ['team=shop', 'odd', 'a=b=c'],
      [{ key: 'team', value: 'shop' }],
      { team: 'shop', count: 3 },
      null,
    ];
    for (const tags of forms) builder.put(project, 'databases', { name: 'x', status: 'ACTIVE', tags });
    const found = await list(await start({ estate }), 'instances');
    expect(found.map(({ tags }) => tags)).toEqual(
      expect.arrayContaining([
        { team: 'shop', odd: '', a: 'b=c' },
        { team: 'shop' },
        { team: 'shop', count: '3' },
        {},
      ]),
    );
  });

  it('is the same in whatever order its service lists what has none', async () => {
    const { builder, project, estate } = plant();
    const id = builder.put(project, 'securityGroups', {
      name: 'web',
      security_group_rules: [{ id: '1' }, { id: '2' }],
    });
    const simulator = await start({ estate });
    const before = await list(simulator, 'securityGroups');
    const group = estate.list('securityGroups', project.id).find((candidate) => candidate['id'] === id);
    (group?.['security_group_rules'] as unknown[]).reverse();
    expect(await list(simulator, 'securityGroups')).toEqual(before);
  });

  it('is a port of a server, or of something else', async () => {
    const { builder, project, estate } = plant();
    const network = builder.network(project, 'plant', 1);
    const server = builder.server(network, 'web');
    builder.services(network, 'plant');
    const ports = await list(await start({ estate }), 'networkInterfaces');
    const servers = ports.flatMap(({ relations }) => relations.filter(({ type }) => type === 'cloudservers'));
    expect(ports).toHaveLength(2);
    expect(servers).toEqual([{ kind: 'attached_to', type: 'cloudservers', nativeId: server }]);
  });

  it('was created when its service says, in UTC where that says no zone', async () => {
    const [address] = await list(await start(), 'publicips');
    expect(address?.createdAt).toEqual(new Date('2025-03-04T05:06:07Z'));
  });
});
