import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.js';
import { startMark } from './running-process.js';

/** A folder held for this process alone. */
export interface FolderLock {
  /** Frees it, once; later calls do nothing, so that they cannot free what another process holds by now. */
  release: () => Promise<void>;
}

interface Holder {
  pid: number;
  startMark: string;
}

/** Enough for every contender of a crowd to lose a race and look again. */
const MAX_TRIES = 20;

/**
 * Takes a folder for this process. A lock whose process has died, or whose process id now belongs to
 * another process, is taken over. Doesn't see processes of other containers or machines.
 * @throws {EmbeddedPostgresError} `already-running`
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const lockFile = join(folder, 'lock');
  const content = JSON.stringify({
    pid: process.pid,
    startMark: (await startMark(process.pid)) ?? '',
  } satisfies Holder);
  // Written elsewhere and linked into place, so that nobody ever reads half a lock.
  const draft = `${lockFile}.${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(draft, content, { mode: 0o644 });
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (await linked(draft, lockFile)) return releasable(lockFile);
      await removeStale(lockFile, folder);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new EmbeddedPostgresError('already-running', `Too many processes start a database in ${folder}.`);
}

function releasable(lockFile: string): FolderLock {
  let released: Promise<void> | undefined;
  return { release: () => (released ??= rm(lockFile, { force: true })) };
}

async function linked(draft: string, lockFile: string): Promise<boolean> {
  try {
    await link(draft, lockFile);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(lockFile: string, folder: string): Promise<void> {
  const found = await readIfThere(lockFile);
  if (found === undefined) return;
  await refuseWhenLive(found, folder);
  // Another process may have taken the stale lock over since: look at what we really moved away.
  const aside = `${lockFile}.${randomBytes(8).toString('hex')}`;
  try {
    await rename(lockFile, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== found) await linked(aside, lockFile);
  await rm(aside, { force: true });
}

async function refuseWhenLive(content: string, folder: string): Promise<void> {
  const holder = parseHolder(content);
  if (holder === undefined || (await startMark(holder.pid)) !== holder.startMark) return;
  throw new EmbeddedPostgresError(
    'already-running',
    `Another Muster (process ${String(holder.pid)}) already uses the database in ${folder}: stop it first, or give this one a folder of its own.`,
  );
}

function parseHolder(content: string): Holder | undefined {
  try {
    const holder = JSON.parse(content) as Partial<Holder>;
    return Number.isInteger(holder.pid) && typeof holder.startMark === 'string'
      ? (holder as Holder)
      : undefined;
  } catch {
    // Cut short by a full disk or a power failure: nobody holds it.
    return undefined;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
