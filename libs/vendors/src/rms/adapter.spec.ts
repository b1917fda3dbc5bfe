import { afterEach, describe, expect, it } from '@jest/globals';

import type { SyncError } from '#domain';
import {
  RmsEstateBuilder,
  type RmsSimulator,
  type RmsSimulatorOptions,
  startRmsSimulator,
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

import { rmsAdapter } from './adapter.js';
import type { RmsSettings } from './settings.js';

const REGION = 'cn-north-4';
const LISTING = 'ListAllResources';
const GLOBAL = { key: 'global', name: 'Global' };

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const peer of running.splice(0)) await peer.close();
});

async function start(options: RmsSimulatorOptions = {}): Promise<RmsSimulator> {
  const simulator = await startRmsSimulator(options);
  running.push(simulator);
  return simulator;
}

function shop() {
  const builder = new RmsEstateBuilder();
  const region = builder.region(REGION, 'CN North-Beijing4');
  return { builder, region, estate: builder.estate };
}

const adapter = rmsAdapter(2);
const never = new AbortController().signal;

function accessTo(simulator: RmsSimulator, settings: Partial<RmsSettings> = {}) {
  const { url, accessKey, secretKey, domainId, caPem } = simulator;
  const endpoints = { endpoint: url, iam_endpoint: url, ecs_endpoint: url };
  return {
    accountId: domainId,
    ak: accessKey,
    sk: secretKey,
    settings: { ...endpoints, tls_ca_pem: caPem, ...settings },
  };
}

/** How listing a type in the first region fails, classified. */
async function failureOf(simulator: RmsSimulator, type: string, resumeAt?: string) {
  return await withConnection(adapter, accessTo(simulator), (connected) =>
    listPages(tableOf(adapter, type), connected, resumeAt),
  ).then(
    () => undefined,
    (error: unknown) => adapter.classify(error),
  );
}

async function list(simulator: RmsSimulator, type: string, settings: Partial<RmsSettings> = {}) {
  return await withConnection(adapter, accessTo(simulator, settings), (connected) =>
    listResources(tableOf(adapter, type), connected),
  );
}

/** All that a type has among what is in no region. */
async function listGlobal(simulator: RmsSimulator, type: string) {
  return await withConnection(adapter, accessTo(simulator), ({ connection }) =>
    listResources(tableOf(adapter, type), { connection, scope: GLOBAL }),
  );
}

const answer = (status: number, body: object) => ({
  kind: 'answer' as const,
  answer: { status, headers: {}, parts: [JSON.stringify(body)] },
});

describe('signing in', () => {
  it.each([
    ['a wrong secret key', { sk: 'wr0ng & <long>' }, 'APIGW.0301'],
    ['an unknown access key', { ak: 'HPUANOBODY' }, 'APIGW.0301'],
  ])('tells %s', async (_, part, code) => {
    const simulator = await start();
    const refusal = await refusalOf(adapter, { ...accessTo(simulator), ...part });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: code, retryable: false });
    expect(refusal.message).toContain("Muster's clock");
    // Five of these in a row would lock the key.
    expect(simulator.requests['KeystoneListAuthDomains']).toBe(1);
  });

  it('takes a temporary key with its token, and says when it has ended', async () => {
    const simulator = await start();
    const { accessKey, secretKey, securityToken } = simulator.issueTemporaryKey();
    const access = { ...accessTo(simulator), ak: accessKey, sk: `${secretKey}:${securityToken}` };
    const vpcs = tableOf(adapter, 'vpcs');
    const listed = await withConnection(adapter, access, (connected) => listResources(vpcs, connected));
    expect(listed).toEqual(await list(simulator, 'vpcs'));
    const wrong = [secretKey, `${secretKey}:`, `${secretKey}:${securityToken}x`, `x:${securityToken}`];
    for (const sk of wrong) {
      const refusal = await refusalOf(adapter, { ...access, sk });
      expect([sk, refusal]).toMatchObject([sk, { kind: 'credentials', vendorCode: 'APIGW.0301' }]);
      expect(refusal.message).toMatch(/secret:token/);
    }
    await withConnection(adapter, access, async (connected) => {
      simulator.endTemporaryKeys();
      const failure = await listPages(vpcs, connected).catch((error: unknown) => adapter.classify(error));
      expect(failure).toMatchObject({ kind: 'credentials', vendorCode: 'APIGW.0301', retryable: false });
      expect((failure as SyncError).message).toMatch(/has ended, .* Put new ones .* "sk" as secret:token/);
      expect((failure as SyncError).message).not.toContain(securityToken);
    });
  });

  it('that ends in the middle of a listing fails it there, and a new one goes on', async () => {
    const { builder, region, estate } = shop();
    const network = builder.network(region, 'shop', 1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) builder.server(network, name);
    const simulator = await start({ estate });
    const temporary = () => {
      const { accessKey, secretKey, securityToken } = simulator.issueTemporaryKey();
      return { ...accessTo(simulator), ak: accessKey, sk: `${secretKey}:${securityToken}` };
    };
    const table = tableOf(adapter, 'volumes');
    const ids: string[] = [];
    let place: string | undefined;
    const failure = await withConnection(adapter, temporary(), async (connected) => {
      for await (const { items, resumeAt } of table.pages({ ...connected, signal: never })) {
        ids.push(...items.map((item) => table.toResource(item, connected.scope).nativeId));
        place = resumeAt;
        simulator.endTemporaryKeys();
      }
    }).catch((error: unknown) => adapter.classify(error));
    expect(failure).toMatchObject({ kind: 'credentials', vendorCode: 'APIGW.0301' });
    expect(ids).toHaveLength(2);
    await withConnection(adapter, temporary(), async (connected) => {
      for (const { resources } of await listPages(table, connected, place)) {
        ids.push(...resources.map(({ nativeId }) => nativeId));
      }
    });
    expect(ids.sort()).toEqual(
      estate
        .ofType('evs.volumes')
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('waits where the key is locked', async () => {
    const simulator = await start();
    const access = accessTo(simulator);
    for (let tries = 0; tries < 5; tries++) await refusalOf(adapter, { ...access, sk: 'wrong' });
    expect(await refusalOf(adapter, access)).toMatchObject({
      kind: 'throttled',
      vendorCode: 'KEY_LOCKED',
      retryAfterMs: 300_000,
    });
  });

  it('finds the account of the key, and tells one that is not', async () => {
    const simulator = await start();
    expect(await list(simulator, 'vpcs')).not.toEqual([]);
    expect(await list(simulator, 'vpcs', { domain_id: simulator.domainId })).not.toEqual([]);
    const foreign = 'f'.repeat(32);
    const refusal = await refusalOf(adapter, accessTo(simulator, { domain_id: foreign }));
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'FOREIGN_DOMAIN' });
    expect(refusal.message).toContain(foreign);
    simulator.faults.failNext(1, answer(200, { domains: [] }), 'KeystoneListAuthDomains');
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({ vendorCode: 'NO_DOMAIN' });
  });

  it('tells that IAM is away, throttles, or is something else', async () => {
    const simulator = await start();
    const call = 'KeystoneListAuthDomains';
    simulator.faults.failNext(1, { kind: 'status', status: 503 }, call);
    simulator.faults.throttleNext(1, 7, call);
    simulator.faults.failNext(1, { kind: 'status', status: 404 }, call);
    simulator.faults.failNext(1, { kind: 'status', status: 302, headers: { location: '/login' } }, call);
    simulator.faults.failNext(1, { kind: 'cut' }, call);
    const access = accessTo(simulator);
    const refusals: SyncError[] = [];
    for (let tries = 0; tries < 5; tries++) refusals.push(await refusalOf(adapter, access));
    expect(refusals).toMatchObject([
      { kind: 'unavailable', vendorCode: 'HTTP 503' },
      { kind: 'throttled', vendorCode: 'APIGW.0308', retryAfterMs: 7_000 },
      { kind: 'credentials', vendorCode: 'WRONG_ENDPOINT' },
      { kind: 'credentials', vendorCode: 'REDIRECTED' },
      { kind: 'unavailable', vendorCode: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/) },
    ]);
  });

  it('tells a certificate that is not trusted, one that is none, and an address it may not call', async () => {
    const simulator = await start();
    const other = await start();
    const access = accessTo(simulator, { tls_ca_pem: other.caPem });
    expect(await refusalOf(adapter, access)).toMatchObject({
      kind: 'credentials',
      vendorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const notPem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    expect(await refusalOf(adapter, accessTo(simulator, { tls_ca_pem: notPem }))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'TLS_CA_INVALID',
    });
    const metadata = { iam_endpoint: 'https://169.254.169.254' };
    expect(await refusalOf(adapter, accessTo(simulator, metadata))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'ENDPOINT_REFUSED',
    });
  });
});

describe('the regions', () => {
  async function scopesOf(simulator: RmsSimulator) {
    const access = { ...accessTo(simulator), gate: openGate, network: openNetwork };
    const connection = await adapter.connect(access, never);
    try {
      return await adapter.scopes(connection, never);
    } finally {
      await adapter.disconnect(connection);
    }
  }

  it('are all that Config sees, and those that have a project only', async () => {
    const { builder, estate } = shop();
    builder.region('la-south-2', 'LA-Santiago', false);
    const simulator = await start({ estate });
    const more = [{ name: 'ap-southeast-3_team' }, { name: 'MOS' }, { name: REGION }];
    simulator.faults.failNext(1, answer(200, { projects: more }), 'KeystoneListAuthProjects');
    expect(await scopesOf(simulator)).toEqual([
      { key: 'ap-southeast-3', name: 'ap-southeast-3', region: 'ap-southeast-3' },
      { key: REGION, name: 'CN North-Beijing4', region: REGION },
      { key: 'la-south-2', name: 'LA-Santiago', region: 'la-south-2' },
      GLOBAL,
    ]);
  });

  it.each([
    ['no list', {}],
    ['a region that could be a host', { value: [{ region_id: 'evil.example.com/' }] }],
  ])('are not taken from %s', async (_, body) => {
    const simulator = await start();
    simulator.faults.failNext(1, answer(200, body), 'ListRegions');
    await expect(scopesOf(simulator)).rejects.toMatchObject({ code: 'MALFORMED_ANSWER' });
  });
});

describe('listing', () => {
  it('leaves no resource of Config out, and lists none twice', async () => {
    const simulator = await start();
    const { estate } = simulator;
    for (const region of [...estate.regions.map(({ id }) => id), 'global']) {
      const listed = await withConnection(adapter, accessTo(simulator), async ({ connection }) => {
        const all: string[] = [];
        for (const table of adapter.tables) {
          const found = await listResources(table, { connection, scope: { key: region, name: region } });
          all.push(...found.map(({ nativeId }) => nativeId.replace(/^.*\//, '')));
        }
        return all;
      });
      const known = estate.resources.filter(({ region_id: id }) => id === region).map(({ id }) => id);
      const recorder = region === 'global' ? [simulator.domainId] : [];
      expect(listed.sort()).toEqual([...known, ...recorder].sort());
    }
  });

  it('looks servers up at ECS, a hundred of a project in one call', async () => {
    const { builder, region, estate } = shop();
    const vpc = builder.network(region, 'net', 1);
    for (let number = 0; number < 150; number++) builder.server(vpc, `server-${String(number)}`);
    const simulator = await start({ estate });
    const wide = rmsAdapter();
    const table = wide.tables.find(({ type }) => type === 'cloudservers')!;
    const servers = await withConnection(wide, accessTo(simulator), (connected) =>
      listResources(table, connected),
    );
    expect(servers.length).toBe(150);
    expect(servers.every(({ properties }) => typeof properties['server'] === 'object')).toBe(true);
    expect(simulator.requests['ListServersDetails']).toBe(2);
    expect(simulator.requests[LISTING]).toBe(4); // a page, and three types of which there are none
  });

  it('believes ECS rather than Config: of states, addresses, relations, and servers that are gone', async () => {
    const { builder, region, estate } = shop();
    const vpc = builder.network(region, 'net', 1);
    const stopped = builder.server(vpc, 'stopped', { status: 'SHUTOFF', publicAddress: '121.36.0.1' });
    const gone = builder.server(vpc, 'gone');
    estate.servers.delete(gone.id);
    stopped.properties['addresses'] = [{ addr: '10.9.9.9' }];
    const simulator = await start({ estate });
    const [server, ...others] = await list(simulator, 'cloudservers');
    expect(others).toEqual([]);
    expect(server).toMatchObject({
      nativeId: stopped.id,
      status: 'stopped',
      nativeStatus: 'SHUTOFF',
      zoneId: `${REGION}a`,
      addresses: [expect.stringMatching(/^10\.1\./), '121.36.0.1'],
    });
    expect(server?.relations.map(({ kind, type }) => `${kind} ${type}`).sort()).toEqual([
      'attached_to networkInterfaces',
      'attached_to volumes',
      'contained_in vpcs',
      'created_from images',
      'secured_by securityGroups',
    ]);
  });

  it('takes what Config says where ECS is not to be asked, or has no answer', async () => {
    const { builder, region, estate } = shop();
    const vpc = builder.network(region, 'net', 1);
    const { id } = builder.server(vpc, 'server', { status: 'SHUTOFF' });
    const simulator = await start({ estate });
    const asConfigSays = { nativeId: id, status: 'running', addresses: [expect.stringMatching(/^10\./)] };
    expect(await list(simulator, 'cloudservers', { server_details: false })).toMatchObject([asConfigSays]);
    expect(simulator.requests['ListServersDetails']).toBeUndefined();
    for (const servers of [[], [{ id, status: null, fault: { code: 500, message: 'busy' } }]]) {
      simulator.faults.failNext(1, answer(200, { servers }), 'ListServersDetails');
      expect(await list(simulator, 'cloudservers')).toMatchObject([asConfigSays]);
    }
  });

  it('names the permission that is lacking', async () => {
    const simulator = await start();
    simulator.faults.deniedActions.add('ecs:cloudServers:list');
    const failure = await failureOf(simulator, 'cloudservers');
    expect(failure).toMatchObject({ kind: 'permission', vendorCode: 'Ecs.0003' });
    expect(failure?.message).toContain('ecs:cloudServers:list');
    expect(await list(simulator, 'volumes')).not.toEqual([]);
    simulator.faults.deniedActions.add('rms:resources:list');
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({
      kind: 'permission',
      vendorCode: 'RMS.00010006',
    });
  });

  it('passes over a type that Config does not know, and is skipped where it knows none', async () => {
    const simulator = await start();
    simulator.faults.unknownTypes.add('vpc.subnets');
    expect(await list(simulator, 'subnets')).not.toEqual([]);
    simulator.faults.unknownTypes.add('vpc.networks');
    expect(await failureOf(simulator, 'subnets')).toMatchObject({
      kind: 'absent',
      vendorCode: 'RMS.00010002',
    });
  });

  it('begins anew when its place is forgotten', async () => {
    const simulator = await start();
    const page = await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [first] = await listPages(tableOf(adapter, 'volumes'), connected);
      return first;
    });
    simulator.faults.expireMarkers();
    expect(await failureOf(simulator, 'volumes', page?.resumeAt)).toMatchObject({
      kind: 'unavailable',
      vendorCode: 'MARKER_REFUSED',
      cursorExpired: true,
    });
  });

  it('leaves out what the recorder remembers of deleted resources', async () => {
    const { builder, region, estate } = shop();
    builder.network(region, 'net', 1);
    builder.network(region, 'old', 2);
    estate.ofType('vpc.vpcs')[1]!.state = 'Deleted';
    expect((await list(await start({ estate }), 'vpcs')).map(({ name }) => name)).toEqual(['net']);
  });

  it('says whether the resource recorder is on', async () => {
    const { estate } = shop();
    const simulator = await start({ estate });
    const recorder = async () => {
      const [found] = await listGlobal(simulator, 'otherResources');
      return [found?.name, found?.status, found?.nativeStatus];
    };
    expect(await recorder()).toEqual(['Resource recorder', 'running', 'on']);
    estate.hasRecorder = false;
    expect(await recorder()).toEqual(['Resource recorder', 'stopped', 'off']);
    simulator.faults.deniedActions.add('rms:trackerConfig:get');
    expect(await recorder()).toEqual(['Resource recorder', 'unknown', 'not permitted']);
  });

  it('waits as long as the gateway says', async () => {
    const simulator = await start();
    simulator.faults.throttleNext(1, 60, LISTING);
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({
      kind: 'throttled',
      vendorCode: 'APIGW.0308',
      retryAfterMs: 60_000,
    });
    expect(simulator.requests[LISTING]).toBe(1);
  });

  it('stops when it is aborted while it waits for an answer', async () => {
    const simulator = await start();
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      simulator.faults.failNext(1, { kind: 'delay', delayMs: 600_000 }, LISTING);
      const controller = new AbortController();
      const pages = tableOf(adapter, 'vpcs').pages({ ...connected, signal: controller.signal });
      const next = pages[Symbol.asyncIterator]().next();
      while (simulator.requests[LISTING] === undefined) await new Promise(setImmediate);
      controller.abort(new Error('stopped by the test'));
      await expect(next).rejects.toThrow('stopped by the test');
    });
  });

  it.each([
    ['a page without its list', { page_info: { current_count: 0 } }, 'MALFORMED_ANSWER'],
    ['a page that does not say whether it goes on', { resources: [] }, 'MALFORMED_ANSWER'],
    ['a page with less than it says', { resources: [], page_info: { current_count: 2 } }, 'TRUNCATED'],
    ['a marker that is none', { resources: [], page_info: { next_marker: 7 } }, 'MALFORMED_ANSWER'],
    ['a page that leads back', { resources: [], page_info: { next_marker: 'again' } }, 'REPEATED_PAGE'],
    ['a list', [], 'MALFORMED_ANSWER'],
  ])('does not take %s for the end', async (_, body, code) => {
    const simulator = await start();
    simulator.faults.failNext(2, answer(200, body), LISTING);
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({ kind: 'unavailable', vendorCode: code });
  });

  it('does not take a proxy’s page of HTML for the end', async () => {
    const simulator = await start();
    const html = { status: 200, headers: { 'Content-Type': 'text/html' }, parts: ['<html>Sign in</html>'] };
    simulator.faults.failNext(1, { kind: 'answer', answer: html }, LISTING);
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({
      kind: 'unavailable',
      vendorCode: 'MALFORMED_ANSWER',
    });
  });

  it('lists nothing in a region that was not asked for', async () => {
    const { builder, region, estate } = shop();
    builder.network(region, 'net', 1);
    const simulator = await start({ estate });
    const elsewhere = { ...estate.ofType('vpc.vpcs')[0], region_id: 'eu-west-101' };
    const body = { resources: [elsewhere], page_info: { current_count: 1, next_marker: null } };
    simulator.faults.failNext(1, answer(200, body), LISTING);
    expect(await list(simulator, 'vpcs')).toEqual([]);
  });
});
