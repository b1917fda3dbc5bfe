import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { type Binaries, findBinaries } from './binaries.js';
import { openCluster, OWNER, readPassword } from './cluster.js';
import { EmbeddedPostgresError, errorFromFileSystem } from './embedded-postgres-error.js';
import { type FolderLock, lockFolder } from './folder-lock.js';
import { type Home, openHome, removeHome } from './home.js';
import { findReadyServer, renderSettings, startServer, stopOrphan, stopServer } from './server.js';

export interface EmbeddedPostgresOptions {
  /** The folder for everything that the database keeps; it is created. */
  dataDirectory: string;
  /** Gets what a user should know, a line at a time. */
  log?: (line: string) => void;
  /** PostgreSQL's own settings, in its words: `{ fsync: 'off' }`. */
  settings?: Readonly<Record<string, string>>;
  /** The loopback port to listen on; any that is free by default. */
  port?: number;
}

/** A PostgreSQL server that belongs to this process, listening on the loopback address only. */
export interface EmbeddedPostgres {
  /** For example `18.4`. */
  readonly version: string;
  readonly port: number;
  /** Where the data really is: elsewhere than asked for when the server's user may not go there. */
  readonly location: string;
  /** The connection string of a database, with the password: never to be logged. */
  url(database: string): string;
  /** Creates a database unless there is one of that name. */
  ensureDatabase(name: string): Promise<void>;
  /** Ends all sessions, stops the server and frees the folder. Calling it again is harmless. */
  stop(): Promise<void>;
  /** Leaves the server running and frees the folder: for test runs, whose processes come and go. */
  detach(): Promise<void>;
  /** Stops the server and deletes its data. */
  remove(): Promise<void>;
}

/** The database of a folder, for a command that comes and goes. */
export interface EmbeddedPostgresVisit {
  /** The connection string of a database, with the password: never to be logged. */
  url(database: string): string;
  /** Creates a database unless there is one of that name. */
  ensureDatabase(name: string): Promise<void>;
  /** Stops the server if the visit has started it. */
  leave(): Promise<void>;
}

/** How long a visitor waits for a Muster that is just starting or stopping, and how often it looks. */
const VISIT_TIMEOUT_MS = 60_000;
const VISIT_POLL_MS = 100;

/** PostgreSQL's code for a database that is there already. */
const DUPLICATE_DATABASE = '42P04';

/**
 * Starts the PostgreSQL that npm brings along, creating its data on first use. A server left behind by a
 * killed Muster is stopped first.
 * @throws {EmbeddedPostgresError}
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDirectory, log = () => undefined, settings = {}, port } = options;
  const serverOptions = renderSettings(settings);
  const home = await openHome(dataDirectory);
  const lock = await lockHome(home);
  try {
    const binaries = await findBinaries(home.user);
    explainLocation(home, dataDirectory, log);
    const password = await openCluster(home, binaries, settings['fsync'] !== 'off');
    if (await stopOrphan(home, binaries))
      log('Stopped the database of a Muster that ended without doing so.');
    const boundPort = await startServer(home, binaries, serverOptions, port);
    return describeServer({ home, lock, binaries }, dataDirectory, boundPort, password);
  } catch (error) {
    await lock.release();
    throw errorFromFileSystem(error, `start the database in ${home.path}`);
  }
}

/**
 * Joins the server of the Muster that runs on a folder; when none does, starts one for the visit.
 * @throws {EmbeddedPostgresError}
 */
export async function visitEmbeddedPostgres(
  options: Pick<EmbeddedPostgresOptions, 'dataDirectory' | 'log'>,
): Promise<EmbeddedPostgresVisit> {
  const deadline = performance.now() + VISIT_TIMEOUT_MS;
  for (;;) {
    try {
      const server = await startEmbeddedPostgres(options);
      return {
        url: (database) => server.url(database),
        ensureDatabase: (name) => server.ensureDatabase(name),
        leave: () => server.stop(),
      };
    } catch (error) {
      if (!(error instanceof EmbeddedPostgresError && error.code === 'already-running')) throw error;
      const joined = await joinServer(options.dataDirectory);
      if (joined !== undefined) return joined;
      if (performance.now() > deadline) throw error;
    }
    await delay(VISIT_POLL_MS);
  }
}

async function joinServer(dataDirectory: string): Promise<EmbeddedPostgresVisit | undefined> {
  const home = await openHome(dataDirectory);
  const port = await findReadyServer(home);
  if (port === undefined) return undefined;
  const url = urls(port, await readPassword(home));
  return {
    url,
    ensureDatabase: (name) => createDatabase(url('postgres'), name),
    leave: async () => undefined,
  };
}

/**
 * Deletes the data of a database that nobody uses, and its server if one was left behind.
 * @throws {EmbeddedPostgresError} `already-running`
 */
export async function removeEmbeddedPostgres(dataDirectory: string): Promise<void> {
  const home = await openHome(dataDirectory);
  const lock = await lockHome(home);
  try {
    await stopOrphan(home, await findBinaries(home.user));
    await removeHome(home, dataDirectory);
  } finally {
    await lock.release();
  }
}

async function lockHome(home: Home): Promise<FolderLock> {
  try {
    return await lockFolder(home.path);
  } catch (error) {
    throw errorFromFileSystem(error, `lock ${home.path}`);
  }
}

function explainLocation(home: Home, dataDirectory: string, log: (line: string) => void): void {
  if (home.user === undefined) return;
  const place = home.path.startsWith('/var/lib/muster/')
    ? ` with its data in ${home.path}, since it may not enter ${dataDirectory}`
    : '';
  log(`PostgreSQL does not run as root: it runs as user ${home.user.name}${place}.`);
}

interface Running {
  home: Home;
  lock: FolderLock;
  binaries: Binaries;
}

function describeServer(
  { home, lock, binaries }: Running,
  dataDirectory: string,
  port: number,
  password: string,
): EmbeddedPostgres {
  const url = urls(port, password);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopped ??= stopServer(home, binaries).then(lock.release);
    await stopped;
  };
  return {
    version: binaries.version,
    port,
    location: home.path,
    url,
    stop,
    detach: lock.release,
    ensureDatabase: async (name) => {
      await createDatabase(url('postgres'), name);
    },
    remove: async () => {
      await stop();
      await removeEmbeddedPostgres(dataDirectory);
    },
  };
}

function urls(port: number, password: string): (database: string) => string {
  return (database) =>
    `postgresql://${OWNER}:${password}@127.0.0.1:${String(port)}/${encodeURIComponent(database)}`;
}

async function createDatabase(connectionString: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === DUPLICATE_DATABASE)) throw error;
  } finally {
    await client.end();
  }
}
