import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import {
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../libs/platform/src/embedded-postgres/index.js';

/** A database of a suite's own, with all migrations applied. */
export interface TestDatabase {
  url: string;
  /** Ends its sessions and deletes it. */
  drop(): Promise<void>;
}

/** Test data need not survive anything, so nothing waits for the disk. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
  shared_buffers: '128MB',
  autovacuum: 'off',
};

/** How long the suites wait for the one that starts the server, in milliseconds, and how often they look. */
const SERVER_TIMEOUT_MS = 150_000;
const SERVER_POLL_MS = 50;

/** Names the advisory lock under which one suite makes the template for all. */
const TEMPLATE_LOCK = 0x6d75_7374;

/**
 * A fresh, migrated, empty database, on the server that the run shares, or on yours with `TEST_DATABASE_URL`
 * (whose user must be allowed to create databases), or on the given one.
 */
export async function createTestDatabase(server?: string): Promise<TestDatabase> {
  const serverUrl = server ?? (await findServer());
  const template = await ensureTemplate(serverUrl);
  const name = `${runName()}_${randomBytes(6).toString('hex')}`;
  await withClient(serverUrl, async (client) => {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: urlOf(serverUrl, name),
    drop: async () => {
      await withClient(serverUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      });
    },
  };
}

/** Removes all that a run has made: its embedded server, or its databases on a server of yours. */
export async function removeTestDatabases(runDirectory: string): Promise<void> {
  if (existsSync(join(runDirectory, 'postgres'))) {
    await removeEmbeddedPostgres(join(runDirectory, 'postgres'));
  }
  const serverUrl = process.env['TEST_DATABASE_URL'];
  if (serverUrl === undefined || !existsSync(join(runDirectory, 'databases'))) return;
  await withClient(serverUrl, async (client) => {
    const prefix = `${runName(runDirectory)}_`;
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { name } of rows)
      await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function findServer(): Promise<string> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') {
    await mkdir(join(runDirectory(), 'databases'), { recursive: true });
    return given;
  }
  const urlFile = join(runDirectory(), 'postgres-url');
  if (await isFirst()) await startServer(urlFile);
  for (const deadline = Date.now() + SERVER_TIMEOUT_MS; !existsSync(urlFile);) {
    if (Date.now() > deadline) throw new Error('The suite that starts the database for all has failed.');
    await delay(SERVER_POLL_MS);
  }
  return await readFile(urlFile, 'utf8');
}

/** Whether this suite is the run's first to want a database; only one of them is told so. */
async function isFirst(): Promise<boolean> {
  return (await mkdir(join(runDirectory(), 'starting'), { recursive: true })) !== undefined;
}

/** It outlives this worker; the run's tear-down stops it. */
async function startServer(urlFile: string): Promise<void> {
  const dataDirectory = join(runDirectory(), 'postgres');
  const server = await startEmbeddedPostgres({ dataDirectory, settings: SETTINGS });
  await cheapenConnections(server.url('postgres'));
  const draft = `${urlFile}.draft`;
  await writeFile(draft, server.url('postgres'), { mode: 0o600 });
  await rename(draft, urlFile);
  await server.detach();
}

/** Suites connect thousands of times: a proof of the password that costs a guesser much costs them some, too. */
async function cheapenConnections(serverUrl: string): Promise<void> {
  const { username, password } = new URL(serverUrl);
  await withClient(serverUrl, async (client) => {
    await client.query('SET scram_iterations = 1');
    await client.query(
      `ALTER ROLE ${pg.escapeIdentifier(username)} PASSWORD ${pg.escapeLiteral(decodeURIComponent(password))}`,
    );
  });
}

/** Migrates one database for all suites, which then copy it: some hundred milliseconds less for each. */
async function ensureTemplate(serverUrl: string): Promise<string> {
  const template = `${runName()}_template`;
  await withClient(serverUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount !== 0) return;
    const draft = `${template}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft}`);
    const { migrateDatabase } = await import('#database');
    await migrateDatabase(urlOf(serverUrl, draft));
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
  });
  return template;
}

/** Closing the connection also frees its advisory lock. */
async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function runDirectory(): string {
  const directory = process.env['MUSTER_TEST_RUN'];
  if (directory === undefined) {
    throw new Error('Only tests that Jest runs with its global set-up can have a database.');
  }
  return directory;
}

/** What the run's databases are called, so that two runs on one server stay apart. */
function runName(directory = runDirectory()): string {
  return `muster_test_${basename(directory).replaceAll('-', '_')}`;
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
