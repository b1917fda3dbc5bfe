import { chmod, cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import {
  EmbeddedPostgresError,
  errorCode,
  errorFromFileSystem,
  messageOf,
} from './embedded-postgres-error.js';
import { runProgram } from './run-program.js';
import type { ServerUser } from './server-user.js';
import { createSystemFolder } from './system-folder.js';

/** PostgreSQL's programs, ready to be run by the server's user. */
export interface Binaries {
  initdb: string;
  pgCtl: string;
  /** For example `18.4`. */
  version: string;
  /** For example `18`: the part that the format of the data depends on. */
  majorVersion: string;
}

interface Programs {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

/**
 * Finds the programs that npm installed for this platform, and proves that the server's user can run them;
 * copies them to where it can when it may not enter the clone.
 * @throws {EmbeddedPostgresError} `unsupported-platform`, `binaries-unusable`
 */
export async function findBinaries(user: ServerUser | undefined): Promise<Binaries> {
  const installed = await loadPrograms();
  const first = await probe(installed, user);
  if (typeof first !== 'string') return first;
  if (user === undefined) throw unusable(installed, first);
  const copied = await copyForUser(installed);
  const second = await probe(copied, user);
  if (typeof second !== 'string') return second;
  throw unusable(copied, second);
}

async function loadPrograms(): Promise<Programs> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(packageName)) as Programs;
  } catch (error) {
    throw new EmbeddedPostgresError(
      'unsupported-platform',
      `There is no ${packageName} with PostgreSQL's programs: run "npm run setup" again, or, if this platform has none, set DATABASE_URL to a PostgreSQL server of yours.`,
      error,
    );
  }
}

/** The binaries, or why they cannot be run. */
async function probe(
  { initdb, pg_ctl, postgres }: Programs,
  user: ServerUser | undefined,
): Promise<Binaries | string> {
  const options = { user, directory: rootOf(postgres) };
  const outputs: string[] = [];
  for (const program of [postgres, initdb, pg_ctl]) {
    try {
      const { exitCode, output } = await runProgram(program, ['--version'], options);
      if (exitCode !== 0) return output;
      outputs.push(output);
    } catch (error) {
      return messageOf(error);
    }
  }
  const [version, majorVersion] = /(\d+)(?:\.\d+)?/.exec(outputs[0] ?? '') ?? [];
  if (version === undefined || majorVersion === undefined) return `unknown version: ${outputs[0] ?? ''}`;
  return { initdb, pgCtl: pg_ctl, version, majorVersion };
}

/** The root of the file system that a program is on: a working directory that every user may enter. */
function rootOf(program: string): string {
  const parent = dirname(program);
  return parent === program ? parent : rootOf(parent);
}

function unusable({ postgres }: Programs, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'binaries-unusable',
    `PostgreSQL's programs in ${dirname(postgres)} cannot be run (${reason.replace(/\s+/g, ' ').trim()}): run "npm run setup" again, or set DATABASE_URL to a PostgreSQL server of yours.`,
  );
}

/** Copies `native/` to a folder of root's that all clones with this version share. */
async function copyForUser({ postgres }: Programs): Promise<Programs> {
  const native = dirname(dirname(postgres));
  const manifest = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as {
    version: string;
  };
  const parent = await createSystemFolder('postgresql');
  const target = join(parent, `${manifest.version}-${process.platform}-${process.arch}`);
  const draft = `${target}.${String(process.pid)}`;
  try {
    if ((await readdir(parent)).includes(basename(target))) return programsIn(target);
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await makeReadable(draft);
    // Complete or not there at all, however this ends.
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another Muster was faster.
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') {
      throw errorFromFileSystem(error, `copy PostgreSQL's programs to ${target}`);
    }
  }
  return programsIn(target);
}

function programsIn(native: string): Programs {
  const bin = join(native, 'bin');
  return { initdb: join(bin, 'initdb'), pg_ctl: join(bin, 'pg_ctl'), postgres: join(bin, 'postgres') };
}

/** npm under a strict umask leaves files that only root can read. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  const inBin = basename(folder) === 'bin';
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, inBin ? 0o755 : 0o644);
  }
}
