import { type Amount, OPEN_TASK_STATES, OPEN_UNIT_STATES, WAIT_CAUSES, type WaitCause } from '#domain';

import type { Database } from '../database.js';
import { TASK_HEAD_COLUMNS, type TaskHead, type UnitCounts } from './list-tasks.js';

/** How far a task is: its units, added up. */
export interface TaskProgress extends TaskHead, UnitCounts {
  units: number;
  pages: number;
  /** Calls made of the vendor. */
  calls: number;
  /**
   * Units that are not over, and the resources that their last complete listings had and they have not seen yet; of one
   * that lists what has changed nobody knows how much that is.
   */
  left: Amount;
  /** Whether of any unit that is not over it is known how much it had. */
  isEstimable: boolean;
  /** Units that wait now, by what for. */
  waiting: Partial<Record<WaitCause, number>>;
  /** The transaction that wrote its state has a smaller id. */
  horizon: string;
}

/** Of the units `unit`, how many wait for each cause, in pairs for an object. */
const WAITING = WAIT_CAUSES.map(
  (cause) => `'${cause}', nullif(count(*) FILTER (WHERE is_open AND waiting_for = '${cause}'), 0)`,
).join(', ');

/** How far tasks are, for those who watch them. */
export class ProgressRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when the tenant has no such task. */
  async ofTask(tenantId: string, taskId: string): Promise<TaskProgress | undefined> {
    const [found] = await this.read('WHERE tenant_id = $2 AND id = $3', [tenantId, taskId]);
    return found;
  }

  /** A tenant's tasks that are not over, the newest first. */
  async ofOpenTasks(tenantId: string, limit: number): Promise<TaskProgress[]> {
    return this.read('WHERE tenant_id = $2 AND state = ANY ($3) ORDER BY id DESC LIMIT $4', [
      tenantId,
      OPEN_TASK_STATES,
      limit,
    ]);
  }

  private async read(which: string, values: readonly unknown[]): Promise<TaskProgress[]> {
    const { rows } = await this.database.pool.query<TaskProgress>(
      `SELECT ${TASK_HEAD_COLUMNS}, parts.*, pg_snapshot_xmax(pg_current_snapshot())::text AS horizon
       FROM (SELECT * FROM sync_task ${which}) AS task
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS units, coalesce(sum(pages), 0)::int AS pages,
           coalesce(sum(vendor_calls), 0)::int AS calls, coalesce(sum(seen), 0)::int AS seen,
           coalesce(sum(created), 0)::int AS created, coalesce(sum(updated), 0)::int AS updated,
           coalesce(sum(unchanged), 0)::int AS unchanged, coalesce(sum(deleted), 0)::int AS deleted,
           jsonb_build_object('units', count(*) FILTER (WHERE is_open), 'resources',
             coalesce(sum(greatest(0, complete_rows - seen)) FILTER (WHERE is_open), 0)) AS left,
           count(complete_rows) FILTER (WHERE is_open) > 0 OR bool_and(NOT is_open) AS "isEstimable",
           jsonb_strip_nulls(jsonb_build_object(${WAITING})) AS waiting
         FROM (
           SELECT unit.*, unit.state = ANY ($1) AS is_open, known.complete_rows
           FROM sync_task_run member JOIN sync_unit unit ON unit.run_id = member.run_id
           LEFT JOIN coverage known ON (known.account_id, known.scope_key, known.resource_type)
             = (unit.account_id, unit.scope_key, unit.resource_type) AND unit.changed_since IS NULL
           WHERE member.task_id = task.id) AS unit) AS parts
       ORDER BY task.id DESC`,
      [OPEN_UNIT_STATES, ...values],
    );
    return rows;
  }
}
