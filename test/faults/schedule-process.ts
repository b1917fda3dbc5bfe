/** A process that runs schedules for the suite: it is told seeds, and tells what came of them. */
import 'reflect-metadata';

import type { QueueBackend } from '../support/redis.js';
import { RestartablePostgres } from '../support/restartable-postgres.js';
import { PLANTED_FAULTS } from './planted-faults.js';
import { installProcessClocks } from './process-clock.js';
import { Reference } from './reference.js';
import { runSchedule, type ScheduleOutcome } from './schedule.js';

/** One schedule to run. */
export interface ScheduleOrder {
  seed: number;
  backend: QueueBackend;
  queueUrl?: string;
  /** Which of the planted faults the estate has. */
  planted?: number;
  /** With real worker processes and a server of its own, in this folder. */
  serverFolder?: string;
}

/** What the process tells: that it can begin, what came of a schedule, or what went wrong outside of any. */
export type ScheduleReport = 'ready' | { outcome: ScheduleOutcome } | { crash: string };

const tell = (report: ScheduleReport): void => {
  process.send?.(report);
};
const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

process.on('unhandledRejection', (reason) => tell({ crash: `unhandled rejection: ${describe(reason)}` }));
process.on('uncaughtException', (error) => tell({ crash: `uncaught exception: ${describe(error)}` }));

async function run({ planted: index, serverFolder, ...rest }: ScheduleOrder): Promise<ScheduleOutcome> {
  const planted = index === undefined ? undefined : PLANTED_FAULTS[index];
  const server = serverFolder === undefined ? undefined : await RestartablePostgres.start(serverFolder);
  return runSchedule({
    ...rest,
    reference,
    ...(planted === undefined ? {} : { planted }),
    ...(server === undefined ? {} : { server }),
  });
}

installProcessClocks();
const reference = await Reference.start();

process.on('message', (order: ScheduleOrder | 'end') => {
  if (order === 'end') {
    // A schedule that broke off leaves workers behind, which would keep the process alive.
    void reference.stop().finally(() => process.exit());
    return;
  }
  run(order).then(
    (outcome) => tell({ outcome }),
    (error: unknown) => tell({ crash: `schedule ${String(order.seed)}: ${describe(error)}` }),
  );
});
tell('ready');
