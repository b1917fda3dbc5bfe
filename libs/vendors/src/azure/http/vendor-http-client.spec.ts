import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { createPipelineRequest } from '@azure/core-rest-pipeline';
import { afterEach, describe, expect, it } from '@jest/globals';

import { openNetwork } from '#vendor-kit/testing';

import { VendorHttpClient } from './vendor-http-client.js';

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

async function start(handle: Parameters<typeof createServer>[1]) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = openNetwork.agent({ connect: {} });
  running.push(async () => {
    await agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/a?b=c`;
  return { client: new VendorHttpClient(agent), url };
}

describe('VendorHttpClient', () => {
  it('sends method, path, headers and body, and unzips the answer', async () => {
    const seen: unknown[] = [];
    const { client, url } = await start((request, response) => {
      request.setEncoding('utf8').on('data', (chunk) => {
        seen.push(
          request.method,
          request.url,
          request.headers['x-one'],
          request.headers['accept-encoding'],
          chunk,
        );
        response.writeHead(201, { 'content-encoding': 'gzip', 'x-two': '2' });
        response.end(gzipSync('zipped ü'));
      });
    });
    const request = createPipelineRequest({ url, method: 'POST', body: '{}', allowInsecureConnection: true });
    request.headers.set('X-One', '1');
    const answer = await client.sendRequest(request);
    expect(seen).toEqual(['POST', '/a?b=c', '1', 'gzip', '{}']);
    expect(answer).toMatchObject({ status: 201, bodyAsText: 'zipped ü' });
    expect(answer.headers.get('X-Two')).toBe('2');
  });

  it('sends nothing without TLS unless that is meant', async () => {
    let asked = 0;
    const { client, url } = await start((_, response) => {
      asked++;
      response.end();
    });
    await expect(client.sendRequest(createPipelineRequest({ url }))).rejects.toThrow(TypeError);
    expect(asked).toBe(0);
  });

  it('stops when aborted, also by a signal that is one in shape only', async () => {
    const { client, url } = await start(() => undefined);
    const aborts: (() => void)[] = [];
    const shape = {
      aborted: false,
      addEventListener: (_: string, listener: () => void) => aborts.push(listener),
      removeEventListener: () => undefined,
    };
    const request = createPipelineRequest({
      url,
      allowInsecureConnection: true,
      abortSignal: shape as unknown as AbortSignal,
    });
    const sending = client.sendRequest(request);
    for (const abort of aborts) abort();
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
  });
});
