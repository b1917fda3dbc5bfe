import { execFile } from 'node:child_process';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';

import { errorCode } from './embedded-postgres-error.js';

/** Place of `starttime` (proc(5), field 22) among the fields behind the command name, which may hold blanks. */
const START_TIME_FIELD = 19;

/**
 * What tells a live process from another one that got the same id later: its start time, and on Linux the
 * boot it belongs to. `undefined` when no such process runs.
 */
export async function startMark(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  if (process.platform === 'linux') return await startMarkFromProc(pid);
  if (process.platform === 'win32') return 'running';
  return await psColumn(pid, 'lstart=');
}

/** Whether a process is the PostgreSQL server of a cluster: a server works in its data directory. */
export async function isServerOf(pid: number, clusterPath: string): Promise<boolean> {
  if ((await startMark(pid)) === undefined) return false;
  if (process.platform === 'win32') return true;
  if (process.platform !== 'linux') return (await psColumn(pid, 'command='))?.includes('postgres') ?? false;
  try {
    return (await readlink(`/proc/${String(pid)}/cwd`)) === (await realpath(clusterPath));
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errorCode(error))) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return errorCode(error) === 'EPERM';
  }
}

async function startMarkFromProc(pid: number): Promise<string | undefined> {
  try {
    const status = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    // A zombie only waits for its parent to take notice.
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return `${boot}/${fields[START_TIME_FIELD] ?? ''}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

async function psColumn(pid: number, column: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', column]);
    return stdout.trim() || undefined;
  } catch {
    // ps exits with 1 when there is no such process.
    return undefined;
  }
}
