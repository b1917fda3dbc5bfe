import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

import { type EmbeddedPostgres, projectRoot, startEmbeddedPostgres } from '#platform';

import { BenchApi } from './bench-api.js';
import { BenchProcess } from './bench-process.js';
import { PostgresProcesses } from './postgres-processes.js';
import { type EstateOptions, toSettings } from './synthetic/estate.js';

const DATABASE = 'muster';
const API_KEY = 'benchmark-key-0123456789';
const KEYRING = `1:${Buffer.alloc(32, 7).toString('base64')}`;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const INTERRUPTED = 130;
const TYPESCRIPT = ['--disable-warning=ExperimentalWarning', '--import=./scripts/run-typescript.mjs'];

/** A Muster of a suite's own: a fresh embedded Postgres with its usual settings, an API, and workers. */
export class Stage {
  private readonly processes: BenchProcess[] = [];
  private readonly environment: NodeJS.ProcessEnv;
  private apiClient: BenchApi | undefined;

  private constructor(
    private readonly folder: string,
    private readonly postgres: EmbeddedPostgres,
    /** Straight to the database, to look and to compare with. */
    readonly sql: pg.Client,
    readonly postgresProcesses: PostgresProcesses,
  ) {
    this.environment = {
      DATABASE_URL: postgres.url(DATABASE),
      MUSTER_API_KEY: API_KEY,
      MUSTER_KEYRING: KEYRING,
      ENDPOINT_ALLOWED_NETWORKS: '127.0.0.0/8', // where the simulators are
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      PORT: '0',
    };
  }

  /** Runs `measure` on a stage of its own, and clears it away whatever comes of it. */
  static async use(measure: (stage: Stage) => Promise<void>): Promise<void> {
    await mkdir(join(projectRoot, '.muster'), { recursive: true });
    const folder = await mkdtemp(join(projectRoot, '.muster', 'bench-'));
    const postgres = await startEmbeddedPostgres({ dataDirectory: join(folder, 'postgres') });
    await postgres.ensureDatabase(DATABASE);
    const sql = new pg.Client({ connectionString: postgres.url(DATABASE) });
    await sql.connect();
    const stage = new Stage(folder, postgres, sql, await PostgresProcesses.find(sql));
    const interrupt = (): void => void stage.close().finally(() => process.exit(INTERRUPTED));
    for (const signal of SIGNALS) process.once(signal, interrupt);
    try {
      await stage.startApi();
      await measure(stage);
    } finally {
      for (const signal of SIGNALS) process.off(signal, interrupt);
      await stage.close();
    }
  }

  get api(): BenchApi {
    if (this.apiClient === undefined) throw new Error('The API has not been started.');
    return this.apiClient;
  }

  /** A worker as users have it, with the adapters of the registry. */
  async startWorker(): Promise<BenchProcess> {
    return this.start(['dist/apps/worker/src/main.js'], 'stderr', /worker ready/);
  }

  /** A worker whose vendor is the synthetic one. `flags` are node's, to profile it. */
  async startSyntheticWorker(): Promise<BenchProcess> {
    return this.start([...TYPESCRIPT, 'bench/synthetic/synthetic-worker.ts'], 'stderr', /worker ready/);
  }

  /** A program of bench/ that says on standard output that it is ready. */
  async startProgram(file: string, words: readonly string[], ready: RegExp): Promise<BenchProcess> {
    return this.start([...TYPESCRIPT, `bench/${file}`, ...words], 'stdout', ready);
  }

  /** Adds an account of the synthetic vendor, with an estate as described. Returns the account's row id. */
  async addEstate(accountId: string, estate: EstateOptions): Promise<string> {
    return this.api.call('POST', '/v1/vendor-account', {
      vendor: 'VMWARE',
      account_id: accountId,
      account_name: accountId,
      ak: 'synthetic',
      sk: 'synthetic',
      settings: toSettings(estate),
    });
  }

  /** Changes what an account's vendor lists from now on. */
  async changeEstate(id: string, estate: EstateOptions): Promise<void> {
    await this.api.call('PUT', `/v1/vendor-account/${id}`, { settings: toSettings(estate) });
  }

  async stopProcess(running: BenchProcess): Promise<void> {
    this.processes.splice(this.processes.indexOf(running), 1);
    await running.stop();
  }

  private async startApi(): Promise<void> {
    const api = await this.start(['dist/apps/api/src/main.js'], 'stderr', /API listening/);
    const { url } = JSON.parse(api.greeting) as { url: string };
    this.apiClient = new BenchApi(url, API_KEY);
  }

  private async start(
    words: readonly string[],
    greetsOn: 'stdout' | 'stderr',
    greeting: RegExp,
  ): Promise<BenchProcess> {
    const started = await BenchProcess.start(words, { env: this.environment, greetsOn, greeting });
    this.processes.push(started);
    return started;
  }

  private async close(): Promise<void> {
    for (const running of this.processes.reverse()) await running.stop();
    await this.sql.end();
    await this.postgres.remove();
    await rm(this.folder, { recursive: true, force: true });
  }
}
