import { secondsOf, type Task } from './bench-api.js';
import type { BenchProcess } from './bench-process.js';
import type { Stage } from './stage.js';

const US_PER_MS = 1_000;

/** How one sync went. */
export interface MeasuredSync {
  task: Task;
  seconds: number;
  rowsPerSecond: number;
  /** Processor time a row, in microseconds. */
  workerUs: number;
  postgresUs: number;
}

/** Syncs an account and waits for the end. */
export async function measureSync(
  stage: Stage,
  worker: BenchProcess,
  accountId: string,
): Promise<MeasuredSync> {
  const [workerBefore, postgresBefore] = [await worker.cpuMs(), await stage.postgresProcesses.cpuMs()];
  const task = await stage.api.finished(await stage.api.requestSync(accountId));
  if (task.state !== 'SUCCEEDED') throw new Error(`The sync of ${accountId} ended ${task.state}.`);
  const seconds = secondsOf(task);
  const { seen } = task.counts;
  return {
    task,
    seconds,
    rowsPerSecond: seen / seconds,
    workerUs: (((await worker.cpuMs()) - workerBefore) * US_PER_MS) / seen,
    postgresUs: (((await stage.postgresProcesses.cpuMs()) - postgresBefore) * US_PER_MS) / seen,
  };
}
