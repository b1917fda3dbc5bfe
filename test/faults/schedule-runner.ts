import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { ScheduleOutcome } from './schedule.js';
import type { ScheduleOrder, ScheduleReport } from './schedule-process.js';

/** How much of what a process wrote to its error output is shown when it ends, in lines. */
const MAX_ERROR_LINES = 40;
const PROGRAM = new URL('schedule-process.ts', import.meta.url);

/** A process that runs schedules, some at a time, as seen from the suite. */
export class ScheduleRunner {
  private readonly waiting = new Map<number, (outcome: ScheduleOutcome) => void>();
  private ended = false;

  private constructor(private readonly child: ChildProcess) {
    // BullMQ writes there what it cannot tell anybody yet: under faults, plenty.
    const lastErrors: string[] = [];
    if (child.stderr !== null) {
      createInterface(child.stderr).on('line', (line) => {
        lastErrors.push(line);
        if (lastErrors.length > MAX_ERROR_LINES) lastErrors.shift();
      });
    }
    child.on('message', (report: ScheduleReport) => this.hear(report));
    child.once('exit', (code, signal) => {
      this.ended = true;
      this.fail([`its process ended: ${String(signal ?? code)}`, ...lastErrors].join('\n'));
    });
  }

  static async start(): Promise<ScheduleRunner> {
    const child = fork(PROGRAM, {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning', '--import=./scripts/run-on-build.mjs'],
    });
    const runner = new ScheduleRunner(child);
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('A process that runs schedules did not start.');
      }),
    ]);
    return runner;
  }

  async run(order: ScheduleOrder): Promise<ScheduleOutcome> {
    return new Promise((resolve) => {
      this.waiting.set(order.seed, resolve);
      if (this.ended) this.fail('its process has ended');
      else this.child.send(order);
    });
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    const exit = once(this.child, 'exit');
    this.child.send('end');
    await exit;
  }

  private hear(report: ScheduleReport): void {
    if (report === 'ready') return;
    if ('crash' in report) {
      this.fail(report.crash);
      return;
    }
    const { outcome } = report;
    this.waiting.get(outcome.seed)?.(outcome);
    this.waiting.delete(outcome.seed);
  }

  /** Whose fault it was cannot be told: every schedule that runs there is broken. */
  private fail(complaint: string): void {
    for (const [seed, resolve] of this.waiting) {
      resolve({ seed, complaints: [complaint], story: [], log: [], syncs: 0, faults: 0 });
    }
    this.waiting.clear();
  }
}
