import { v7 as uuidv7 } from 'uuid';

import type { TaskState, Timetable, Timing, Vendor } from '#domain';

import type { ListWindow } from '../accounts/account.repository.js';
import type { Database, Querier } from '../database.js';
import { isUniqueViolation } from '../errors.js';
import type { KeyClaim } from '../idempotency/keep-task.js';
import { databaseTime } from './database-time.js';
import {
  type Schedule,
  SCHEDULE_COLUMNS,
  type ScheduleRow,
  timingColumns,
  toSchedule,
} from './schedule-row.js';
import {
  type ScheduleReason,
  startDueSchedule,
  type StartedSchedule,
  startScheduleNow,
} from './start-schedule.js';

/** A schedule as a caller names it: another tenant's is the same as none. */
export interface ScheduleKey {
  tenantId: string;
  id: string;
}

export interface NewSchedule {
  tenantId: string;
  vendor: Vendor;
  /** The vendor's id of the account; absent for every account of the vendor. */
  accountId?: string;
  timing: Timing;
  /** The credential that asked. */
  createdBy: string;
}

export interface ScheduleFilter {
  vendor?: string;
  accountId?: string;
}

/** What came of a time of a schedule. */
export interface ScheduleRun {
  id: string;
  trigger: 'due' | 'manual';
  dueAt: Date | null;
  at: Date;
  outcome: StartedSchedule['outcome'];
  reason: ScheduleReason | null;
  taskId: string | null;
  /** Of that task now. */
  taskState: TaskState | null;
}

/** What came of changing a schedule; one of an account's settings is changed by them alone. */
export type ScheduleChange = 'done' | 'unknown' | 'ofSettings' | 'exists';

/** Without those of accounts that were removed while they were made: the next time they are due ends them. */
const SCHEDULES = `FROM schedule s LEFT JOIN vendor_account a ON a.id = s.account_id
  WHERE (s.account_id IS NULL OR a.removed_at IS NULL)`;
const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const OLDEST = '00000000-0000-0000-0000-000000000000';

/** Schedules, their next time, and what came of their times. */
export class ScheduleRepository {
  constructor(private readonly database: Database) {}

  /** Adds a schedule and returns its id, or says that the account is not there, or the schedule is already. */
  async create(
    schedule: NewSchedule,
    timetable: Timetable,
  ): Promise<{ id: string } | 'noAccount' | 'exists'> {
    const { tenantId, vendor, accountId, timing, createdBy } = schedule;
    return this.database.transaction(async (client) => {
      const account =
        accountId === undefined ? null : await findAccount(client, { tenantId, vendor, accountId });
      if (account === undefined) return 'noAccount';
      const now = await databaseTime(client);
      const { dueAt, runAt } = timetable(timing, { after: now, anchor: now });
      const id = uuidv7();
      const { rowCount } = await client.query(
        `INSERT INTO schedule (id, tenant_id, vendor, account_id, created_by, cron, interval_seconds, time_zone,
           jitter_seconds, due_at, next_run_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
        [id, tenantId, vendor, account, createdBy, ...timingColumns(timing), dueAt, runAt],
      );
      return rowCount === 1 ? { id } : 'exists';
    });
  }

  async find({ tenantId, id }: ScheduleKey): Promise<Schedule | undefined> {
    const { rows } = await this.database.pool.query<ScheduleRow>(
      `SELECT ${SCHEDULE_COLUMNS} ${SCHEDULES} AND s.id = $1 AND s.tenant_id = $2`,
      [id, tenantId],
    );
    return rows.map(toSchedule)[0];
  }

  /** A page of a tenant's schedules, oldest first, and how many match in all. */
  async list(
    tenantId: string,
    { vendor, accountId }: ScheduleFilter,
    { limit, offset, marker }: ListWindow,
  ): Promise<{ schedules: Schedule[]; total: number }> {
    const matching = `${SCHEDULES} AND s.tenant_id = $1 AND ($2::text IS NULL OR s.vendor = $2)
      AND ($3::text IS NULL OR a.account_id = $3)`;
    const filter = [tenantId, vendor ?? null, accountId ?? null];
    const { pool } = this.database;
    const [counted, { rows }] = await Promise.all([
      pool.query<{ total: number }>(`SELECT count(*)::int AS total ${matching}`, filter),
      pool.query<ScheduleRow>(
        `SELECT ${SCHEDULE_COLUMNS} ${matching} AND s.id > $4 ORDER BY s.id LIMIT $5 OFFSET $6`,
        [...filter, marker ?? OLDEST, limit, marker === undefined ? offset : 0],
      ),
    ]);
    return { schedules: rows.map(toSchedule), total: counted.rows[0]?.total ?? 0 };
  }

  /** Gives a schedule another timing, which begins now. One that is paused stays paused. */
  async change(key: ScheduleKey, timing: Timing, timetable: Timetable): Promise<ScheduleChange> {
    const change = this.changing(key, async (client, { pausedAt, fromSettings }) => {
      if (fromSettings) return 'ofSettings';
      const now = await databaseTime(client);
      const { dueAt, runAt } = timetable(timing, { after: now, anchor: now });
      await client.query(
        `UPDATE schedule SET cron = $2, interval_seconds = $3, time_zone = $4, jitter_seconds = $5, due_at = $6,
           next_run_at = $7, updated_at = now() WHERE id = $1`,
        [key.id, ...timingColumns(timing), dueAt, pausedAt === null ? runAt : null],
      );
      return 'done';
    });
    return change.catch((error: unknown) => {
      if (isUniqueViolation(error)) return 'exists';
      throw error;
    });
  }

  /** Removes a schedule with its history. Syncs that it has started go on. */
  async remove(key: ScheduleKey): Promise<ScheduleChange> {
    return this.changing(key, async (client, { fromSettings }) => {
      if (fromSettings) return 'ofSettings';
      await client.query('DELETE FROM schedule WHERE id = $1', [key.id]);
      return 'done';
    });
  }

  /** Nothing is due of it until it is resumed. */
  async pause(key: ScheduleKey): Promise<ScheduleChange> {
    return this.changing(key, async (client) => {
      await client.query(
        `UPDATE schedule SET paused_at = now(), next_run_at = NULL, updated_at = now()
         WHERE id = $1 AND paused_at IS NULL`,
        [key.id],
      );
      return 'done';
    });
  }

  /** Its next time is the first from now on: what it has missed is not made up for. */
  async resume(key: ScheduleKey, timetable: Timetable): Promise<ScheduleChange> {
    return this.changing(key, async (client, { pausedAt, timing, dueAt: anchor }) => {
      if (pausedAt === null) return 'done';
      const { dueAt, runAt } = timetable(timing, { after: await databaseTime(client), anchor });
      await client.query(
        `UPDATE schedule SET paused_at = NULL, due_at = $2, next_run_at = $3, updated_at = now() WHERE id = $1`,
        [key.id, dueAt, runAt],
      );
      return 'done';
    });
  }

  /** Starts what is due the longest; see {@link startDueSchedule}. */
  async startDue(vendors: readonly Vendor[], timetable: Timetable): Promise<StartedSchedule | undefined> {
    return this.database.transaction((client) => startDueSchedule(client, vendors, timetable));
  }

  /** Starts a schedule's sync now; see {@link startScheduleNow}. */
  async startNow(
    key: ScheduleKey,
    origin: { requestedBy: string; keyClaim?: KeyClaim | undefined },
  ): Promise<StartedSchedule | undefined> {
    return this.database.transaction((client) => startScheduleNow(client, key, origin));
  }

  /** What came of its times, newest first; undefined when the tenant has no such schedule. */
  async runs({ tenantId, id }: ScheduleKey, { limit, marker }: { limit: number; marker?: string }) {
    if ((await this.find({ tenantId, id })) === undefined) return undefined;
    const { rows } = await this.database.pool.query<ScheduleRun>(
      `SELECT r.id, r.trigger, r.due_at AS "dueAt", r.at, r.outcome, r.reason, r.task_id AS "taskId",
         t.state AS "taskState"
       FROM schedule_run r LEFT JOIN sync_task t ON t.id = r.task_id
       WHERE r.schedule_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3`,
      [id, marker ?? NEWEST, limit],
    );
    return rows;
  }

  /** Changes a schedule that is locked meanwhile. */
  private async changing(
    { tenantId, id }: ScheduleKey,
    change: (client: Querier, schedule: Schedule) => Promise<ScheduleChange>,
  ): Promise<ScheduleChange> {
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<ScheduleRow>(
        `SELECT ${SCHEDULE_COLUMNS} ${SCHEDULES} AND s.id = $1 AND s.tenant_id = $2 FOR UPDATE OF s`,
        [id, tenantId],
      );
      const [schedule] = rows.map(toSchedule);
      return schedule === undefined ? 'unknown' : change(client, schedule);
    });
  }
}

async function findAccount(
  client: Querier,
  { tenantId, vendor, accountId }: { tenantId: string; vendor: Vendor; accountId: string },
): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM vendor_account WHERE tenant_id = $1 AND vendor = $2 AND account_id = $3 AND removed_at IS NULL`,
    [tenantId, vendor, accountId],
  );
  return rows[0]?.id;
}
