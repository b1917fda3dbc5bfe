import type { SyncMode, TaskState, TaskTrigger, UnitState, Vendor } from '#domain';

import type { Querier } from '../database.js';

/** Which tasks, newest first. What is absent does not matter. */
export interface TaskFilter {
  vendor?: Vendor;
  /** The vendor's id of an account that the task synced, alone or among others. */
  accountId?: string;
  states?: readonly TaskState[];
  trigger?: TaskTrigger;
  /** Asked for at this time or later. */
  since?: Date;
}

/** A task itself, whatever of its parts is told with it. */
export interface TaskHead {
  id: string;
  vendor: Vendor;
  /** The vendor's id of the account that was asked for; null for all of the vendor's. */
  accountFilter: string | null;
  trigger: string;
  mode: SyncMode;
  state: TaskState;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** A task, and how far it is, without its parts. */
export interface TaskSummary extends TaskHead {
  /** How many accounts it syncs. */
  accounts: number;
  units: readonly UnitsInState[];
}

/** What units have seen and changed. */
export interface UnitCounts {
  seen: number;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
}

/** The units of a task that are in one state, and the sums of their counts. */
export interface UnitsInState extends UnitCounts {
  state: UnitState;
  units: number;
}

/** Of the tasks `task`, a {@link TaskHead}. */
export const TASK_HEAD_COLUMNS = `task.id, task.vendor, task.account_filter AS "accountFilter", task.trigger,
  task.mode, task.state, task.created_at AS "createdAt", task.started_at AS "startedAt",
  task.finished_at AS "finishedAt"`;

/** A page of a tenant's tasks, newest first: those asked for before the marker's. */
export async function listTasks(
  client: Querier,
  tenantId: string,
  { vendor, accountId, states, trigger, since }: TaskFilter,
  { limit, marker }: { limit: number; marker?: string },
): Promise<TaskSummary[]> {
  // Ids of tasks are in the order of their times (UUIDv7), as the index is.
  const { rows } = await client.query<TaskSummary>(
    `SELECT ${TASK_HEAD_COLUMNS},
       (SELECT count(*)::int FROM sync_task_run member WHERE member.task_id = task.id) AS accounts, parts.units
     FROM (
       SELECT * FROM sync_task
       WHERE tenant_id = $1
         AND ($2::uuid IS NULL OR id < $2)
         AND ($3::text IS NULL OR vendor = $3)
         AND ($4::text[] IS NULL OR state = ANY ($4))
         AND ($5::text IS NULL OR trigger = $5)
         AND ($6::timestamptz IS NULL OR created_at >= $6)
         AND ($7::text IS NULL OR id IN (
           SELECT member.task_id FROM vendor_account account
           JOIN sync_run run ON run.account_id = account.id
           JOIN sync_task_run member ON member.run_id = run.id
           WHERE account.tenant_id = $1 AND account.account_id = $7))
       ORDER BY id DESC LIMIT $8) AS task
     CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_agg(by_state), '[]') AS units FROM (
         SELECT unit.state, count(*) AS units, sum(unit.seen) AS seen, sum(unit.created) AS created,
           sum(unit.updated) AS updated, sum(unit.unchanged) AS unchanged, sum(unit.deleted) AS deleted
         FROM sync_task_run member JOIN sync_unit unit ON unit.run_id = member.run_id
         WHERE member.task_id = task.id GROUP BY unit.state ORDER BY unit.state) AS by_state) AS parts
     ORDER BY task.id DESC`,
    [
      tenantId,
      marker ?? null,
      vendor ?? null,
      states ?? null,
      trigger ?? null,
      since ?? null,
      accountId ?? null,
      limit,
    ],
  );
  return rows;
}
