import type { AddressInfo, Server } from 'node:net';

import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { StartError } from '#platform';

import { RpcNatsServer, RpcRedisServer, RpcTcpServer } from './rpc-servers.js';

/**
 * Takes messages of other services at RPC_URL. Returns where that is: a port 0 takes a free one.
 * @throws {StartError} when it cannot.
 */
export async function listenRpc(app: NestFastifyApplication, rpcUrl: string): Promise<string> {
  const url = new URL(rpcUrl);
  const server = serverFor(url);
  app.connectMicroservice({ strategy: server });
  try {
    await app.startAllMicroservices();
  } catch (error) {
    throw error instanceof StartError
      ? error
      : new StartError(`RPC_URL: ${url.host} cannot be reached: ${(error as Error).message}`);
  }
  if (server instanceof RpcTcpServer) {
    url.port = String((server.unwrap<Server>().address() as AddressInfo).port);
  }
  return url.href;
}

function serverFor(url: URL): RpcTcpServer | RpcRedisServer | RpcNatsServer {
  if (url.protocol === 'tcp:') return new RpcTcpServer(url);
  return url.protocol.startsWith('redis') ? new RpcRedisServer(url) : new RpcNatsServer(url);
}
