import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { removeRun, RUNS_DIRECTORY } from './test-run.mjs';

/**
 * Gives the run a folder of its own, where the first test that wants a database starts a server for all
 * (test-database.ts), and clears away what killed runs have left.
 */
export default async function globalSetup() {
  await mkdir(RUNS_DIRECTORY, { recursive: true });
  for (const name of await readdir(RUNS_DIRECTORY)) {
    if (!isAlive(Number.parseInt(name, 10))) await removeRun(join(RUNS_DIRECTORY, name));
  }
  const run = `${process.pid}-${randomBytes(4).toString('hex')}`;
  process.env['MUSTER_TEST_RUN'] = join(RUNS_DIRECTORY, run);
  await mkdir(process.env['MUSTER_TEST_RUN'], { mode: 0o711 });
}

/** The names of the folders begin with the process id of their run. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
