import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import {
  AzureEstateBuilder,
  type AzureModelEstate,
  AzurePlainEstate,
  type AzureSimulator,
  type AzureSimulatorOptions,
  startAzureSimulator,
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

import { azureAdapter } from './adapter.js';
import type { AzureSettings } from './settings.js';
import { clientCertificate } from './testing/client-certificate.js';

const SUBSCRIPTION = '0a1b2c3d-0000-4000-8000-00000000000a';
const OTHER_SUBSCRIPTION = '0a1b2c3d-0000-4000-8000-00000000000b';
const PLACE = { subscriptionId: SUBSCRIPTION, resourceGroup: 'Shop', location: 'westeurope' };

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const peer of running.splice(0)) await peer.close();
});

async function start(options: AzureSimulatorOptions = {}): Promise<AzureSimulator> {
  const simulator = await startAzureSimulator(options);
  running.push(simulator);
  return simulator;
}

function shop(): { builder: AzureEstateBuilder; estate: AzureModelEstate } {
  const builder = new AzureEstateBuilder();
  builder.subscription(SUBSCRIPTION, 'Shop', ['company']);
  builder.group(PLACE);
  return { builder, estate: builder.estate };
}

const adapter = azureAdapter(2);
const never = new AbortController().signal;

function accessTo(simulator: AzureSimulator, settings: Partial<AzureSettings> = {}) {
  const { url, tenantId, clientId, clientSecret, caPem } = simulator;
  return {
    accountId: tenantId,
    ak: clientId,
    sk: clientSecret,
    settings: { tenant_id: tenantId, endpoint: url, authority: url, tls_ca_pem: caPem, ...settings },
  };
}

/** How listing a type fails, classified. */
async function failureOf(simulator: AzureSimulator, type: string, settings: Partial<AzureSettings> = {}) {
  return await withConnection(adapter, accessTo(simulator, settings), (connected) =>
    listPages(tableOf(adapter, type), connected),
  ).then(
    () => undefined,
    (error: unknown) => adapter.classify(error),
  );
}

async function list(simulator: AzureSimulator, type: string) {
  const work = (connected: Parameters<typeof listResources>[1]) =>
    listResources(tableOf(adapter, type), connected);
  return await withConnection(adapter, accessTo(simulator), work);
}

describe('signing in', () => {
  it.each([
    ['a wrong secret', { sk: 'wr0ng & <long>' }, 'AADSTS7000215'],
    ['an unknown application', { ak: '00000000-0000-0000-0000-000000000001' }, 'AADSTS700016'],
  ])('tells %s', async (_, part, code) => {
    const simulator = await start();
    const refusal = await refusalOf(adapter, { ...accessTo(simulator), ...part });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: code, retryable: false });
    expect(refusal.message).not.toMatch(/Trace ID|Correlation/);
  });

  it('tells an unknown tenant, and a cloud that the tenant is not in', async () => {
    const simulator = await start();
    const tenant = '00000000-0000-0000-0000-00000000000f';
    expect(await refusalOf(adapter, accessTo(simulator, { tenant_id: tenant }))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'AADSTS90002',
    });
    expect(await refusalOf(adapter, accessTo(simulator, { cloud: 'china' }))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'AADSTS500011',
    });
  });

  it('signs in with a certificate whose key is encrypted', async () => {
    const { certificatePem, encryptedPem, passphrase } = await clientCertificate();
    const simulator = await start({ certificatePem });
    const access = accessTo(simulator, { client_certificate_pem: encryptedPem });
    const scopes = await withConnection(adapter, { ...access, sk: passphrase }, ({ scope }) =>
      Promise.resolve(scope),
    );
    expect(scopes.name).toBe('Production');
    expect(await refusalOf(adapter, { ...access, sk: 'not the passphrase' })).toMatchObject({
      kind: 'credentials',
      vendorCode: 'CLIENT_CERTIFICATE_UNREADABLE',
    });
  });

  it('tells a certificate that the application does not have', async () => {
    const [known, unknown] = [await clientCertificate(), await clientCertificate()];
    const simulator = await start({ certificatePem: known.certificatePem });
    const access = accessTo(simulator, { client_certificate_pem: unknown.encryptedPem });
    expect(await refusalOf(adapter, { ...access, sk: unknown.passphrase })).toMatchObject({
      kind: 'credentials',
      vendorCode: 'AADSTS700027',
    });
  });

  it('tells that Microsoft Entra ID is away, throttles, or is something else', async () => {
    const simulator = await start();
    simulator.faults.failNext(1, { kind: 'status', status: 503 }, 'Token');
    simulator.faults.failNext(1, { kind: 'status', status: 429, headers: { 'retry-after': '7' } }, 'Token');
    simulator.faults.failNext(1, { kind: 'status', status: 404 }, 'Token');
    simulator.faults.failNext(1, { kind: 'cut' }, 'Token');
    simulator.faults.failNext(1, { kind: 'malformed' }, 'Token');
    const access = accessTo(simulator);
    expect([
      await refusalOf(adapter, access),
      await refusalOf(adapter, access),
      await refusalOf(adapter, access),
      await refusalOf(adapter, access),
      await refusalOf(adapter, access),
    ]).toMatchObject([
      { kind: 'unavailable', vendorCode: 'HTTP 503' },
      { kind: 'throttled', vendorCode: 'HTTP 429', retryAfterMs: 7_000 },
      { kind: 'credentials', vendorCode: 'NOT_ENTRA' },
      { kind: 'unavailable', vendorCode: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/) },
      { kind: 'unavailable', vendorCode: 'MALFORMED_ANSWER' },
    ]);
  });

  it('tells a certificate that is not trusted, and an address that Muster may not call', async () => {
    const simulator = await start();
    const other = await start();
    const access = accessTo(simulator, { tls_ca_pem: other.caPem });
    expect(await refusalOf(adapter, access)).toMatchObject({
      kind: 'credentials',
      vendorCode: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(
      await refusalOf(adapter, accessTo(simulator, { authority: 'https://169.254.169.254' })),
    ).toMatchObject({
      kind: 'credentials',
      vendorCode: 'ENDPOINT_REFUSED',
    });
  });

  it('stops when it is aborted while it signs in', async () => {
    const simulator = await start();
    simulator.faults.failNext(1, { kind: 'delay', delayMs: 60_000 }, 'Token');
    const controller = new AbortController();
    const access = { ...accessTo(simulator), gate: openGate, network: openNetwork };
    const connecting = adapter.connect(access, controller.signal);
    while (simulator.requests['Token'] === undefined) await new Promise(setImmediate);
    controller.abort(new Error('stopped by the test'));
    await expect(connecting).rejects.toThrow('stopped by the test');
  });

  it('signs in once for all that it calls, and again when the token is refused', async () => {
    const simulator = await start();
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      await listPages(tableOf(adapter, 'vpcs'), connected);
      expect(simulator.requests['Token']).toBe(1);
      simulator.faults.revokeTokens();
      await listPages(tableOf(adapter, 'subnets'), connected);
      expect(simulator.requests['Token']).toBe(2);
    });
  });

  it('gives up when a new token is refused, too', async () => {
    const simulator = await start({ tokenSeconds: 0 });
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'InvalidAuthenticationToken',
    });
  });
});

describe('the subscriptions', () => {
  it('are all that the application sees, over the pages of their list, without deleted ones', async () => {
    const { builder, estate } = shop();
    for (const number of [1, 2, 3, 4]) {
      builder.subscription(`0a1b2c3d-0000-4000-8000-00000000001${String(number)}`, `More ${String(number)}`);
    }
    estate.subscriptions[4]!.state = 'Deleted';
    const simulator = await start({ estate });
    const connection = await adapter.connect(
      { ...accessTo(simulator), gate: openGate, network: openNetwork },
      never,
    );
    const scopes = await adapter.scopes(connection, never);
    await adapter.disconnect(connection);
    expect(scopes.map(({ name }) => name)).toEqual(['Shop', 'More 1', 'More 2', 'More 3']);
    expect(simulator.requests['ListSubscriptions']).toBe(3);
  });

  it('are those of a management group, or those that are named', async () => {
    const { builder, estate } = shop();
    builder.subscription(OTHER_SUBSCRIPTION, 'Elsewhere');
    const simulator = await start({ estate });
    const scopesWith = async (settings: Partial<AzureSettings>) => {
      const access = { ...accessTo(simulator, settings), gate: openGate, network: openNetwork };
      const connection = await adapter.connect(access, never);
      const scopes = await adapter.scopes(connection, never);
      await adapter.disconnect(connection);
      return scopes;
    };
    expect(await scopesWith({ management_group: 'company' })).toEqual([{ key: SUBSCRIPTION, name: 'Shop' }]);
    const unknown = 'FFFFFFFF-0000-4000-8000-00000000000B';
    expect(await scopesWith({ subscriptions: [OTHER_SUBSCRIPTION, unknown] })).toEqual([
      { key: OTHER_SUBSCRIPTION, name: 'Elsewhere' },
      { key: unknown.toLowerCase(), name: unknown.toLowerCase() },
    ]);
    expect(await refusalOf(adapter, accessTo(simulator, { management_group: 'nobody' }))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'ManagementGroupNotFound',
    });
  });

  it('are none where no role was given, which is no empty inventory', async () => {
    const { estate } = shop();
    const simulator = await start({ estate });
    simulator.faults.hideSubscription(SUBSCRIPTION);
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({
      kind: 'credentials',
      vendorCode: 'NO_SUBSCRIPTION',
    });
  });

  it('are passed over with a note when they are disabled', async () => {
    const { estate } = shop();
    estate.subscriptions[0]!.state = 'Disabled';
    const simulator = await start({ estate });
    const failure = await failureOf(simulator, 'vpcs');
    expect(failure).toMatchObject({ kind: 'absent', vendorCode: 'SUBSCRIPTION_DISABLED' });
    expect(failure?.message).toContain(SUBSCRIPTION);
  });

  it('are asked for by every listing, and again when all is listed', async () => {
    const { builder, estate } = shop();
    // In a page of its own: those of scale sets are looked for behind it.
    builder.machine(PLACE, 'machine', builder.network(PLACE, 'net', 1));
    const simulator = await start({ estate });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const listWhile = async () => {
        for await (const page of tableOf(adapter, 'cloudservers').pages({ ...connected, signal: never })) {
          estate.subscriptions[0]!.state = 'Disabled';
          if (page.resumeAt === undefined) return 'complete';
        }
        return 'cut off';
      };
      const failure: unknown = await listWhile().catch((error: unknown) => error);
      expect(adapter.classify(failure)).toMatchObject({ vendorCode: 'SUBSCRIPTION_DISABLED' });
      const later: unknown = await listWhile().catch((error: unknown) => error);
      expect(adapter.classify(later)).toMatchObject({ vendorCode: 'SUBSCRIPTION_DISABLED' });
    });
  });
});

describe('listing', () => {
  it('gives machines the addresses of their network interface', async () => {
    const { builder, estate } = shop();
    const network = builder.network(PLACE, 'net', 1);
    builder.machine(PLACE, 'inside', network);
    builder.machine(PLACE, 'outside', network, { publicAddress: '20.1.2.3', zone: '2' });
    builder.put(PLACE, { type: 'Microsoft.Compute/virtualMachines', name: 'bare' }, {});
    const machines = await list(await start({ estate }), 'cloudservers');
    expect(machines.map(({ name, addresses, zoneId }) => [name, addresses, zoneId])).toEqual([
      ['bare', [], undefined],
      ['inside', ['10.0.0.1'], undefined],
      ['outside', ['10.0.0.2', '20.1.2.3'], '2'],
    ]);
    expect(machines.every(({ properties }) => !('addresses' in properties))).toBe(true);
  });

  it('leaves no type of resource out, and lists none twice', async () => {
    const simulator = await start();
    const estate = simulator.estate as AzureModelEstate;
    const [subscription] = estate.subscriptions;
    const listed: Awaited<ReturnType<typeof list>> = [];
    for (const { type } of adapter.tables) listed.push(...(await list(simulator, type)));
    const own = listed.filter(({ nativeId }) => !/\/subnets\/|\/resourcegroups\/[^/]+$/.test(nativeId));
    const ids = own.map(({ nativeId }) => nativeId);
    expect(new Set(ids).size).toBe(ids.length);
    const blocks = (['resources', 'computeresources', 'blobcontainers'] as const).flatMap((table) =>
      Array.from({ length: estate.blockCount(table, subscription!.subscriptionId) }, (_, number) =>
        estate.block(table, subscription!.subscriptionId, number).resources.map(({ id }) => id.toLowerCase()),
      ).flat(),
    );
    expect([...ids].sort()).toEqual(blocks.sort());
  });

  it('begins anew when the last that it had seen was deleted', async () => {
    const { builder, estate } = shop();
    for (const name of ['a', 'b', 'c', 'd']) builder.network(PLACE, name, 1);
    const simulator = await start({ estate });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [page] = await listPages(tableOf(adapter, 'vpcs'), connected);
      estate.remove(page?.resources.at(-1)?.nativeId ?? '');
      const failure = await listPages(tableOf(adapter, 'vpcs'), connected, page?.resumeAt).catch(
        (error: unknown) => adapter.classify(error),
      );
      expect(failure).toMatchObject({
        kind: 'unavailable',
        vendorCode: 'LISTING_MOVED',
        cursorExpired: true,
      });
    });
  });

  it('names the action that is missing, though Resource Graph leaves the resources out without a word', async () => {
    const simulator = await start();
    simulator.faults.denyAction('Microsoft.Compute/disks/read');
    const failure = await failureOf(simulator, 'volumes');
    expect(failure).toMatchObject({ kind: 'permission', vendorCode: 'MISSING_ACTION' });
    expect(failure?.message).toContain('Microsoft.Compute/disks/read');
    expect(await list(simulator, 'vpcs')).not.toEqual([]);
    expect(await failureOf(simulator, 'otherResources')).toMatchObject({ kind: 'permission' });
  });

  it('names the action that Azure Resource Manager refuses', async () => {
    const simulator = await start();
    simulator.faults.denyAction('Microsoft.Authorization/permissions/read');
    const failure = await failureOf(simulator, 'vpcs');
    expect(failure).toMatchObject({ kind: 'permission', vendorCode: 'AuthorizationFailed' });
    expect(failure?.message).toContain('Microsoft.Authorization/permissions/read');
  });

  it('waits as long as Resource Graph says', async () => {
    const simulator = await start();
    simulator.faults.throttleNext(1, 1_200, 'ResourceGraph');
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({
      kind: 'throttled',
      vendorCode: 'RateLimiting',
      retryAfterMs: 1_200_000,
    });
    expect(simulator.requests['ResourceGraph']).toBe(1);
  });

  it('lists pages of a thousand, of an estate that is made as it is read', async () => {
    const simulator = await start({ estate: new AzurePlainEstate(2_001) });
    const wide = azureAdapter();
    const table = wide.tables.find(({ type }) => type === 'cloudservers')!;
    const pages = await withConnection(wide, accessTo(simulator), (connected) => listPages(table, connected));
    expect(pages.map(({ resources }) => resources.length)).toEqual([1_000, 950, 51, 0]);
    expect(pages[2]?.resources.at(-1)).toMatchObject({ name: 'vm-00002000', addresses: ['10.0.7.208'] });
  });

  it('does not follow a listing to another host', async () => {
    const stranger = createServer((_, response) => response.end('{}'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    let asked = 0;
    stranger.on('request', () => asked++);
    running.push({ close: async () => void stranger.close() });
    const simulator = await start();
    const nextLink = `http://127.0.0.1:${String((stranger.address() as AddressInfo).port)}/subscriptions`;
    const answer = { status: 200, headers: {}, parts: [JSON.stringify({ value: [], nextLink })] };
    simulator.faults.failNext(1, { kind: 'answer', answer }, 'ListSubscriptions');
    expect(await refusalOf(adapter, accessTo(simulator))).toMatchObject({
      kind: 'bug',
      vendorCode: 'FOREIGN_LINK',
    });
    expect(asked).toBe(0);
  });

  it.each([
    ['a page without rows', { data: [], $skipToken: 'more' }, 'LISTING_MOVED'],
    ['a page without rows or token', { data: [], totalRecords: 7 }, 'LISTING_MOVED'],
    ['a listing that is cut off', { data: [], resultTruncated: 'true' }, 'TRUNCATED'],
    ['something else', { rows: [] }, 'MALFORMED_ANSWER'],
  ])('does not take %s for the end', async (_, body, code) => {
    const simulator = await start();
    const answer = { status: 200, headers: {}, parts: [JSON.stringify(body)] };
    simulator.faults.failNext(2, { kind: 'answer', answer }, 'ResourceGraph');
    expect(await failureOf(simulator, 'vpcs')).toMatchObject({ kind: 'unavailable', vendorCode: code });
  });
});

describe('blob containers', () => {
  const CONTAINERS_READ = 'Microsoft.Storage/storageAccounts/blobServices/containers/read';

  function stores(counts: Readonly<Record<string, number>>) {
    const { builder, estate } = shop();
    for (const [account, count] of Object.entries(counts)) {
      builder.put(PLACE, { type: 'Microsoft.Storage/storageAccounts', name: account, kind: 'StorageV2' }, {});
      for (let number = 0; number < count; number += 1)
        builder.container(PLACE, `${account}/default/container-${String(number)}`);
    }
    return { builder, estate };
  }

  it('are those of every account, empty ones and those of files only among them', async () => {
    const { builder, estate } = stores({ alpha: 5, beta: 0, delta: 1, zeta: 0 });
    builder.put(PLACE, { type: 'Microsoft.Storage/storageAccounts', name: 'files', kind: 'FileStorage' }, {});
    const found = await list(await start({ estate }), 'buckets');
    expect(found).toHaveLength(6);
    expect(found.at(-1)).toMatchObject({
      name: 'container-0',
      regionId: 'westeurope',
      status: 'available',
      relations: expect.arrayContaining([
        {
          kind: 'contained_in',
          type: 'storageAccounts',
          nativeId: expect.stringMatching(/\/storageaccounts\/delta$/) as unknown,
        },
      ]) as unknown,
    });
  });

  it('go on in the account and behind the page where they were, whatever was deleted', async () => {
    const { estate } = stores({ alpha: 5, beta: 3, gamma: 1 });
    const simulator = await start({ estate });
    const table = tableOf(adapter, 'buckets');
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [first, second] = await listPages(table, connected);
      const before = (await listResources(table, connected)).map(({ nativeId }) => nativeId);
      const gone = first!.resources[0]!.nativeId;
      estate.remove(gone);
      const rest = await listPages(table, connected, first!.resumeAt);
      const seen = [first!, ...rest].flatMap(({ resources }) => resources.map(({ nativeId }) => nativeId));
      expect([...seen].sort()).toEqual([...before].sort());
      for (const { id } of estate.ofType('Microsoft.Storage/storageAccounts'))
        if (id.endsWith('/alpha')) estate.remove(id);
      const others = await listPages(table, connected, second!.resumeAt);
      expect(others.flatMap(({ resources }) => resources)).toHaveLength(4);
    });
  });

  it('begin anew when Azure has forgotten the page', async () => {
    const { estate } = stores({ alpha: 5 });
    const simulator = await start({ estate });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [first] = await listPages(tableOf(adapter, 'buckets'), connected);
      simulator.faults.expireStorageLinks();
      const error = await listPages(tableOf(adapter, 'buckets'), connected, first!.resumeAt).catch(
        (reason: unknown) => reason,
      );
      expect(adapter.classify(error)).toMatchObject({ kind: 'unavailable', cursorExpired: true });
    });
  });

  it.each(['Microsoft.Storage/storageAccounts/read', CONTAINERS_READ])('need %s', async (action) => {
    const { estate } = stores({ alpha: 1 });
    const simulator = await start({ estate });
    simulator.faults.denyAction(action);
    const failure = await failureOf(simulator, 'buckets');
    expect(failure?.kind).toBe('permission');
    expect(failure?.message).toContain(action);
  });

  it('of a subscription without accounts still need the right to see some', async () => {
    const { estate } = shop();
    const simulator = await start({ estate });
    expect(await list(simulator, 'buckets')).toEqual([]);
    simulator.faults.denyAction(CONTAINERS_READ);
    expect(await failureOf(simulator, 'buckets')).toMatchObject({ kind: 'permission' });
  });
});
