import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { SyncError } from '#domain';
import { startVsphereSimulator, type VsphereSimulator, type VsphereSimulatorOptions } from '#simulators';
import {
  listPages,
  listResources,
  openGate,
  openNetwork,
  tableOf,
  withConnection,
} from '#vendor-kit/testing';

import { vmwareAdapter } from './adapter.js';
import type { VmwareSettings } from './settings.js';

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const peer of running.splice(0)) await peer.close();
});

async function start(options: VsphereSimulatorOptions = {}): Promise<VsphereSimulator> {
  const simulator = await startVsphereSimulator({ dialect: 'vcenter', ...options });
  running.push(simulator);
  return simulator;
}

/** A web server that isn't vSphere. */
async function startStranger(handle: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push({
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const adapter = vmwareAdapter(2);
const never = new AbortController().signal;

interface Account {
  settings: VmwareSettings;
  ak?: string;
  sk?: string;
}

function accessTo(simulator: VsphereSimulator, settings: Partial<VmwareSettings> = {}) {
  return {
    accountId: 'vcenter-1',
    ak: simulator.username,
    sk: simulator.password,
    settings: { endpoint: simulator.url, ...settings },
  };
}

/** How connecting fails, classified. */
async function refusalOf({ settings, ak = 'user', sk = 'correct horse' }: Account): Promise<SyncError> {
  try {
    const access = { accountId: 'vcenter-1', ak, sk, settings, gate: openGate, network: openNetwork };
    await adapter.disconnect(await adapter.connect(access, never));
  } catch (error) {
    const classified = adapter.classify(error);
    if (classified === undefined) throw error;
    expect(`${classified.message} ${String(error)} ${JSON.stringify(error)}`).not.toContain(sk);
    return classified;
  }
  throw new Error('it connected');
}

/** How a listing fails, classified. */
async function failureOf(listing: Promise<unknown>): Promise<SyncError | undefined> {
  return await listing.then(
    () => undefined,
    (error: unknown) => adapter.classify(error),
  );
}

/** Passes a call on to a simulator, but refuses to know `config.createDate`, as vCenters before 6.7 do. */
async function forward(request: IncomingMessage, url: string) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const call = Buffer.concat(chunks).toString();
  if (call.includes('config.createDate')) {
    const detail =
      '<InvalidPropertyFault xsi:type="InvalidProperty"><name>config.createDate</name></InvalidPropertyFault>';
    const fault = `<s:Fault><faultcode>ServerFaultCode</faultcode><faultstring/><detail>${detail}</detail></s:Fault>`;
    const names =
      'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
    const body = `<s:Envelope ${names}><s:Body>${fault}</s:Body></s:Envelope>`;
    return { status: 500, headers: { 'content-type': 'text/xml' }, body };
  }
  const { cookie = '', soapaction = '' } = request.headers;
  const headers = { 'content-type': 'text/xml', cookie, soapaction: String(soapaction) };
  const answer = await fetch(url, { method: 'POST', headers, body: call });
  return {
    status: answer.status,
    headers: { 'content-type': 'text/xml', 'set-cookie': answer.headers.get('set-cookie') ?? '' },
    body: await answer.text(),
  };
}

describe('signing in', () => {
  it('tells a wrong password', async () => {
    const { url } = await start();
    const refusal = await refusalOf({ settings: { endpoint: url }, sk: 'wr0ng & <long>' });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'InvalidLogin', retryable: false });
    expect(refusal.message).toContain('user name or the password');
  });

  it.each(['PasswordExpired', 'NoPermission'])('tells %s', async (fault) => {
    const simulator = await start();
    simulator.faults.failNext(1, { kind: 'fault', fault }, 'Login');
    const refusal = await refusalOf({ settings: { endpoint: simulator.url } });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: fault });
  });

  it('waits for a free session where there are too many', async () => {
    const simulator = await start();
    simulator.faults.maxSessions = 0;
    const refusal = await refusalOf({
      settings: { endpoint: simulator.url },
      ak: simulator.username,
      sk: simulator.password,
    });
    expect(refusal).toMatchObject({ kind: 'throttled', vendorCode: 'HTTP 503', retryAfterMs: 60_000 });
  });

  it('takes HTTP 503 for "not so fast" when it says when to come again, else for "down"', async () => {
    const simulator = await start();
    simulator.faults.failNext(1, { kind: 'status', status: 503, headers: { 'retry-after': '7' } });
    simulator.faults.failNext(1, { kind: 'status', status: 503 });
    const refusals = [
      await refusalOf({ settings: { endpoint: simulator.url } }),
      await refusalOf({ settings: { endpoint: simulator.url } }),
    ];
    expect(refusals).toMatchObject([
      { kind: 'throttled', vendorCode: 'HTTP 503', retryAfterMs: 7_000 },
      { kind: 'unavailable', vendorCode: 'HTTP 503' },
    ]);
  });

  it('leaves it to the engine how long to wait when nobody says', async () => {
    const simulator = await start();
    simulator.faults.failNext(1, { kind: 'status', status: 429 });
    const refusal = await refusalOf({ settings: { endpoint: simulator.url } });
    expect(refusal).toMatchObject({ kind: 'throttled', vendorCode: 'HTTP 429', retryAfterMs: undefined });
  });

  it('escapes what XML would misread', async () => {
    const strange = { username: `o'neil & <sons>"@vsphere.local`, password: `]]>&amp;<"'ü\t😀` };
    const simulator = await start(strange);
    await withConnection(adapter, accessTo(simulator), ({ scope }) => {
      expect(scope.key).toBe(simulator.instanceUuid);
      return Promise.resolve();
    });
  });

  it('signs out, also when it was aborted while signing in', async () => {
    const simulator = await start();
    simulator.faults.failNext(1, { kind: 'delay', delayMs: 50 }, 'Login');
    const controller = new AbortController();
    const connecting = adapter.connect(
      { ...accessTo(simulator), gate: openGate, network: openNetwork },
      controller.signal,
    );
    while (simulator.counters.requests['Login'] === undefined) await new Promise(setImmediate);
    controller.abort(new Error('stopped by the test'));
    await expect(connecting).rejects.toThrow('stopped by the test');
    expect(simulator.counters.sessions).toBe(0);
    expect(simulator.counters.requests['Logout']).toBe(1);
  });
});

describe('reaching the endpoint', () => {
  it('tells that nothing listens', async () => {
    const endpoint = await startStranger((_, response) => response.end());
    await running.pop()?.close();
    const refusal = await refusalOf({ settings: { endpoint } });
    expect(refusal).toMatchObject({ kind: 'unavailable', vendorCode: 'ECONNREFUSED' });
    expect(refusal.message).toContain(new URL(endpoint).host);
  });

  it('tells that the host has no address', async () => {
    const refusal = await refusalOf({ settings: { endpoint: 'https://vcenter.invalid' } });
    expect(refusal.kind).toBe('unavailable');
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(refusal.vendorCode);
  });

  it.each([
    ['a page', 200, { 'content-type': 'text/html' }, '<html>Welcome</html>', 'NOT_VSPHERE'],
    ['no page', 404, { 'content-type': 'text/html' }, '<html>Not found</html>', 'NOT_VSPHERE'],
    ['other XML', 200, { 'content-type': 'text/xml' }, '<rss/>', 'NOT_VSPHERE'],
    ['a redirect', 301, { location: 'https://elsewhere.example/' }, '', 'REDIRECTED'],
  ])('tells that it answers with %s', async (_, status, headers, body, code) => {
    const endpoint = await startStranger((_request, response) =>
      response.writeHead(status, headers).end(body),
    );
    const refusal = await refusalOf({ settings: { endpoint } });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: code });
    expect(refusal.message).toContain('"endpoint"');
  });

  it.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY a "aaaa">]><soapenv:Envelope/>'],
    ['half an answer', '<soapenv:Envelope><soapenv:Body>'],
    ['a tag that nothing closes', '<e:Envelope><e:Body><a></e:Body></e:Envelope>'],
  ])('refuses %s', async (_, body) => {
    const xml = { 'content-type': 'text/xml' };
    const endpoint = await startStranger((_request, response) => response.writeHead(200, xml).end(body));
    const refusal = await refusalOf({ settings: { endpoint } });
    expect(refusal).toMatchObject({ kind: 'unavailable', vendorCode: 'MALFORMED_ANSWER' });
  });

  it('tells that the server speaks no TLS', async () => {
    const endpoint = (await startStranger((_, response) => response.end())).replace('http:', 'https:');
    const refusal = await refusalOf({ settings: { endpoint } });
    expect(refusal.kind).toBe('credentials');
    expect(refusal.message).toContain('TLS');
  });
});

describe('TLS', () => {
  it('refuses a certificate nobody vouches for, names its fingerprint, and sends nothing', async () => {
    const simulator = await start({ tls: true });
    const refusal = await refusalOf({ settings: { endpoint: simulator.url } });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'CERTIFICATE_UNTRUSTED' });
    expect(refusal.message).toContain(simulator.fingerprintSha256);
    expect(simulator.counters.requests).toEqual({});
  });

  it('refuses another certificate than the pinned one', async () => {
    const simulator = await start({ tls: true });
    const pinned = { tls_ca_pem: simulator.caPem, tls_fingerprint_sha256: '0'.repeat(64) };
    const refusal = await refusalOf({ settings: { endpoint: simulator.url, ...pinned } });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'CERTIFICATE_CHANGED' });
    expect(refusal.message).toContain(simulator.fingerprintSha256);
    expect(simulator.counters.requests).toEqual({});
  });

  it('refuses a certificate of another name', async () => {
    const simulator = await start({ tls: true });
    const endpoint = simulator.url.replace('127.0.0.1', '127.0.0.2');
    const other = await start({ tls: true, host: '127.0.0.2', port: Number(new URL(endpoint).port) });
    const refusal = await refusalOf({ settings: { endpoint: other.url, tls_ca_pem: simulator.caPem } });
    expect(refusal.kind).toBe('credentials');
  });

  it('tells that a CA is no certificate', async () => {
    const simulator = await start({ tls: true });
    const tls_ca_pem = '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----';
    const refusal = await refusalOf({ settings: { endpoint: simulator.url, tls_ca_pem } });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'TLS_CA_INVALID' });
  });

  it.each([
    ['its CA', ({ caPem }: VsphereSimulator) => ({ tls_ca_pem: caPem })],
    ['its fingerprint', (it: VsphereSimulator) => ({ tls_fingerprint_sha256: it.fingerprintSha256 })],
    [
      'its fingerprint without colons',
      (it: VsphereSimulator) => ({
        tls_fingerprint_sha256: it.fingerprintSha256.replaceAll(':', '').toLowerCase(),
      }),
    ],
    ['nobody', () => ({ tls_verify: false })],
  ])('connects trusting %s', async (_, trust) => {
    const simulator = await start({ tls: true });
    const hosts = await withConnection(adapter, accessTo(simulator, trust(simulator)), (connected) =>
      listResources(tableOf(adapter, 'hosts'), connected),
    );
    expect(hosts).toHaveLength(4);
  });
});

describe('the session', () => {
  it('signs in again, once, when it has ended, and goes on', async () => {
    const simulator = await start({ counts: { virtualMachines: 8 } });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const servers = tableOf(adapter, 'cloudservers');
      expect(await listResources(servers, connected)).toHaveLength(8);
      simulator.faults.expireSessions();
      const [vms, hosts] = await Promise.all([
        listResources(servers, connected),
        listResources(tableOf(adapter, 'hosts'), connected),
      ]);
      expect(vms).toHaveLength(8);
      expect(hosts).toHaveLength(4);
      expect(simulator.counters.requests['Login']).toBe(2);
    });
    expect(simulator.counters).toMatchObject({ sessions: 0, views: 0, listings: 0 });
  });

  it('lists on when it ends between two pages', async () => {
    const simulator = await start({ counts: { virtualMachines: 8 } });
    await withConnection(adapter, accessTo(simulator), async ({ connection, scope }) => {
      const ids: string[] = [];
      const table = tableOf(adapter, 'cloudservers');
      for await (const { items } of table.pages({ connection, scope, signal: never })) {
        ids.push(...items.map((item) => table.toResource(item, scope).nativeId));
        simulator.faults.expireSessions();
      }
      expect(new Set(ids).size).toBe(8);
    });
  });

  it('gives up on a server that ends every session at once', async () => {
    const simulator = await start();
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      simulator.faults.failNext(9, { kind: 'fault', fault: 'NotAuthenticated' }, 'CreateContainerView');
      const listing = listPages(tableOf(adapter, 'cloudservers'), connected);
      const error = await failureOf(listing);
      expect(error).toMatchObject({ kind: 'unavailable', vendorCode: 'NotAuthenticated' });
      expect(simulator.counters.requests['Login']).toBe(2);
    });
  });

  it('leaves nothing behind at the server', async () => {
    const simulator = await start({ preset: 'demo', pageLimit: 3 });
    const big = vmwareAdapter(50);
    await withConnection(big, accessTo(simulator), async (connected) => {
      for (const table of big.tables) await listPages(table, connected);
      const controller = new AbortController();
      const pages = tableOf(adapter, 'cloudservers').pages({ ...connected, signal: controller.signal });
      for await (const { items } of pages) if (items.length > 0) controller.abort();
    }).catch((error: unknown) => {
      expect((error as Error).name).toBe('AbortError');
    });
    expect(simulator.counters).toMatchObject({ sessions: 0, views: 0, listings: 0 });
  });
});

describe('a listing', () => {
  it.each([1, 3, 100])('follows tokens of a server that sends %i objects at most', async (pageLimit) => {
    const simulator = await start({ counts: { virtualMachines: 11 }, pageLimit });
    const wide = vmwareAdapter(8);
    const [servers] = wide.tables;
    const vms = await withConnection(wide, accessTo(simulator), async (connected) =>
      servers ? await listResources(servers, connected) : [],
    );
    expect(new Set(vms.map(({ nativeId }) => nativeId)).size).toBe(11);
  });

  it('leaves out what was deleted between two pages, also at the cursor', async () => {
    const simulator = await start({ counts: { virtualMachines: 6 } });
    const { inventory } = simulator;
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const table = tableOf(adapter, 'cloudservers');
      const all = await listPages(table, connected);
      const [first, second, third] = all.map(({ resources }) => resources.map(({ nativeId }) => nativeId));
      const gone = [...inventory.virtualMachines()].filter(({ id }) =>
        [first?.[1], second?.[0], third?.[0]].some((nativeId) => nativeId?.endsWith(`:${id}`)),
      );
      const left: string[] = [];
      for await (const { items } of table.pages({ ...connected, signal: never })) {
        left.push(...items.map((item) => table.toResource(item, connected.scope).nativeId));
        for (const vm of gone.splice(0)) inventory.destroyVm(vm);
      }
      expect(left).toEqual([first?.[0], first?.[1], second?.[1], third?.[1]]);
      const resumed = await listPages(table, connected, all[0]?.resumeAt);
      expect(resumed.flatMap(({ resources }) => resources.map(({ nativeId }) => nativeId))).toEqual([
        second?.[1],
        third?.[1],
      ]);
    });
  });

  it('reads names of any script, wherever the network cuts them', async () => {
    const simulator = await start({ counts: { virtualMachines: 120 } });
    const names = [...simulator.inventory.virtualMachines()].map((vm, index) => {
      simulator.inventory.rename(vm, `${'数据-ü😀<&>"'.repeat(8)} ${String(index)}`);
      return vm.name;
    });
    const wide = vmwareAdapter(250);
    const vms = await withConnection(wide, accessTo(simulator), (connected) =>
      listResources(tableOf(adapter, 'cloudservers'), connected),
    );
    expect(vms.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it('keeps objects of which one property may not be read, and says which', async () => {
    const simulator = await start();
    simulator.faults.denyProperty('VirtualMachine', 'config.annotation');
    const [vm] = await withConnection(adapter, accessTo(simulator), (connected) =>
      listResources(tableOf(adapter, 'cloudservers'), connected),
    );
    expect(vm?.properties['unreadableProperties']).toEqual(['config.annotation']);
    expect(vm?.status).toBe('running');
  });

  it('names the privilege when a whole call is refused', async () => {
    const simulator = await start();
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      simulator.faults.denyMethod('CreateContainerView');
      const listing = listPages(tableOf(adapter, 'cloudservers'), connected);
      const error = await failureOf(listing);
      expect(error).toMatchObject({ kind: 'permission', vendorCode: 'NoPermission' });
      expect(error?.message).toMatch(/privilege \S+/);
    });
  });

  it('does without properties that an older vCenter does not have', async () => {
    const simulator = await start({ about: { apiVersion: '6.5', version: '6.5.0' } });
    const [vm] = await withConnection(adapter, accessTo(simulator), (connected) =>
      listResources(tableOf(adapter, 'cloudservers'), connected),
    );
    expect(vm?.createdAt).toBeUndefined();
    expect(vm?.properties['config']).toMatchObject({ template: false });
  });

  it('does without properties that a server refuses though its version has them', async () => {
    const simulator = await start();
    const endpoint = await startStranger((request, response) => {
      void forward(request, simulator.url).then(({ status, headers, body }) =>
        response.writeHead(status, headers).end(body),
      );
    });
    const vms = await withConnection(adapter, accessTo(simulator, { endpoint }), (connected) =>
      listResources(tableOf(adapter, 'cloudservers'), connected),
    );
    expect(vms).toHaveLength(4);
    expect(vms[0]?.properties['config']).not.toHaveProperty('createDate');
    expect(vms[0]?.properties['config']).toHaveProperty('uuid');
  });

  it('knows a server without instanceUuid, a single ESXi host, by its hardware', async () => {
    const simulator = await start({ about: { instanceUuid: '' } });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [first] = await listResources(tableOf(adapter, 'hosts'), connected);
      expect(connected.scope.key).toMatch(/^[0-9a-f-]{36}$/);
      expect(first?.properties['summary']).toMatchObject({ hardware: { uuid: connected.scope.key } });
    });
  });

  it('points its relations at resources it lists', async () => {
    const simulator = await start({ preset: 'demo' });
    await withConnection(vmwareAdapter(), accessTo(simulator), async (connected) => {
      const resources = [];
      for (const table of adapter.tables) resources.push(...(await listResources(table, connected)));
      const known = new Set(resources.map(({ nativeId }) => nativeId));
      const dangling = resources
        .flatMap(({ relations }) => relations)
        .filter(({ nativeId }) => !known.has(nativeId));
      expect(dangling).toEqual([]);
    });
  });

  it('gives an identical document for an unchanged estate', async () => {
    const simulator = await start({ preset: 'demo' });
    const list = () =>
      withConnection(vmwareAdapter(), accessTo(simulator), (connected) =>
        listResources(tableOf(adapter, 'cloudservers'), connected),
      );
    expect(JSON.stringify(await list())).toBe(JSON.stringify(await list()));
  });
});
