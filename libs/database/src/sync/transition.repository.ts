import type { SyncErrorKind } from '#domain';

import type { Database } from '../database.js';
import { BEFORE_THE_FIRST, type SerialWindow } from '../serial-window.js';
import { hasTask } from './has-task.js';
import type { TaskKey } from './started-accounts.js';

/** A recorded change of state of a task, a run or a unit. The database records it by itself, by a trigger. */
export interface RecordedTransition {
  /** Digits: it has more than a number keeps. */
  id: string;
  /** task | run | unit */
  entity: string;
  entityId: string;
  /** Of a run and its units: the task that started it. */
  taskId: string;
  /** The vendor's id of the account; null for a task. */
  accountId: string | null;
  /** Null for a task or a run. */
  scope: string | null;
  resourceType: string | null;
  /** START when it was made. */
  from: string;
  to: string;
  /** taken_over, for one from RUNNING to RUNNING; else null. */
  reason: string | null;
  /** What failed, where that is why. */
  errorKind: SyncErrorKind | null;
  errorCode: string | null;
  at: Date;
}

/** Reads what happened to tasks, runs and units. */
export class TransitionRepository {
  constructor(private readonly database: Database) {}

  /**
   * What happened to a task and to the runs it waits for, with their units, oldest first; a run that another
   * task started is in it as a whole. While it is open, a page may later turn out to lack a transition that
   * was committed behind the marker. Undefined when the tenant has no such task.
   */
  async ofTask(
    { tenantId, taskId }: TaskKey,
    { limit, marker = BEFORE_THE_FIRST }: SerialWindow,
  ): Promise<RecordedTransition[] | undefined> {
    const { pool } = this.database;
    if (!(await hasTask(pool, { tenantId, taskId }))) return undefined;
    // Transitions of runs and units name the task that started the run: a page is read per starter.
    const { rows } = await pool.query<RecordedTransition>(
      `SELECT t.id::text, t.entity, t.entity_id AS "entityId", t.task_id AS "taskId",
         account.account_id AS "accountId", unit.scope_name AS scope, unit.resource_type AS "resourceType",
         t.from_state AS "from", t.to_state AS "to", t.reason, t.error_kind AS "errorKind",
         t.error_code AS "errorCode", t.at
       FROM (SELECT $1::uuid AS task_id
             UNION SELECT run.task_id FROM sync_task_run member JOIN sync_run run ON run.id = member.run_id
             WHERE member.task_id = $1) AS starter
       CROSS JOIN LATERAL (
         SELECT * FROM sync_transition transition
         WHERE transition.task_id = starter.task_id AND transition.tenant_id = $2 AND transition.id > $3
           AND (transition.entity_id = $1 OR EXISTS (
             SELECT 1 FROM sync_task_run member
             WHERE member.run_id = transition.run_id AND member.task_id = $1))
         ORDER BY transition.id LIMIT $4) AS t
       LEFT JOIN sync_run run ON run.id = t.run_id
       LEFT JOIN vendor_account account ON account.id = run.account_id
       LEFT JOIN sync_unit unit ON unit.id = t.entity_id
       ORDER BY t.id LIMIT $4`,
      [taskId, tenantId, marker, limit],
    );
    return rows;
  }
}
