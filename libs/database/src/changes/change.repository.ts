import type { Database } from '../database.js';
import { BEFORE_THE_FIRST, BEHIND_THE_LAST, type SerialWindow } from '../serial-window.js';
import { hasTask } from '../sync/has-task.js';
import { CHANGE_COLUMNS, JOIN_RESOURCE, type RecordedChange } from './recorded-change.js';

/** Reads what happened to resources. */
export class ChangeRepository {
  constructor(private readonly database: Database) {}

  /** What happened to a resource, newest first. Undefined when the tenant has, and had, no such resource. */
  async ofResource(
    tenantId: string,
    resourceId: string,
    { limit, marker = BEHIND_THE_LAST }: SerialWindow,
  ): Promise<RecordedChange[] | undefined> {
    const { pool } = this.database;
    const known = await pool.query(
      `SELECT FROM resource WHERE id = $1 AND tenant_id = $2
       UNION ALL SELECT FROM former_resource WHERE id = $1 AND tenant_id = $2`,
      [resourceId, tenantId],
    );
    if (known.rowCount === 0) return undefined;
    const { rows } = await pool.query<RecordedChange>(
      `SELECT ${CHANGE_COLUMNS} FROM resource_change c ${JOIN_RESOURCE}
       WHERE c.resource_id = $1 AND c.tenant_id = $2 AND c.id < $3 ORDER BY c.id DESC LIMIT $4`,
      [resourceId, tenantId, marker, limit],
    );
    return rows;
  }

  /**
   * What the syncs that a task waited for changed, oldest first; an account that was being synced already is
   * in it as a whole. While one of them runs, a page may later turn out to lack a change that was committed
   * behind the marker. Undefined when the tenant has no such task.
   */
  async ofTask(
    tenantId: string,
    taskId: string,
    { limit, marker = BEFORE_THE_FIRST }: SerialWindow,
  ): Promise<RecordedChange[] | undefined> {
    const { pool } = this.database;
    if (!(await hasTask(pool, { tenantId, taskId }))) return undefined;
    // Changes name the task that started the run, units the run: a page is read per starter, nearly always one.
    const { rows } = await pool.query<RecordedChange>(
      `SELECT ${CHANGE_COLUMNS}
       FROM (SELECT DISTINCT run.task_id FROM sync_task_run member JOIN sync_run run ON run.id = member.run_id
             WHERE member.task_id = $1) AS starter
       CROSS JOIN LATERAL (
         SELECT * FROM resource_change change
         WHERE change.task_id = starter.task_id AND change.tenant_id = $2 AND change.id > $3
           AND EXISTS (SELECT 1 FROM sync_unit unit JOIN sync_task_run member ON member.run_id = unit.run_id
                       WHERE unit.id = change.unit_id AND member.task_id = $1)
         ORDER BY change.id LIMIT $4) AS c
       ${JOIN_RESOURCE}
       ORDER BY c.id LIMIT $4`,
      [taskId, tenantId, marker, limit],
    );
    return rows;
  }
}
