import type { TimeSpent, WaitCause } from '#domain';

/** Where a unit's time went, in milliseconds, over all attempts and workers. */
export interface UnitTimings {
  /** Reading from the vendor, but for what was held back. */
  vendor: number;
  /** Making rows of what was read. */
  normalizing: number;
  /** In transactions. */
  sql: number;
  waits: Record<WaitCause, number>;
}

/** The columns of `sync_unit` that tell it. */
export interface TimingColumns {
  vendorMs: bigint;
  quotaMs: bigint;
  normalizingMs: bigint;
  sqlMs: bigint;
  throttledMs: bigint;
  backOffMs: bigint;
  slotMs: bigint;
  waitingSince: Date | null;
  waitingFor: string | null;
  nextAttemptAt: Date | null;
  finishedAt: Date | null;
}

/** What {@link COUNT_WAIT} would add now: a wait's cause lasts until the next attempt is due, then a slot is missing. */
function currentWait(unit: TimingColumns, now: Date): Partial<Record<WaitCause, number>> {
  if (unit.waitingSince === null) return {};
  const since = unit.waitingSince.getTime();
  const end = Math.max(since, (unit.finishedAt ?? now).getTime());
  const cause = (unit.waitingFor ?? 'slot') as WaitCause;
  if (cause === 'slot') return { slot: end - since };
  const due = Math.min(end, Math.max(since, unit.nextAttemptAt?.getTime() ?? end));
  return { [cause]: due - since, slot: end - due };
}

/** Where a unit's time went until `now`, with the wait that it is in. */
export function timingsOf(unit: TimingColumns, now: Date): UnitTimings {
  const current = currentWait(unit, now);
  return {
    vendor: Number(unit.vendorMs),
    normalizing: Number(unit.normalizingMs),
    sql: Number(unit.sqlMs),
    waits: {
      quota: Number(unit.quotaMs) + (current.quota ?? 0),
      throttled: Number(unit.throttledMs) + (current.throttled ?? 0),
      'back-off': Number(unit.backOffMs) + (current['back-off'] ?? 0),
      slot: Number(unit.slotMs) + (current.slot ?? 0),
    },
  };
}

const DUE = 'least(now(), greatest(waiting_since, next_attempt_at))';
/** Of an interval or of none, which is 0: `greatest` passes over NULL. */
const milliseconds = (interval: string) => `greatest(0, round(extract(epoch FROM ${interval}) * 1000))`;
const waitedFor = (cause: WaitCause) =>
  `CASE WHEN waiting_for = '${cause}' THEN ${milliseconds(`${DUE} - waiting_since`)} ELSE 0 END`;

/** Ends a unit's wait and counts it: for the `SET` of the `UPDATE` that gives the unit to a worker. */
export const COUNT_WAIT = `quota_ms = quota_ms + ${waitedFor('quota')},
  throttled_ms = throttled_ms + ${waitedFor('throttled')},
  back_off_ms = back_off_ms + ${waitedFor('back-off')},
  slot_ms = slot_ms + ${milliseconds(`now() - CASE waiting_for WHEN 'slot' THEN waiting_since ELSE ${DUE} END`)},
  waiting_since = NULL, waiting_for = NULL`;

/** How long a unit took that ends in this statement: for its `RETURNING`. */
export const UNIT_SECONDS = 'extract(epoch FROM finished_at - started_at)::float AS seconds';

/** Adds what a worker spent: for the `SET` of an `UPDATE` whose parameters from `$first` on are {@link spentValues}. */
export function addSpent(first: number): string {
  return ['vendor_ms', 'quota_ms', 'slot_ms', 'normalizing_ms', 'sql_ms', 'vendor_calls']
    .map((column, index) => `${column} = ${column} + $${String(first + index)}`)
    .join(', ');
}

/** A turn at a worker is waited for like a worker. */
export function spentValues({ vendor, quota, turn, normalizing, sql, calls }: TimeSpent): number[] {
  return [vendor, quota, turn, normalizing, sql, calls];
}
