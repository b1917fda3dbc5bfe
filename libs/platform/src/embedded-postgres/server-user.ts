import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js';

/** The user that the server runs as when Muster itself runs as root, which PostgreSQL refuses. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** Users that exist for such purposes, best first. `_postgres` is macOS' name. */
const SERVICE_USERS = ['postgres', '_postgres', 'nobody'];

/**
 * Whom to run the server as.
 * @param folder where its data is or will be; may not exist yet
 * @returns `undefined` when that is the user who runs Muster (always so on Windows, where `pg_ctl` drops the
 * administrator's rights by itself)
 * @throws {EmbeddedPostgresError} `no-unprivileged-user`
 */
export async function chooseServerUser(folder: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(await nearestExisting(folder));
  const users = await readUsers();
  if (owner.uid !== 0) {
    const name = users.find((user) => user.uid === owner.uid)?.name ?? String(owner.uid);
    return { name, uid: owner.uid, gid: owner.gid };
  }
  for (const name of SERVICE_USERS) {
    const user = users.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (user !== undefined) return user;
  }
  throw new EmbeddedPostgresError(
    'no-unprivileged-user',
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as: start Muster as an ordinary user, or set DATABASE_URL to a server of yours.',
  );
}

/** Whether a user may enter a folder, judged by the mode of every directory on the way to what exists of it. */
export async function mayEnter(folder: string, user: ServerUser): Promise<boolean> {
  let current = await realpath(await nearestExisting(folder));
  for (;;) {
    const { mode, uid, gid } = await stat(current);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    const parent = dirname(current);
    if (parent === current) return true;
    current = parent;
  }
}

/** The folder itself or the first of its parents that exists. */
export async function nearestExisting(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch (error) {
    const parent = dirname(folder);
    if (errorCode(error) !== 'ENOENT' || parent === folder) throw error;
    return await nearestExisting(parent);
  }
}

async function readUsers(): Promise<ServerUser[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name !== undefined && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')
      ? [{ name, uid: Number(uid), gid: Number(gid) }]
      : [];
  });
}
