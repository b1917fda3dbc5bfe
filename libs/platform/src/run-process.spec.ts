import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { StartError, toListenError } from './run-process.js';

/** The error of listening there. */
async function listenError(port: number, host: string): Promise<unknown> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    return error;
  }
  server.close();
  throw new Error('It listens.');
}

describe('toListenError', () => {
  it('tells which port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const error = toListenError(await listenError(port, '127.0.0.1'), { host: '127.0.0.1', port });

    server.close();
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toBe(`port ${String(port)} on 127.0.0.1 is taken; choose another with PORT=…`);
  });

  it('tells that an address is no address of this machine', async () => {
    // 192.0.2.0/24 is for documentation: nobody has it (RFC 5737).
    const error = toListenError(await listenError(0, '192.0.2.1'), { host: '192.0.2.1', port: 3000 });
    expect(error).toEqual(new StartError('HOST 192.0.2.1 is not an address of this machine'));
  });

  it.each([
    ['EACCES', 80, 'listening on ::1:80 is not permitted; choose a PORT above 1023'],
    ['ENOTFOUND', 3000, 'HOST ::1 is not an address of this machine'],
  ])('explains %s', (code, port, message) => {
    const error = Object.assign(new Error('listen'), { code });
    expect(toListenError(error, { host: '::1', port })).toEqual(new StartError(message));
  });

  it('passes on what it does not know', () => {
    const error = new Error('something else');
    expect(toListenError(error, { host: '::1', port: 1 })).toBe(error);
  });
});
