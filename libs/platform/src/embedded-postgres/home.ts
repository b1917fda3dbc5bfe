import { createHash } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { EmbeddedPostgresError, errorCode, errorFromFileSystem } from './embedded-postgres-error.js';
import { chooseServerUser, mayEnter, nearestExisting, type ServerUser } from './server-user.js';
import { createSystemFolder } from './system-folder.js';

/** Everything that one embedded database keeps on disk, and whom its server runs as. */
export interface Home {
  /** The folder that holds it all. */
  path: string;
  /** PostgreSQL's data directory. */
  clusterPath: string;
  /** Holds the password, readable for its owner only. */
  passwordFile: string;
  /** `undefined`: the user that runs Muster. */
  user: ServerUser | undefined;
}

/** In the folder that was asked for: says where the data is instead. */
const POINTER_FILE = 'location';

/** Characters of the hash that tells clones apart in the system's folder. */
const HASH_CHARACTERS = 16;

/**
 * Settles where the data is, and creates the folder. As root it is the folder that was asked for if the
 * server's user may enter it, and otherwise a folder under `/var/lib/muster`, told by a pointer file.
 * @throws {EmbeddedPostgresError} `not-writable`, `disk-full`, `no-unprivileged-user`
 */
export async function openHome(dataDirectory: string): Promise<Home> {
  const asked = resolve(dataDirectory);
  try {
    const path = (await readPointer(asked)) ?? asked;
    const clusterPath = join(path, 'cluster');
    const user = await chooseServerUser(clusterPath);
    if (user === undefined || (await mayEnter(path, user))) return await createHome(path, user);
    // Never turn to an empty database because someone changed the mode of a folder.
    if ((await nearestExisting(clusterPath)) === clusterPath) {
      throw new EmbeddedPostgresError(
        'not-writable',
        `PostgreSQL runs as user ${user.name}, who owns ${clusterPath} but may no longer enter it: give back the right to (chmod o+x) on the folders above it.`,
      );
    }
    const elsewhere = await createSystemFolder(await nameFor(asked));
    await mkdir(asked, { recursive: true, mode: 0o700 });
    await writeFile(join(asked, POINTER_FILE), `${elsewhere}\n`);
    return await createHome(elsewhere, user);
  } catch (error) {
    throw errorFromFileSystem(error, `keep the database in ${asked}`);
  }
}

/** Deletes the data, wherever it is, and the folder that was asked for. */
export async function removeHome(home: Home, dataDirectory: string): Promise<void> {
  await rm(home.path, { recursive: true, force: true });
  await rm(resolve(dataDirectory), { recursive: true, force: true });
}

async function createHome(path: string, user: ServerUser | undefined): Promise<Home> {
  const parent = await stat(await nearestExisting(path));
  await mkdir(path, { recursive: true, mode: user === undefined ? 0o700 : 0o755 });
  await access(path, constants.W_OK);
  if (user !== undefined) {
    // The umask may have been stricter than the server's user can live with.
    await chmod(path, 0o755);
    // In the clone of an ordinary user, that user can go on without root later.
    if (parent.uid === user.uid) await chown(path, user.uid, user.gid);
  }
  return { path, clusterPath: join(path, 'cluster'), passwordFile: join(path, 'password'), user };
}

async function readPointer(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, POINTER_FILE), 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A name of its own for every folder that is asked for, the same whenever it is asked again. */
async function nameFor(folder: string): Promise<string> {
  const existing = await nearestExisting(folder);
  const real = join(await realpath(existing), folder.slice(existing.length));
  return createHash('sha256').update(real).digest('hex').slice(0, HASH_CHARACTERS);
}
