import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';

import { MusterError } from '../muster-error.js';
import type { Schemas } from '../operation-types.js';
import type { operations } from '../schema.js';

/** How long an answer may take by default, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 30_000;
const REDIS_PORT = 6379;

export interface MusterRpcOptions {
  /** Muster's RPC_URL: `tcp://127.0.0.1:4000`, `redis://…`, `rediss://…`, `nats://…` or `tls://…`. */
  url: string;
  /** Of `npm run credentials -- create NAME --kind api-key`. */
  apiKey: string;
  /** How long an answer may take, in milliseconds; 30,000 by default. */
  timeoutMs?: number;
}

export type ResourceQuery = operations['ListMultiCloudResources']['parameters']['query'];
export type ResourceFilter = operations['CountMultiCloudResources']['parameters']['query'];
export type SyncOptions = NonNullable<operations['SyncMultiCloudResource']['parameters']['query']> & {
  /** Lets the message be sent again without having its effect again. */
  idempotencyKey?: string;
};

/** What Muster does for other services by message. It throws MusterErrors, as the client over HTTP does. */
export class MusterRpc {
  private readonly proxy: ClientProxy;
  private readonly timeoutMs: number;

  /** @throws {TypeError} when the URL can be none of Muster's. */
  constructor(private readonly options: MusterRpcOptions) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.proxy = createProxy(options.url);
  }

  /** Starts a sync of an account, or of all of a vendor's, or joins the one that runs. Returns the task's id. */
  async requestSync(
    body: Schemas['RequestSync'],
    { idempotencyKey, ...query }: SyncOptions = {},
  ): Promise<string> {
    return this.send('muster.sync.request', { body, query, ...keyed(idempotencyKey) });
  }

  /** How a sync is going. */
  async showTask(taskId: string): Promise<Schemas['SyncTask']> {
    return this.send('muster.sync.get', { task_id: taskId });
  }

  /** Cancels a sync and returns its task's id. */
  async cancelTask(taskId: string, { idempotencyKey }: { idempotencyKey?: string } = {}): Promise<string> {
    return this.send('muster.sync.cancel', { task_id: taskId, ...keyed(idempotencyKey) });
  }

  /** A page of the inventory. */
  async listResources(query: ResourceQuery): Promise<Schemas['Resource'][]> {
    return this.send('muster.resources.list', { query });
  }

  /** How many resources there are. */
  async countResources(query: ResourceFilter): Promise<number> {
    return this.send('muster.resources.count', { query });
  }

  /** Nest calls it when the application ends. */
  async onModuleDestroy(): Promise<void> {
    await this.proxy.close();
  }

  private async send<Data>(pattern: string, message: object): Promise<Data> {
    const { apiKey } = this.options;
    try {
      const answer = this.proxy.send<{ data: Data }>(pattern, { api_key: apiKey, ...message });
      return (await firstValueFrom(answer.pipe(timeout(this.timeoutMs)))).data;
    } catch (error) {
      throw toMusterError(pattern, error);
    }
  }
}

function keyed(idempotencyKey: string | undefined): { idempotency_key?: string } {
  return idempotencyKey === undefined ? {} : { idempotency_key: idempotencyKey };
}

function createProxy(text: string): ClientProxy {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  switch (url?.protocol) {
    case 'tcp:':
      return ClientProxyFactory.create({
        transport: Transport.TCP,
        options: { host: url.hostname, port: Number(url.port) },
      });
    case 'redis:':
    case 'rediss:':
      return ClientProxyFactory.create({
        transport: Transport.REDIS,
        options: {
          host: url.hostname,
          port: Number(url.port || REDIS_PORT),
          ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
          ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
          ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
        },
      });
    case 'nats:':
    case 'tls:':
      return ClientProxyFactory.create({
        transport: Transport.NATS,
        options: {
          servers: url.host,
          ...natsCredentials(url),
          ...(url.protocol === 'tls:' ? { tls: {} } : {}),
          maxReconnectAttempts: -1,
        },
      });
    default:
      throw new TypeError(`url must be Muster's RPC_URL, as tcp://127.0.0.1:4000 (it is "${text}")`);
  }
}

/** As NATS has it: a user name without a password is a token. */
function natsCredentials({ username, password }: URL): { user?: string; pass?: string; token?: string } {
  if (username === '') return {};
  const name = decodeURIComponent(username);
  return password === '' ? { token: name } : { user: name, pass: decodeURIComponent(password) };
}

function toMusterError(operation: string, error: unknown): MusterError {
  if (error instanceof TimeoutError) {
    const details = { operation, code: 'TIMEOUT', retryable: true, cause: error };
    return new MusterError('there was no answer in time: see timeoutMs', details);
  }
  const { error_code: code, error_msg: message, ...rest } = (error ?? {}) as Partial<ErrorAnswer>;
  if (typeof code === 'string' && typeof message === 'string') {
    return new MusterError(message, {
      operation,
      code,
      ...(rest.status === undefined ? {} : { status: rest.status }),
      requestId: rest.request_id,
      retryable: rest.retryable === true,
      retryAfterMs: rest.retry_after_ms,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const details = { operation, code: 'UNREACHABLE', retryable: true, cause: error };
  return new MusterError(`Muster cannot be reached: ${reason}`, details);
}

/** An error as Muster sends it. */
interface ErrorAnswer {
  error_code: string;
  error_msg: string;
  request_id: string;
  status: number;
  retryable: boolean;
  retry_after_ms?: number;
}
