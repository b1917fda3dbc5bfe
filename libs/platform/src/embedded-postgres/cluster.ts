import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Binaries } from './binaries.js';
import {
  EmbeddedPostgresError,
  errorCode,
  errorFromFileSystem,
  errorFromOutput,
} from './embedded-postgres-error.js';
import type { Home } from './home.js';
import { runProgram } from './run-program.js';

/** The role that owns everything. */
export const OWNER = 'muster';

const PASSWORD_BYTES = 24;

/**
 * Creates the database cluster if there is none yet, in one step: a start that is killed half-way leaves
 * nothing that the next one takes for data.
 * @param durable whether to wait for the disk; only tests do without
 * @returns the owner's password
 * @throws {EmbeddedPostgresError}
 */
export async function openCluster(home: Home, binaries: Binaries, durable: boolean): Promise<string> {
  const dataVersion = await readIfThere(join(home.clusterPath, 'PG_VERSION'));
  if (dataVersion === undefined) return await createCluster(home, binaries, durable);
  if (dataVersion.trim() !== binaries.majorVersion) {
    throw new EmbeddedPostgresError(
      'incompatible-version',
      `The data in ${home.path} was written by PostgreSQL ${dataVersion.trim()}, but this Muster brings PostgreSQL ${binaries.majorVersion}, which cannot read it: move that folder away to begin anew, or go on with the Muster that wrote it.`,
    );
  }
  return await readPassword(home);
}

/**
 * The owner's password of a cluster that is there.
 * @throws {EmbeddedPostgresError} `password-missing`, `not-writable` when we may not read it
 */
export async function readPassword(home: Home): Promise<string> {
  const password = (await readIfThere(home.passwordFile))?.trim();
  if (password === undefined || password === '') {
    throw new EmbeddedPostgresError(
      'password-missing',
      `The database in ${home.path} has lost its password file ${home.passwordFile}: put it back, or move the folder away to begin anew.`,
    );
  }
  return password;
}

async function createCluster(home: Home, binaries: Binaries, durable: boolean): Promise<string> {
  const draft = `${home.clusterPath}.new`;
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { mode: 0o700 });
    await rm(home.passwordFile, { force: true });
    await writeFile(home.passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (home.user !== undefined) {
      await chown(draft, home.user.uid, home.user.gid);
      await chown(home.passwordFile, home.user.uid, home.user.gid);
    }
    await runInitdb({ ...home, clusterPath: draft }, binaries, durable);
    await rename(draft, home.clusterPath);
    return password;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw errorFromFileSystem(error, `create a database in ${home.path}`);
  }
}

async function runInitdb(home: Home, binaries: Binaries, durable: boolean): Promise<void> {
  const { exitCode, output } = await runProgram(
    binaries.initdb,
    [
      `--pgdata=${home.clusterPath}`,
      `--username=${OWNER}`,
      `--pwfile=${home.passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order and case rules on every machine, whatever locales it has.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ],
    { user: home.user, directory: home.path },
  );
  if (exitCode !== 0) throw errorFromOutput(output, `create a database in ${home.path}`, 'start-failed');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw errorFromFileSystem(error, `read ${file}`);
  }
}
