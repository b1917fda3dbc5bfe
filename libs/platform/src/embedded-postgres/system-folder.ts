import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { EmbeddedPostgresError, errorFromFileSystem } from './embedded-postgres-error.js';

/**
 * Where root keeps what the server's user must reach when it may not enter the clone, as in `/root`. Only
 * root can write there, so that no other user can put anything in its place.
 */
const SYSTEM_FOLDER = '/var/lib/muster';

/** Bits of a mode that let the group and others write. */
const WRITABLE_BY_OTHERS = 0o022;

/** Creates a folder of root's, readable for all, inside {@link SYSTEM_FOLDER}. */
export async function createSystemFolder(name: string): Promise<string> {
  const folder = join(SYSTEM_FOLDER, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw errorFromFileSystem(error, `create ${folder} for the database`);
  }
  for (const path of [SYSTEM_FOLDER, folder]) {
    const { mode, uid } = await lstat(path);
    if (uid !== 0 || (mode & WRITABLE_BY_OTHERS) !== 0) {
      throw new EmbeddedPostgresError(
        'not-writable',
        `${path} must belong to root and be writable for root only.`,
      );
    }
  }
  return folder;
}
