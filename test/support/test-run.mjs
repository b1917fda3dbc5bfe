import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** One folder per run of Jest, named by its process id. */
export const RUNS_DIRECTORY = join(import.meta.dirname, '../../.muster/test');

/** Stops the server of a run and deletes its folder and databases. */
export async function removeRun(directory) {
  const needsSources = existsSync(join(directory, 'postgres')) || existsSync(join(directory, 'databases'));
  if (needsSources) {
    await import('../../scripts/run-typescript.mjs');
    const { removeTestDatabases } = await import('./test-database.ts');
    await removeTestDatabases(directory);
  }
  await rm(directory, { recursive: true, force: true });
}
