import type { Timing, Vendor } from '#domain';

/** A schedule as it is listed. */
export interface Schedule {
  id: string;
  vendor: Vendor;
  /** The vendor's id of the account; null for every account of the vendor. */
  accountId: string | null;
  timing: Timing;
  /** Whether it is the account's setting. */
  fromSettings: boolean;
  createdAt: Date;
  updatedAt: Date;
  pausedAt: Date | null;
  /** The next time by its timing. While paused, one that it had. */
  dueAt: Date;
  /** The same with its jitter; null while paused. */
  nextRunAt: Date | null;
}

/** What is read of a schedule `s` with its account `a`. */
export const SCHEDULE_COLUMNS = `s.id, s.vendor, a.account_id AS "accountId", s.cron, s.time_zone AS "timeZone",
  s.interval_seconds AS "intervalSeconds", s.jitter_seconds AS "jitterSeconds",
  s.from_settings AS "fromSettings", s.created_at AS "createdAt", s.updated_at AS "updatedAt",
  s.paused_at AS "pausedAt", s.due_at AS "dueAt", s.next_run_at AS "nextRunAt"`;

export type ScheduleRow = Omit<Schedule, 'timing'> & {
  cron: string | null;
  timeZone: string;
  intervalSeconds: number | null;
  jitterSeconds: number;
};

export function toSchedule({
  cron,
  timeZone,
  intervalSeconds,
  jitterSeconds,
  ...row
}: ScheduleRow): Schedule {
  const when = cron === null ? { intervalSeconds: intervalSeconds ?? 0 } : { cron, timeZone };
  return { ...row, timing: { ...when, jitterSeconds } };
}

/** Values of the columns cron, interval_seconds, time_zone and jitter_seconds. */
export function timingColumns(timing: Timing): [string | null, number | null, string, number] {
  return 'cron' in timing
    ? [timing.cron, null, timing.timeZone, timing.jitterSeconds]
    : [null, timing.intervalSeconds, 'UTC', timing.jitterSeconds];
}
