import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import type pg from 'pg';

import {
  AccountRepository,
  CredentialAdministration,
  isDatabaseUnavailable,
  PruneRepository,
} from '#database';
import { DEFAULT_PRUNE_LIMITS } from '#domain';
import { type Configuration, createLogger, type Logger, NestLogger, parseKeyring, Vault } from '#platform';
import { backbone, SyncModule, SyncService } from '#sync';

import type { RestartablePostgres } from '../support/restartable-postgres.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestPool } from '../support/test-pool.js';
import { SETTINGS, VENDOR } from './cloud-adapter.js';
import { CloudServer } from './cloud-server.js';
import type { EstateWorker } from './estate-worker.js';
import { Link } from './link.js';
import { RealWorker } from './real-worker.js';
import type { ScriptedCloud } from './scripted-cloud.js';
import { SimulatedWorker } from './simulated-worker.js';
import { KEYRING_TEXT } from './worker-settings.js';

/** How much of a schedule's log is kept, in lines. */
const MAX_LOG_LINES = 2_000;
/** How long a client asks again for what it is told is unavailable, in milliseconds, and how often. */
const CLIENT_PATIENCE_MS = 30_000;
const CLIENT_RETRY_MS = 40;

/** How long Postgres may take to notice that a connection was closed, in milliseconds. */
const MAX_GOODBYE_MS = 30_000;
const GOODBYE_LOOK_MS = 20;

/** What the parts of an estate hang on. */
export interface Ground {
  database: TestDatabase;
  configuration: Configuration;
  logger: Logger;
  log: string[];
  /** Straight to the database, to look and to break things; not through a link. */
  sql: pg.Pool;
  /** The server, when it is the estate's own: real workers run on it. */
  server?: RestartablePostgres;
}

export interface GroundOptions {
  /** The queue, when it is not in the database. */
  queueUrl?: string;
  server?: RestartablePostgres;
}

/** Lays the ground: a database, and the settings of the processes on it. */
export async function layGround({ queueUrl, server }: GroundOptions = {}): Promise<Ground> {
  const database = await createTestDatabase(server?.url);
  const log: string[] = [];
  const configuration: Configuration = {
    http: { host: '127.0.0.1', port: 0 },
    trustedProxies: [],
    endpointNetworks: [],
    hostIdentityTenants: [],
    rateLimits: { caller: 0, stranger: 0 },
    database: { url: database.url, poolSize: 6 },
    queue: { url: queueUrl ?? database.url },
    worker: { concurrency: 4 },
    accountCheckMs: 0,
    shutdownDelayMs: 0,
    retention: { changes: 365, events: 7, audit: 365, tombstones: 90 },
    pruneLimits: DEFAULT_PRUNE_LIMITS,
    keyring: parseKeyring(KEYRING_TEXT),
    log: { level: 'info', format: 'json' },
  };
  const sql = openTestPool(database.url);
  const logger = createLogger(configuration.log, keepLines(log));
  return { database, configuration, logger, log, sql, ...(server === undefined ? {} : { server }) };
}

function keepLines(log: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      keepLine(log, chunk.toString('utf8'));
      done();
    },
  });
}

function keepLine(log: string[], line: string): void {
  log.push(line);
  if (log.length > MAX_LOG_LINES) log.shift();
}

/** An API and some workers on a database and a queue: Muster as it is deployed, but in one process. */
export class SimulatedEstate {
  readonly workers: EstateWorker[] = [];
  /** Muster's ids of the accounts, by the vendor's. */
  private readonly accountIds = new Map<string, string>();
  private cloudServer: CloudServer | undefined;
  /** Every worker there ever was: dead ones linger until the end. */
  private readonly all: EstateWorker[] = [];

  private constructor(
    readonly ground: Ground,
    readonly cloud: ScriptedCloud,
    private readonly api: INestApplicationContext,
    private readonly apiLink: Link,
    readonly tenantId: string,
  ) {}

  /** Starts an API and adds the cloud's accounts. */
  static async start(ground: Ground, cloud: ScriptedCloud): Promise<SimulatedEstate> {
    const { configuration, logger } = ground;
    const { link, url } = await Link.open(configuration.database.url);
    class ApiProcess {}
    const linked = {
      ...configuration,
      database: { ...configuration.database, url },
      queue: {
        url: configuration.queue.url === configuration.database.url ? url : configuration.queue.url,
      },
    };
    const api = await NestFactory.createApplicationContext(
      {
        module: ApiProcess,
        imports: [
          ...backbone({ configuration: linked, logger, applicationName: 'api', vendors: [VENDOR] }),
          SyncModule.forRoot(configuration),
        ],
      },
      { logger: new NestLogger(logger), abortOnError: false },
    );
    const { id: tenantId } = await api.get(CredentialAdministration).ensureTenant('default');
    const estate = new SimulatedEstate(ground, cloud, api, link, tenantId);
    for (const account of cloud.accounts) await estate.addAccount(account);
    return estate;
  }

  /** Adds one of the cloud's accounts to Muster. */
  async addAccount(accountId: string): Promise<void> {
    const id = await this.api.get(AccountRepository).create({
      tenantId: this.tenantId,
      vendor: VENDOR,
      accountId,
      accountName: accountId,
      ak: 'user',
      settings: SETTINGS,
      sealSk: (owner) => this.api.get(Vault).seal(this.cloud.secrets.get(accountId) ?? '', owner),
    });
    if (id === undefined) throw new Error(`There is an account ${accountId} already.`);
    this.accountIds.set(accountId, id);
  }

  async addWorker(offsetMs = 0): Promise<EstateWorker> {
    const { configuration, logger, server, log } = this.ground;
    let worker: EstateWorker;
    if (server === undefined) {
      const { cloud } = this;
      worker = await SimulatedWorker.start({ configuration, cloud, logger, clock: { offsetMs } });
    } else {
      this.cloudServer ??= await CloudServer.open(this.cloud);
      worker = await RealWorker.start(configuration, this.cloudServer, (line) => keepLine(log, line));
    }
    this.workers.push(worker);
    this.all.push(worker);
    return worker;
  }

  /** Takes a worker out of those that are expected to work. */
  strikeOff(worker: EstateWorker): void {
    const index = this.workers.indexOf(worker);
    if (index >= 0) this.workers.splice(index, 1);
  }

  get service(): SyncService {
    return this.api.get(SyncService);
  }

  get prunes(): PruneRepository {
    return this.api.get(PruneRepository);
  }

  /** Gives Muster an account's secret, as a user would. */
  async updateSecret(accountId: string, sk: string): Promise<void> {
    const id = this.accountIds.get(accountId) ?? '';
    const sealedSk = await this.api.get(Vault).seal(sk, id);
    await this.asClient(() => this.api.get(AccountRepository).update(this.tenantId, id, { sealedSk }));
  }

  /** Asks the API, and again while it says that the database is away. Any other error is a defect. */
  async asClient<T>(ask: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + CLIENT_PATIENCE_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isDatabaseUnavailable(error) || performance.now() > deadline) throw error;
        await delay(CLIENT_RETRY_MS);
      }
    }
  }

  resetApiConnections(): void {
    this.apiLink.reset();
  }

  /** Rows of a query by whoever watches; undefined while the database takes no connection. */
  async look<Row extends object>(text: string, values: unknown[] = []): Promise<Row[] | undefined> {
    try {
      return (await this.ground.sql.query<Row>(text, values)).rows;
    } catch (error) {
      if (isDatabaseUnavailable(error)) return undefined;
      throw error;
    }
  }

  /** Empties the queue, also where another fault has just ended the connection. */
  async emptyQueue(): Promise<void> {
    const { configuration, sql } = this.ground;
    if (configuration.queue.url === configuration.database.url) {
      const truncate = `DO $$ BEGIN
        IF to_regclass('bullmq.job') IS NOT NULL THEN TRUNCATE bullmq.job CASCADE; END IF;
      END $$`;
      await this.asClient(() => sql.query(truncate));
      return;
    }
    const redis = new Redis(configuration.queue.url);
    await redis.flushdb();
    await redis.quit();
  }

  /** Stops everything. Returns what did not stop, or was left behind. */
  private async stop(): Promise<string[]> {
    const complaints: string[] = [];
    const stopping = this.all.map((worker) =>
      worker.dispose().catch((error: unknown) => complaints.push((error as Error).message)),
    );
    await Promise.all(stopping);
    await this.api.close();
    await this.apiLink.close();
    await this.cloudServer?.close();
    const open = this.all.reduce((sum, { client }) => sum + client.open, 0);
    if (open !== 0) complaints.push(`${String(open)} connections to the vendor were not closed`);
    complaints.push(...(await this.findOpenConnections()));
    return complaints;
  }

  /** Connections to the database that are left though every process has stopped. */
  private async findOpenConnections(): Promise<string[]> {
    const deadline = performance.now() + MAX_GOODBYE_MS;
    const find = async () => {
      const { rows } = await this.ground.sql.query<{ name: string; query: string }>(
        `SELECT application_name AS name, query FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> ''`,
      );
      return rows;
    };
    let rows = await find();
    while (rows.length > 0 && performance.now() < deadline) {
      await delay(GOODBYE_LOOK_MS);
      rows = await find();
    }
    return rows.map(({ name, query }) => `a connection of ${name} to the database was left open: ${query}`);
  }

  /** Stops everything and takes the ground away. Returns what {@link stop} does. */
  async close(): Promise<string[]> {
    const complaints = await this.stop();
    await this.ground.sql.end();
    await this.ground.database.drop();
    await this.ground.server?.remove();
    return complaints;
  }
}
