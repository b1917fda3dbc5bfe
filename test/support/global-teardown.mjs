import { removeRun } from './test-run.mjs';

/** Stops the run's database server, if any, and deletes the run's folder. */
export default async function globalTeardown() {
  await removeRun(process.env['MUSTER_TEST_RUN']);
}
