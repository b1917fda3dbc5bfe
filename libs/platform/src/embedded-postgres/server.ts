import { constants, open, readFile, stat, truncate } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';

import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError, errorCode, errorFromOutput } from './embedded-postgres-error.js';
import type { Home } from './home.js';
import { runProgram } from './run-program.js';
import { isServerOf } from './running-process.js';

/** Long enough to recover after a crash from many checkpoints' worth of log. */
const START_TIMEOUT_S = 300;

/** A fast stop ends every session and writes a checkpoint. */
const STOP_TIMEOUT_S = 60;

/** Another program may take the free port that we found before the server does. */
const MAX_START_TRIES = 5;

/** The server's own log is begun anew at a start when it has grown beyond this. */
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** Lines of `postmaster.pid` (pidfile.h), from 0. */
const PORT_LINE = 3;
const STATUS_LINE = 7;

/** A process id beyond what any system gives out: 2^31 - 1. */
const NO_PROCESS = '2147483647';

/** Settings of the server that are the same for all; `SHOW` tells them. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Details quote the values of rows, which may be secret.
  log_error_verbosity: 'terse',
};

/** What a setting may look like: `pg_ctl` hands them to a shell. */
const SETTING_NAME = /^[a-z_][a-z0-9_.]*$/;
const SETTING_VALUE = /^[A-Za-z0-9_.,:/+-]*$/;

/**
 * The options that give the server its settings: ours, overridden by the caller's.
 * @throws {EmbeddedPostgresError} for one that a shell could take for more than that
 */
export function renderSettings(settings: Readonly<Record<string, string>>): string {
  return Object.entries({ ...SETTINGS, ...settings })
    .map(([name, value]) => {
      if (!SETTING_NAME.test(name) || !SETTING_VALUE.test(value)) {
        throw new EmbeddedPostgresError('start-failed', `Not a setting for the embedded database: ${name}.`);
      }
      return `-c ${name}=${value}`;
    })
    .join(' ');
}

/**
 * Starts the server on the loopback address and waits until it takes connections. `pg_ctl` gives it a
 * session of its own, so that a Ctrl-C meant for Muster doesn't stop the database first.
 * @param serverOptions what {@link renderSettings} made of the settings
 * @param port `undefined`: any that is free
 * @returns the port
 * @throws {EmbeddedPostgresError}
 */
export async function startServer(
  home: Home,
  binaries: Binaries,
  serverOptions: string,
  port: number | undefined,
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const tried = port ?? (await findFreePort());
    const failure = await tryToStart(home, binaries, `${serverOptions} -c port=${String(tried)}`);
    if (failure === undefined) return tried;
    if (failure.code !== 'port-in-use' || port !== undefined || tries === MAX_START_TRIES) throw failure;
  }
}

/**
 * Stops the server and waits for its end; one that is not there is fine.
 * @throws {EmbeddedPostgresError} `stop-failed`
 */
export async function stopServer(home: Home, binaries: Binaries): Promise<void> {
  let output = '';
  // What a fast stop doesn't end, an immediate one does; the next start then recovers from the log.
  for (const mode of ['fast', 'immediate']) {
    if ((await findServer(home)) === undefined) return;
    const result = await runPgCtl(home, binaries, ['stop', '-m', mode, '-w', '-t', String(STOP_TIMEOUT_S)]);
    output = result.output;
  }
  if ((await findServer(home)) === undefined) return;
  throw errorFromOutput(output, `stop the database in ${home.path}`, 'stop-failed');
}

/**
 * Stops a server that outlived its Muster (`kill -9`), so that it doesn't go on with old settings and the
 * sessions of the dead. Only call it with the folder locked.
 * @returns whether there was one
 */
export async function stopOrphan(home: Home, binaries: Binaries): Promise<boolean> {
  const recorded = await readRecordedProcess(home);
  if (recorded === undefined) return false;
  if (await isServerOf(recorded, home.clusterPath)) {
    await stopServer(home, binaries);
    return true;
  }
  await disownProcess(home);
  return false;
}

/** The port of the server that runs on a cluster and takes connections, if there is one. */
export async function findReadyServer(home: Home): Promise<number | undefined> {
  if ((await findServer(home)) === undefined) return undefined;
  const lines = (await readIfThere(postmasterFile(home))).toString('utf8').split('\n');
  const port = Number.parseInt(lines[PORT_LINE] ?? '', 10);
  return port > 0 && lines[STATUS_LINE]?.trim() === 'ready' ? port : undefined;
}

async function tryToStart(
  home: Home,
  binaries: Binaries,
  serverOptions: string,
): Promise<EmbeddedPostgresError | undefined> {
  const logFile = join(home.clusterPath, 'server.log');
  const logStart = await openLog(logFile);
  const programArguments = ['start', '-w', '-t', String(START_TIMEOUT_S), '-l', logFile, '-o', serverOptions];
  const { exitCode, output } = await runPgCtl(home, binaries, programArguments);
  if (exitCode === 0) return undefined;
  const log = (await readIfThere(logFile)).subarray(logStart).toString('utf8');
  return errorFromOutput(log === '' ? output : log, `start the database in ${home.path}`, 'start-failed');
}

async function runPgCtl(home: Home, binaries: Binaries, programArguments: readonly string[]) {
  return await runProgram(binaries.pgCtl, [...programArguments, '-D', home.clusterPath], {
    user: home.user,
    directory: home.path,
  });
}

/** The id of the running server, if any. */
async function findServer(home: Home): Promise<number | undefined> {
  const recorded = await readRecordedProcess(home);
  return recorded !== undefined && (await isServerOf(recorded, home.clusterPath)) ? recorded : undefined;
}

/** The process id in `postmaster.pid`, whose first line it is. */
async function readRecordedProcess(home: Home): Promise<number | undefined> {
  const content = (await readIfThere(postmasterFile(home))).toString('utf8');
  const pid = Number.parseInt(content.split('\n')[0] ?? '', 10);
  return pid > 0 ? pid : undefined;
}

/**
 * Keeps PostgreSQL from taking another process, which by now has the dead server's id (in a container after
 * every restart), for that server. The rest of the file stays: its shared memory key still protects
 * against back ends that live on.
 */
async function disownProcess(home: Home): Promise<void> {
  const content = (await readIfThere(postmasterFile(home))).toString('utf8');
  const file = await open(
    postmasterFile(home),
    constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_TRUNC,
  );
  try {
    await file.writeFile([NO_PROCESS, ...content.split('\n').slice(1)].join('\n'));
  } finally {
    await file.close();
  }
}

function postmasterFile(home: Home): string {
  return join(home.clusterPath, 'postmaster.pid');
}

async function readIfThere(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** @returns where this start's lines will begin */
async function openLog(logFile: string): Promise<number> {
  try {
    const { size } = await stat(logFile);
    if (size <= MAX_LOG_BYTES) return size;
    await truncate(logFile);
    return 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
