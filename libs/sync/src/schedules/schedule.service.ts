import type {
  KeyClaim,
  ListWindow,
  NewSchedule,
  Schedule,
  ScheduleChange,
  ScheduleFilter,
  ScheduleKey,
  ScheduleRepository,
  ScheduleRun,
  StartedSchedule,
} from '#database';
import type { Timing } from '#domain';
import type { Logger } from '#platform';
import type { SyncQueue } from '#queue';

import { enqueueRuns } from '../enqueue.js';
import { nextTime, timesFrom } from './timetable.js';

/** How many of the times to come are shown. */
const TIMES_SHOWN = 5;

/** What the API asks of schedules. */
export class ScheduleService {
  private readonly queueing: { queue: SyncQueue; log: Logger };

  constructor(
    private readonly schedules: ScheduleRepository,
    queue: SyncQueue,
    log: Logger,
  ) {
    this.queueing = { queue, log };
  }

  async create(schedule: NewSchedule): Promise<{ id: string } | 'noAccount' | 'exists'> {
    return this.schedules.create(schedule, nextTime);
  }

  /** A schedule with its next times, the first with its jitter. */
  async find(key: ScheduleKey): Promise<{ schedule: Schedule; nextTimes: Date[] } | undefined> {
    const schedule = await this.schedules.find(key);
    if (schedule === undefined) return undefined;
    const { nextRunAt, dueAt, timing } = schedule;
    if (nextRunAt === null) return { schedule, nextTimes: [] };
    const times = timesFrom(timing, dueAt);
    times.next();
    const later = Array.from({ length: TIMES_SHOWN - 1 }, () => times.next().value as Date);
    return { schedule, nextTimes: [nextRunAt, ...later] };
  }

  async list(
    tenantId: string,
    filter: ScheduleFilter,
    window: ListWindow,
  ): Promise<{ schedules: Schedule[]; total: number }> {
    return this.schedules.list(tenantId, filter, window);
  }

  async change(key: ScheduleKey, timing: Timing): Promise<ScheduleChange> {
    return this.schedules.change(key, timing, nextTime);
  }

  async remove(key: ScheduleKey): Promise<ScheduleChange> {
    return this.schedules.remove(key);
  }

  async pause(key: ScheduleKey): Promise<ScheduleChange> {
    return this.schedules.pause(key);
  }

  async resume(key: ScheduleKey): Promise<ScheduleChange> {
    return this.schedules.resume(key, nextTime);
  }

  /** Starts a schedule's sync, unless one runs that is as good; undefined when the tenant has no such schedule. */
  async runNow(
    key: ScheduleKey,
    origin: { requestedBy: string; keyClaim?: KeyClaim | undefined },
  ): Promise<StartedSchedule | undefined> {
    const started = await this.schedules.startNow(key, origin);
    if (started !== undefined) await enqueueRuns(this.queueing, started.vendor, started.runIds);
    return started;
  }

  async runs(
    key: ScheduleKey,
    window: { limit: number; marker?: string },
  ): Promise<ScheduleRun[] | undefined> {
    return this.schedules.runs(key, window);
  }
}
