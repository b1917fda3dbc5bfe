import {
  type NatsContext,
  ServerNats,
  ServerRedis,
  ServerTCP,
  type TcpSocket,
  type WritePacket,
} from '@nestjs/microservices';
import type { Redis } from 'ioredis';

import { StartError } from '#platform';

import { ApiError } from '../http/api-error.js';
import { RpcNatsSerializer, RpcSerializer } from './rpc-serializer.js';

/** A message in characters: HTTP's bound of a body, and room for its envelope. What is larger ends the connection. */
const MAX_MESSAGE_CHARACTERS = 1_100_000;
const RETRY_DELAY_MS = 1_000;
/** How long it is remembered that a message was taken. */
const CLAIM_MS = 60_000;
const CLAIM_PREFIX = 'muster:rpc:';
const REDIS_PORT = 6379;

type Listening = (error?: unknown) => void;

/** Messages over TCP. */
export class RpcTcpServer extends ServerTCP {
  constructor(url: URL) {
    super({
      host: url.hostname,
      port: Number(url.port),
      maxBufferSize: MAX_MESSAGE_CHARACTERS,
      serializer: new RpcSerializer(),
    });
  }

  /** Nest's own tells of a taken port only, and would wait for ever on an address that is not of this machine. */
  override listen(callback: Listening): void {
    const fail = (error: NodeJS.ErrnoException) => {
      callback(
        new StartError(`RPC_URL: ${this.host}:${String(this.port)} cannot be listened on: ${error.message}`),
      );
    };
    this.server.once('error', fail);
    this.server.listen(this.port, this.host, () => {
      this.server.off('error', fail);
      callback();
    });
  }

  override async handleMessage(socket: TcpSocket, rawMessage: unknown): Promise<unknown> {
    return (await super.handleMessage(socket, rawMessage)) as unknown;
  }
}

/** Messages over Redis. It hands each to every process that listens, so that they have to agree on who answers. */
export class RpcRedisServer extends ServerRedis {
  constructor(url: URL) {
    super({
      host: url.hostname,
      port: Number(url.port || REDIS_PORT),
      ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
      ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
      retryAttempts: Number.MAX_SAFE_INTEGER,
      retryDelay: RETRY_DELAY_MS,
      serializer: new RpcSerializer(),
    });
  }

  override async handleMessage(
    channel: string,
    buffer: string,
    pub: Redis,
    pattern: string,
  ): Promise<unknown> {
    const packet = this.parseMessage(buffer) as { id?: unknown } | null;
    const id = packet?.id;
    if (typeof id === 'string') {
      const claimed = await pub.set(CLAIM_PREFIX + id, '1', 'PX', CLAIM_MS, 'NX');
      if (claimed === null) return undefined;
    }
    return (await super.handleMessage(channel, buffer, pub, pattern)) as unknown;
  }
}

/** Messages over NATS. The processes that listen are one group, of which it hands each message to one. */
export class RpcNatsServer extends ServerNats {
  constructor(url: URL) {
    super({
      servers: url.host,
      queue: 'muster',
      ...credentialsOf(url),
      ...(url.protocol === 'tls:' ? { tls: {} } : {}),
      maxReconnectAttempts: -1,
      serializer: new RpcNatsSerializer(),
    });
  }

  /** NATS refuses what is longer than its `max_payload`: who asked hears that, rather than nothing. */
  override getPublisher(
    message: unknown,
    id: string,
    context: NatsContext,
  ): (packet: WritePacket) => unknown {
    const publish = super.getPublisher(message, id, context) as (packet: WritePacket) => unknown;
    return (packet) => {
      try {
        return publish(packet);
      } catch {
        const error = new ApiError(
          'invalidParameter',
          "the answer is longer than NATS' max_payload: ask for less at once, with limit and marker",
        );
        return publish({ isDisposed: true, err: error });
      }
    };
  }
}

/** As NATS has it: a user name without a password is a token. */
function credentialsOf({ username, password }: URL): { user?: string; pass?: string; token?: string } {
  if (username === '') return {};
  const name = decodeURIComponent(username);
  return password === '' ? { token: name } : { user: name, pass: decodeURIComponent(password) };
}
