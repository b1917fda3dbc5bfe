import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, request as requestOverHttp, type Server } from 'node:http';
import { request as requestOverTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { interceptors } from 'undici';

import { SyncError } from '#domain';

import { VendorNetwork } from './vendor-network.js';

const NAME = 'vcenter.example';

let server: Server;
let port: number;
let requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.headers.host ?? ''}${request.url ?? ''}`);
    if (request.url === '/moved')
      response.writeHead(302, { Location: `http://localhost:${String(port)}/inside` });
    response.end('inside');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.close();
});
afterEach(() => {
  jest.restoreAllMocks();
  requests = [];
});

/** Makes a name mean these addresses, one list each time that it is looked up. */
function resolveTo(...answers: string[][]): jest.Mock {
  const lookup = jest.fn((...[, , callback]: unknown[]) => {
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    (callback as (error: null, found: object[]) => void)(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  });
  jest.spyOn(dns, 'lookup').mockImplementation(lookup);
  return lookup;
}

async function get(network: VendorNetwork, host: string, path = '/'): Promise<string> {
  const agent = network.agent({ connect: {} });
  try {
    const { body } = await agent.request({ origin: `http://${host}:${String(port)}`, path, method: 'GET' });
    return await body.text();
  } finally {
    await agent.destroy();
  }
}

/** The same by Node.js' own client, as most SDKs work. */
async function getByNode(network: VendorNetwork, host: string, scheme = 'http'): Promise<string> {
  const agents = network.nodeAgents();
  const url = `${scheme}://${host}:${String(port)}/`;
  try {
    return await new Promise((resolve, reject) => {
      const request =
        scheme === 'http'
          ? requestOverHttp(url, { agent: agents.http })
          : requestOverTls(url, { agent: agents.https });
      request.once('response', (response) => {
        text(response).then(resolve, reject);
      });
      request.once('error', reject);
      request.end();
    });
  } finally {
    agents.http.destroy();
    agents.https.destroy();
  }
}

/** That it is refused, and nothing was sent. */
async function expectRefused(getting: Promise<string>, message: string): Promise<void> {
  const error: unknown = await getting.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SyncError);
  expect(error).toMatchObject({ kind: 'credentials', vendorCode: 'ENDPOINT_REFUSED', retryable: false });
  expect((error as Error).message).toBe(message);
  expect(requests).toEqual([]);
}

const refusal = (where: string, kind: string) =>
  `${where} is ${kind}, which Muster may not call. If it is meant, have Muster's operator name it, or its ` +
  'network, in ENDPOINT_ALLOWED_NETWORKS.';

describe('VendorNetwork', () => {
  const strict = new VendorNetwork([]);
  const open = new VendorNetwork(['127.0.0.1']);

  it('connects to what is allowed, and to no address that is not', async () => {
    expect(await get(open, '127.0.0.1')).toBe('inside');
    requests = [];
    await expectRefused(get(strict, '127.0.0.1'), refusal('127.0.0.1', 'a loopback address'));
    await expectRefused(get(strict, '[::1]'), refusal('::1', 'a loopback address'));
    await expectRefused(get(strict, '0x7f000001'), refusal('127.0.0.1', 'a loopback address'));
    await expectRefused(get(open, '[::ffff:127.0.0.2]'), refusal('::ffff:7f00:2', 'a loopback address'));
    await expectRefused(get(strict, 'localhost'), refusal('localhost', 'a loopback address'));
    await expectRefused(
      get(open, '169.254.169.254'),
      refusal('169.254.169.254', 'where a cloud tells its machines secrets'),
    );
  });

  it('connects to no name that leads to what is not allowed', async () => {
    resolveTo(['127.0.0.1']);
    await expectRefused(get(strict, NAME), refusal(`${NAME} (127.0.0.1)`, 'a loopback address'));
    expect(await get(open, NAME)).toBe('inside');
  });

  it('takes of a name’s addresses only those that are allowed', async () => {
    resolveTo(['10.255.255.1', 'fd00:ec2::254', '127.0.0.1']);
    expect(await get(open, NAME)).toBe('inside');
    resolveTo([]);
    await expect(get(open, NAME)).rejects.toThrow();
  });

  it('connects to the very address that it has checked, whatever the name means afterwards', async () => {
    const lookup = resolveTo(['127.0.0.1'], ['169.254.169.254']);
    const agent = open.agent({ connect: {}, connections: 1, pipelining: 1 });
    const ask = async (reset: boolean) => {
      const { body } = await agent.request({
        origin: `http://${NAME}:${String(port)}`,
        path: '/',
        method: 'GET',
        reset,
      });
      return body.text();
    };
    expect(await ask(true)).toBe('inside');
    expect(lookup).toHaveBeenCalledTimes(1);
    // A new connection looks it up anew, and is refused.
    const error: unknown = await ask(true).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ vendorCode: 'ENDPOINT_REFUSED' });
    expect(lookup).toHaveBeenCalledTimes(2);
    await agent.destroy();
  });

  it.each(['http', 'https'])('holds for Node.js’ own agents, over %s', async (scheme) => {
    const ask = (network: VendorNetwork, host: string) => getByNode(network, host, scheme);
    await expectRefused(ask(strict, '127.0.0.1'), refusal('127.0.0.1', 'a loopback address'));
    await expectRefused(ask(strict, '[::1]'), refusal('::1', 'a loopback address'));
    await expectRefused(ask(strict, '0x7f000001'), refusal('127.0.0.1', 'a loopback address'));
    await expectRefused(
      ask(open, '169.254.169.254'),
      refusal('169.254.169.254', 'where a cloud tells its machines secrets'),
    );
    const lookup = resolveTo(['127.0.0.1']);
    await expectRefused(ask(strict, NAME), refusal(`${NAME} (127.0.0.1)`, 'a loopback address'));
    expect(lookup).toHaveBeenCalledTimes(1);
    resolveTo(['10.255.255.1', '127.0.0.1']);
    // What is allowed is reached: this server speaks no TLS, which is then what it fails with.
    if (scheme === 'http') expect(await ask(open, NAME)).toBe('inside');
    else await expect(ask(open, NAME)).rejects.toThrow(/SSL|EPROTO/);
  });

  it('is sent nowhere else by a redirect', async () => {
    resolveTo(['127.0.0.1']);
    // Of its own it follows none. With one that does, the other address is checked like the first.
    const agent = new VendorNetwork(['127.0.0.1']).agent({ connect: {} });
    const { statusCode } = await agent.request({
      origin: `http://127.0.0.1:${String(port)}`,
      path: '/moved',
      method: 'GET',
    });
    expect(statusCode).toBe(302);
    resolveTo(['10.0.0.1']);
    const following = agent.compose(interceptors.redirect({ maxRedirections: 3 }));
    const error: unknown = await following
      .request({ origin: `http://127.0.0.1:${String(port)}`, path: '/moved', method: 'GET' })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ vendorCode: 'ENDPOINT_REFUSED' });
    expect(requests.filter((request) => request.endsWith('/inside'))).toEqual([]);
    await agent.destroy();
  });

  it('hands on that a name is unknown', async () => {
    jest.spyOn(dns, 'lookup').mockImplementation((...[, , callback]: unknown[]) => {
      (callback as (error: Error) => void)(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    });
    await expect(get(open, NAME)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
