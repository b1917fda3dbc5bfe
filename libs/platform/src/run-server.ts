import { constants } from 'node:os';

import { runProcess } from './run-process.js';

/** What shells and supervisors add to a signal's number for a process that it ended. */
const ENDED_BY_SIGNAL = 128;
const FAILED = 1;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Stops what was started. `hurry` aborts when nobody wants to wait longer than they must. */
export type Stop = (hurry: AbortSignal) => Promise<void>;

/**
 * Runs a process that serves until it is told to stop, and then ends with 0. SIGTERM, which supervisors send, stops it
 * in its own time; Ctrl-C and a second signal in a hurry. Until it is up, a signal ends it on the spot. Signals are
 * handled from the first moment on, since the kernel keeps those that are not from the first process of a container.
 */
export async function runServer(start: () => Promise<Stop>): Promise<void> {
  const hurry = new AbortController();
  let stop: Stop | undefined;
  let stopping: Promise<void> | undefined;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stop === undefined) process.exit(ENDED_BY_SIGNAL + constants.signals[signal]);
      if (signal !== 'SIGTERM' || stopping !== undefined) hurry.abort();
      stopping ??= end(stop(hurry.signal));
    });
  }
  await runProcess(async () => {
    stop = await start();
  });
}

async function end(stopped: Promise<void>): Promise<void> {
  try {
    await stopped;
    process.exit(0);
  } catch (error) {
    process.stderr.write(
      `muster: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(FAILED);
  }
}
