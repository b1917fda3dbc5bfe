import type { ScheduleRepository } from '#database';
import type { Vendor } from '#domain';

import type { Engine } from '../engine.js';
import { enqueueRuns } from '../enqueue.js';
import { RepeatedPasses } from '../repeated-passes.js';
import { nextTime } from './timetable.js';

/** How many one pass starts at the most, so that a pass ends. */
const BATCH = 500;

/**
 * Starts what schedules have due. Every worker runs one, and they may overlap: Postgres says what is due, and gives
 * each of it to one of them.
 */
export class Scheduler {
  private readonly passes: RepeatedPasses;

  constructor(
    private readonly engine: Engine,
    private readonly schedules: ScheduleRepository,
  ) {
    this.passes = new RepeatedPasses(() => this.startDue(), {
      everyMs: engine.timing.scheduleMs,
      onError: (error) => {
        engine.log.warn({ err: error }, 'what is due could not be started; it is tried again');
      },
    });
  }

  /** Makes a first pass at once, then one every `scheduleMs`. */
  start(): void {
    this.passes.start();
  }

  async stop(): Promise<void> {
    await this.passes.stop();
  }

  /** One pass. A vendor that this build has no adapter for is left to workers of one that has. */
  async startDue(): Promise<void> {
    const { adapters, log } = this.engine;
    const vendors = Object.keys(adapters) as Vendor[];
    for (let started = 0; started < BATCH && !this.passes.isStopped; started += 1) {
      const due = await this.schedules.startDue(vendors, nextTime);
      if (due === undefined) return;
      const { scheduleId, vendor, outcome, reason, taskId, runIds } = due;
      const level = outcome === 'failed' ? 'error' : 'info';
      log[level]({ schedule: scheduleId, outcome, reason, task: taskId }, 'a schedule was due');
      await enqueueRuns(this.engine, vendor, runIds);
    }
  }
}
