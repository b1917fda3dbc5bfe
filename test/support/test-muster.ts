import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';

import { Redis } from 'ioredis';
import type pg from 'pg';

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

/** Impatient: what takes a real worker half a minute to notice, a test notices at once. */
export const TEST_TIMING: EngineTiming = {
  ...DEFAULT_TIMING,
  leaseMs: 2_000,
  heartbeatMs: 100,
  reconcileMs: 200,
  forgottenAfterMs: 500,
  sliceMs: 200,
  idleConnectionMs: 100,
};

/** An answer of the API. */
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Where time went, as the API reports it; see SyncTimingsDto. */
export interface Timings {
  vendor_ms: number;
  waiting_ms: number;
  normalizing_ms: number;
  sql_ms: number;
  waits: { quota_ms: number; throttled_ms: number; back_off_ms: number; slot_ms: number };
}

/** A sync task as the API reports it; see SyncTaskDto. */
export interface Task {
  task_id: string;
  state: string;
  progress: { units: number; units_finished: number; by_state: Record<string, number> };
  counts: { seen: number; created: number; updated: number; unchanged: number; deleted: number };
  timings: Timings;
  reasons: TaskReason[];
  reasons_total: number;
  accounts: {
    account_id: string;
    state: string;
    started_by_task: string;
    error: TaskError | null;
    units: (Task['counts'] & {
      id: string;
      type: string;
      state: string;
      pages: number;
      attempts: number;
      attempts_total: number;
      next_attempt_at: string | null;
      held_deletes: number;
      error: TaskError | null;
      timings: Timings;
    })[];
  }[];
}

export interface TaskReason {
  code: string;
  account_id: string | null;
  type: string | null;
  message: string;
  retryable: boolean;
}

export interface TaskError {
  kind: string;
  code: string | null;
  message: string;
  retryable: boolean;
}

/** A resource as the API lists it; see ResourceDto. */
export interface ListedResource {
  id: string;
  resource_id: string;
  name: string;
  vendor: string;
  type: string;
  datasource: string;
  region_id: string;
  properties: Record<string, unknown>;
  create_time: string;
}

export interface TestMusterOptions {
  backend?: QueueBackend;
  /** A queue to use, instead of a new one on the backend. */
  queueUrl?: string;
  adapters?: AdapterLoaders;
  /** The URL of a database server to be on, instead of the run's. */
  server?: string;
  /** False: only the API, so that nothing works on what it takes in. */
  workers?: boolean;
  /** How long adding or changing an account waits for its check. By default there is none. */
  accountCheckMs?: number;
  /** How much a complete listing may delete by itself. */
  pruneLimits?: PruneLimits;
  /** Requests a minute; by default as many as there are. */
  rateLimits?: Partial<Configuration['rateLimits']>;
  trustedProxies?: string[];
  /** Where accounts may lead; by default to peers on this machine. */
  endpointNetworks?: string[];
  /** The master keys' file; else they are in memory. */
  keyringFile?: string;
}

/** A Muster of a suite's own: API and workers in this process, on a database and a queue of its own. */
export class TestMuster {
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
  ) {}

  static async start(options: TestMusterOptions = {}): Promise<TestMuster> {
    const database = await createTestDatabase(options.server);
    const redis = options.backend === 'redis' ? await startRedis() : undefined;
    const apiKey = randomBytes(24).toString('hex');
    const keyring = `1:${randomBytes(32).toString('base64')}`;
    const configuration: Configuration = {
      http: { host: '127.0.0.1', port: 0 },
      trustedProxies: options.trustedProxies ?? [],
      endpointNetworks: options.endpointNetworks ?? ['127.0.0.0/8'],
      rateLimits: { caller: 0, stranger: 0, ...options.rateLimits },
      database: { url: database.url, poolSize: 8 },
      queue: { url: options.queueUrl ?? redis?.url ?? database.url },
      worker: { concurrency: 4 },
      accountCheckMs: options.accountCheckMs ?? 0,
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
                timing: TEST_TIMING,
              }),
            ],
    });
    const sql = openTestPool(database.url);
    const environment = {
      DATABASE_URL: database.url,
      QUEUE_URL: configuration.queue.url,
      ENDPOINT_ALLOWED_NETWORKS: configuration.endpointNetworks.join(),
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

  /** Calls the API. `body` is sent as JSON, a string as it is. */
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
  async addAccount(account: object): Promise<string> {
    return this.expectData<string>(await this.call('POST', '/v1/vendor-account', { body: account }));
  }

  /** `options` is the query string: `?force=true`. */
  async requestSync(body: { vendor: string; account_id?: string }, options = ''): Promise<string> {
    return this.expectData<string>(
      await this.call('POST', `/v1/multicloud-resources/sync${options}`, { body }),
    );
  }

  async showTask(taskId: string): Promise<Task> {
    return this.expectData<Task>(await this.call('GET', `/v1/multicloud-resources/sync/${taskId}`));
  }

  /** The task once it is over. */
  async finishedTask(taskId: string): Promise<Task> {
    return eventually(`task ${taskId} ends`, async () => {
      const task = await this.showTask(taskId);
      return ['QUEUED', 'RUNNING'].includes(task.state) ? undefined : task;
    });
  }

  /** Syncs an account and returns the finished task. */
  async sync(body: { vendor: string; account_id?: string }): Promise<Task> {
    return this.finishedTask(await this.requestSync(body));
  }

  /** Every live resource of a vendor and type, by pages of the marker. */
  async listAll(vendor: string, type?: string): Promise<ListedResource[]> {
    const all: ListedResource[] = [];
    for (;;) {
      const query = new URLSearchParams({ vendor, limit: '500', ...(type === undefined ? {} : { type }) });
      const marker = all.at(-1)?.id;
      if (marker !== undefined) query.set('marker', marker);
      const path = `/v1/multicloud-resources?${query.toString()}`;
      const page = this.expectData<ListedResource[]>(await this.call('GET', path));
      if (page.length === 0) return all;
      all.push(...page);
    }
  }

  private expectData<T>({ status, body }: Answer): T {
    if (status !== 200) throw new Error(`HTTP ${String(status)}: ${JSON.stringify(body)}`);
    return body['data'] as T;
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
