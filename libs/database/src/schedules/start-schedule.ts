import { v7 as uuidv7 } from 'uuid';

import type { ScheduledTime, Timetable, Vendor } from '#domain';

import type { Querier } from '../database.js';
import { keepTask, type KeyClaim } from '../idempotency/keep-task.js';
import { type DueSync, startIfIdle } from '../sync/request-sync.js';
import { databaseTime } from './database-time.js';
import { type Schedule, SCHEDULE_COLUMNS, type ScheduleRow, toSchedule } from './schedule-row.js';

/** Why a time of a schedule came to nothing. */
export type ScheduleReason = 'busy' | 'no_account' | 'no_next_run';

/** What a time of a schedule came to; of its sync the queue must hear. */
export interface StartedSchedule {
  scheduleId: string;
  vendor: Vendor;
  outcome: 'started' | 'skipped' | 'failed';
  reason: ScheduleReason | null;
  /** The task that was started, or that was running. */
  taskId: string | null;
  runIds: readonly string[];
}

type LockedSchedule = Schedule & { tenantId: string };

/**
 * Starts the sync of the schedule that is due the longest, unless one runs; sets its next time and writes down what
 * came of this one. Who else looks at the same time takes another schedule, or none. What was missed meanwhile is made
 * up for by this one run. To be called in a transaction.
 * @param vendors whose schedules to look at
 * @returns undefined when none is due
 */
export async function startDueSchedule(
  client: Querier,
  vendors: readonly Vendor[],
  timetable: Timetable,
): Promise<StartedSchedule | undefined> {
  const schedule = await lockSchedule(client, {
    where: 's.next_run_at <= now() AND s.vendor = ANY($1)',
    order: 'ORDER BY s.next_run_at LIMIT 1',
    wait: 'SKIP LOCKED',
    values: [vendors],
  });
  if (schedule === undefined) return undefined;
  if (!(await setNextTime(client, schedule, timetable))) {
    return record(client, schedule, { trigger: 'due', outcome: 'failed', reason: 'no_next_run' });
  }
  const sync = await startIfIdle(client, requestOf(schedule, { trigger: 'schedule' }));
  if (sync === undefined && schedule.accountId !== null) return endOrphan(client, schedule);
  return recordSync(client, schedule, 'due', sync);
}

/** Starts a schedule's sync now, paused or not, unless one runs. Its times stay as they are. */
export async function startScheduleNow(
  client: Querier,
  key: { tenantId: string; id: string },
  { requestedBy, keyClaim }: { requestedBy: string; keyClaim?: KeyClaim | undefined },
): Promise<StartedSchedule | undefined> {
  const schedule = await lockSchedule(client, {
    where: 's.id = $1 AND s.tenant_id = $2',
    values: [key.id, key.tenantId],
  });
  if (schedule === undefined) return undefined;
  const sync = await startIfIdle(client, requestOf(schedule, { trigger: 'api', requestedBy }));
  const started = await recordSync(client, schedule, 'manual', sync);
  if (started.taskId !== null) await keepTask(client, keyClaim, started.taskId);
  return started;
}

async function lockSchedule(
  client: Querier,
  {
    where,
    order = '',
    wait = '',
    values,
  }: { where: string; order?: string; wait?: string; values: unknown[] },
): Promise<LockedSchedule | undefined> {
  const { rows } = await client.query<ScheduleRow & { tenantId: string }>(
    `SELECT ${SCHEDULE_COLUMNS}, s.tenant_id AS "tenantId"
     FROM schedule s LEFT JOIN vendor_account a ON a.id = s.account_id
     WHERE ${where} ${order} FOR UPDATE OF s ${wait}`,
    values,
  );
  const [row] = rows;
  return row === undefined ? undefined : { ...toSchedule(row), tenantId: row.tenantId };
}

function requestOf(
  { tenantId, vendor, accountId }: LockedSchedule,
  origin: { trigger: 'api' | 'schedule'; requestedBy?: string },
) {
  return { tenantId, vendor, ...origin, ...(accountId === null ? {} : { accountId }) };
}

/** False when it has none any more, as when its time zone is gone: then it is paused. */
async function setNextTime(client: Querier, schedule: Schedule, timetable: Timetable): Promise<boolean> {
  const next = nextTimeOf(schedule, timetable, await databaseTime(client));
  if (next === undefined) {
    await client.query('UPDATE schedule SET paused_at = now(), next_run_at = NULL WHERE id = $1', [
      schedule.id,
    ]);
    return false;
  }
  await client.query('UPDATE schedule SET due_at = $2, next_run_at = $3 WHERE id = $1', [
    schedule.id,
    next.dueAt,
    next.runAt,
  ]);
  return true;
}

/** One schedule whose times can't be told any more must not keep all others from being started. */
function nextTimeOf(schedule: Schedule, timetable: Timetable, now: Date): ScheduledTime | undefined {
  try {
    return timetable(schedule.timing, { after: now, anchor: schedule.dueAt });
  } catch {
    return undefined;
  }
}

async function recordSync(
  client: Querier,
  schedule: LockedSchedule,
  trigger: 'due' | 'manual',
  sync: DueSync | undefined,
): Promise<StartedSchedule> {
  if (sync === undefined)
    return record(client, schedule, { trigger, outcome: 'skipped', reason: 'no_account' });
  if ('busyWith' in sync) {
    return record(client, schedule, { trigger, outcome: 'skipped', reason: 'busy', taskId: sync.busyWith });
  }
  return record(client, schedule, { trigger, outcome: 'started', ...sync });
}

/** Its account was removed in the moment in which it was made: removing an account ends those that there are. */
async function endOrphan(client: Querier, { id, vendor }: LockedSchedule): Promise<StartedSchedule> {
  await client.query('DELETE FROM schedule WHERE id = $1', [id]);
  return { scheduleId: id, vendor, outcome: 'skipped', reason: 'no_account', taskId: null, runIds: [] };
}

async function record(
  client: Querier,
  { id: scheduleId, tenantId, vendor, dueAt }: LockedSchedule,
  came: {
    trigger: 'due' | 'manual';
    outcome: StartedSchedule['outcome'];
    reason?: ScheduleReason;
    taskId?: string;
    runIds?: readonly string[];
  },
): Promise<StartedSchedule> {
  const { trigger, outcome, reason = null, taskId = null, runIds = [] } = came;
  await client.query(
    `INSERT INTO schedule_run (id, tenant_id, schedule_id, trigger, due_at, outcome, reason, task_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [uuidv7(), tenantId, scheduleId, trigger, trigger === 'due' ? dueAt : null, outcome, reason, taskId],
  );
  return { scheduleId, vendor, outcome, reason, taskId, runIds };
}
