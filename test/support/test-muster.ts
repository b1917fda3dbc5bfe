import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';

import { Redis } from 'ioredis';
import type pg from 'pg';

import { createMusterClient, type MusterClient, type Schemas } from '#client';
import { DEFAULT_PRUNE_LIMITS, type PruneLimits } from '#domain';
import { type Configuration, createLogger, loadOrCreateKeyring, parseKeyring } from '#platform';
import { type AdapterLoaders, DEFAULT_TIMING, type EngineTiming } from '#sync';
import { VENDOR_REGISTRY } from '#vendors/registry';

import { startApi, type StartedApi } from '../../apps/api/src/start-api.js';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { eventually } from './eventually.js';
import { type QueueBackend, startRedis } from './redis.js';
import { createTestDatabase } from './test-database.js';
import { openTestPool } from './test-pool.js';

/**
 * Impatient: what takes a real worker half a minute to notice, a test notices at once. But leases are as long: where
 * nobody dies, a machine that is busy for seconds must not have work taken over.
 */
export const TEST_TIMING: EngineTiming = {
  ...DEFAULT_TIMING,
  heartbeatMs: 100,
  reconcileMs: 200,
  scheduleMs: 100,
  redeliverMs: 1,
  forgottenAfterMs: 500,
  sliceMs: 200,
  idleConnectionMs: 100,
};

/** Requests wait as long as anything in a test may take on a busy machine: what hangs is ended by the test. */
const REQUEST_TIMEOUT_MS = 600_000;

/** An answer of the API. */
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

/** A sync task as the API reports it. */
export type Task = Schemas['SyncTask'];

/** A resource as the API lists it. */
export type ListedResource = Schemas['Resource'];

export interface TestMusterOptions {
  backend?: QueueBackend;
  /** A queue to use, instead of a new one on the backend. */
  queueUrl?: string;
  /** The same, with what it takes to get in. */
  queue?: Configuration['queue'];
  adapters?: AdapterLoaders;
  /** The URL of a database server to be on, instead of the run's. */
  server?: string;
  /** False: only the API, so that nothing works on what it takes in. */
  workers?: boolean;
  /** {@link TEST_TIMING}, unless a test counts what impatience makes more of. */
  timing?: EngineTiming;
  /** How long adding or changing an account waits for its check. By default there is none. */
  accountCheckMs?: number;
  /** How much a complete listing may delete by itself. */
  pruneLimits?: PruneLimits;
  /** Requests a minute; by default as many as there are. */
  rateLimits?: Partial<Configuration['rateLimits']>;
  trustedProxies?: string[];
  /** Where accounts may lead; by default to peers on this machine. */
  endpointNetworks?: string[];
  /** Tenants that may use this machine's identity; by default none. */
  hostIdentityTenants?: string[];
  /** Where to take messages of other services. */
  rpcUrl?: string;
  /** Where operators find metrics; by default nowhere. */
  metrics?: Configuration['metrics'];
  /** Where spans go is said by OpenTelemetry's variables; by default there are none. */
  tracing?: Configuration['tracing'];
  /** The master keys' file; else they are in memory. */
  keyringFile?: string;
}

/** A Muster of a suite's own: API and workers in this process, on a database and a queue of its own. */
export class TestMuster {
  /** The API as its users call it, with the suite's key. */
  readonly client: MusterClient;
  private stopping: Promise<void> | undefined;

  private constructor(
    readonly api: StartedApi,
    readonly apiKey: string,
    /** For further processes on the same database and queue. */
    readonly settings: { configuration: Configuration; environment: NodeJS.ProcessEnv },
    /** Everything logged, a JSON line each. */
    readonly logs: string[],
    /** Straight to the database, to look and to break things. */
    readonly sql: pg.Pool,
    private readonly closers: (() => Promise<void>)[],
  ) {
    this.client = this.clientWith(apiKey);
  }

  static async start(options: TestMusterOptions = {}): Promise<TestMuster> {
    const database = await createTestDatabase(options.server);
    const redis = options.backend === 'redis' ? await startRedis() : undefined;
    const apiKey = randomBytes(24).toString('hex');
    const keyring = `1:${randomBytes(32).toString('base64')}`;
    const configuration: Configuration = {
      http: { host: '127.0.0.1', port: 0 },
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
      ...(options.tracing === undefined ? {} : { tracing: options.tracing }),
      trustedProxies: options.trustedProxies ?? [],
      endpointNetworks: options.endpointNetworks ?? ['127.0.0.0/8'],
      hostIdentityTenants: options.hostIdentityTenants ?? [],
      rateLimits: { caller: 0, stranger: 0, ...options.rateLimits },
      database: { url: database.url, poolSize: 8 },
      queue: options.queue ?? { url: options.queueUrl ?? redis?.url ?? database.url },
      ...(options.rpcUrl === undefined ? {} : { rpcUrl: options.rpcUrl }),
      worker: { concurrency: 4 },
      accountCheckMs: options.accountCheckMs ?? 0,
      shutdownDelayMs: 0,
      retention: { changes: 365, events: 7, audit: 365, tombstones: 90 },
      pruneLimits: options.pruneLimits ?? DEFAULT_PRUNE_LIMITS,
      keyring:
        options.keyringFile === undefined ? parseKeyring(keyring) : loadOrCreateKeyring(options.keyringFile),
      apiKey,
      log: { level: 'debug', format: 'json' },
    };
    const logs: string[] = [];
    const api = await startApi({
      configuration,
      logger: createLogger(configuration.log, collectLines(logs)),
      applicationName: 'muster-test',
      alongside:
        options.workers === false
          ? []
          : [
              WorkerModule.forRoot({
                adapters: options.adapters ?? VENDOR_REGISTRY,
                concurrency: configuration.worker.concurrency,
                endpointNetworks: configuration.endpointNetworks,
                hostIdentityTenants: configuration.hostIdentityTenants,
                timing: options.timing ?? TEST_TIMING,
              }),
            ],
    });
    const sql = openTestPool(database.url);
    const environment = {
      DATABASE_URL: database.url,
      QUEUE_URL: configuration.queue.url,
      ENDPOINT_ALLOWED_NETWORKS: configuration.endpointNetworks.join(),
      HOST_IDENTITY_TENANTS: configuration.hostIdentityTenants.join(),
      ...(options.keyringFile === undefined
        ? { MUSTER_KEYRING: keyring }
        : { MUSTER_KEYRING_FILE: options.keyringFile }),
    };
    const muster: TestMuster = new TestMuster(api, apiKey, { configuration, environment }, logs, sql, [
      () => muster.stopApp(),
      () => sql.end(),
      () => database.drop(),
      async () => redis?.stop(),
    ]);
    return muster;
  }

  async close(): Promise<void> {
    for (const close of this.closers) await close();
  }

  /** Empties the queue, as a flushed Redis or dropped tables would. */
  async forgetQueue(): Promise<void> {
    if (this.settings.configuration.queue.url.startsWith('redis')) {
      const redis = new Redis(this.settings.configuration.queue.url);
      await redis.flushall();
      await redis.quit();
    } else {
      await this.sql.query('TRUNCATE bullmq.job CASCADE');
    }
  }

  /** Stops API and workers; database and queue stay. */
  async stopApp(): Promise<void> {
    await (this.stopping ??= this.api.app.close());
  }

  /** The API as another user calls it. */
  clientWith(apiKey: string): MusterClient {
    return createMusterClient({ baseUrl: this.api.url, apiKey, timeoutMs: REQUEST_TIMEOUT_MS });
  }

  /**
   * Calls the API with what the client would not send, or for what it does not tell: status and headers. `body` is sent
   * as JSON, a string as it is.
   */
  async call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    { body, apiKey = this.apiKey, headers = {} }: CallOptions = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(this.api.url + path, {
      method,
      headers: {
        ...(apiKey === '' ? {} : { Authorization: `Bearer ${apiKey}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  }

  /** Adds an account and returns its id. */
  async addAccount(account: Schemas['CreateAccount']): Promise<string> {
    return (await this.client.post('/v1/vendor-account', { body: account })).data;
  }

  async requestSync(
    body: Schemas['RequestSync'],
    query: { force?: boolean; plan?: boolean } = {},
  ): Promise<string> {
    return (await this.client.post('/v1/multicloud-resources/sync', { params: { query }, body })).data;
  }

  /** Accounts, the oldest first; `accountId` is the vendor's. */
  async listAccounts(accountId?: string): Promise<Schemas['Account'][]> {
    const query = { limit: 500, ...(accountId === undefined ? {} : { account_id: accountId }) };
    return (await this.client.get('/v1/vendor-account', { params: { query } })).data;
  }

  /** Changes an account and returns its id. */
  async changeAccount(id: string, changes: Schemas['UpdateAccount']): Promise<string> {
    const params = { path: { id } };
    return (await this.client.put('/v1/vendor-account/{id}', { params, body: changes })).data;
  }

  async removeAccount(id: string): Promise<void> {
    await this.client.delete('/v1/vendor-account/{id}', { params: { path: { id } } });
  }

  async verifyAccount(id: string): Promise<Schemas['AccountCheck']> {
    return (await this.client.post('/v1/vendor-account/{id}/verify', { params: { path: { id } } })).data;
  }

  async showCoverage(id: string): Promise<Schemas['Coverage']> {
    return (await this.client.get('/v1/accounts/{id}/coverage', { params: { path: { id } } })).data;
  }

  /** Cancels a task, or retries what failed of it. Returns its id. */
  async steer(taskId: string, verb: 'cancel' | 'retry'): Promise<string> {
    const params = { path: { task_id: taskId } };
    return (await this.client.post(`/v1/multicloud-resources/sync/{task_id}/${verb}`, { params })).data;
  }

  async decidePrune(
    { task_id }: Pick<Task, 'task_id'>,
    unitId: string,
    decision: Schemas['DecidePrune']['decision'],
  ): Promise<Schemas['DecidedPrune']> {
    const params = { path: { task_id, unit_id: unitId } };
    const path = '/v1/multicloud-resources/sync/{task_id}/units/{unit_id}/prune';
    return (await this.client.post(path, { params, body: { decision } })).data;
  }

  async showTask(taskId: string): Promise<Task> {
    const params = { path: { task_id: taskId } };
    return (await this.client.get('/v1/multicloud-resources/sync/{task_id}', { params })).data;
  }

  /** The task once it is over. */
  async finishedTask(taskId: string): Promise<Task> {
    return eventually(`task ${taskId} ends`, async () => {
      const task = await this.showTask(taskId);
      return ['QUEUED', 'RUNNING'].includes(task.state) ? undefined : task;
    });
  }

  /** Syncs an account and returns the finished task. */
  async sync(body: Schemas['RequestSync'], query: { force?: boolean; plan?: boolean } = {}): Promise<Task> {
    return this.finishedTask(await this.requestSync(body, query));
  }

  /** Every live resource of a vendor and type, by pages of the marker. */
  async listAll(vendor: ListedResource['vendor'], type?: string): Promise<ListedResource[]> {
    const query = { vendor, ...(type === undefined ? {} : { type }) };
    const all: ListedResource[] = [];
    for await (const resource of this.client.each('/v1/multicloud-resources', { params: { query } })) {
      all.push(resource);
    }
    return all;
  }
}

export interface CallOptions {
  body?: unknown;
  /** Another key than the suite's; empty for none. */
  apiKey?: string;
  headers?: Record<string, string>;
}

function collectLines(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
}
