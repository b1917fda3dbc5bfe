import type { SyncMode, UnitState } from '#domain';

import type { PatchOperation } from '../changes/recorded-change.js';
import type { Database } from '../database.js';
import type { PlanItemKind } from '../inventory/plan-sample.js';
import type { TaskKey } from './started-accounts.js';

/** A resource that a plan would write or delete. */
export interface PlanItem {
  kind: PlanItemKind;
  nativeId: string;
  name: string;
  /** What an update would change. */
  patch: PatchOperation[] | null;
}

/** What a plan's unit would do, and a sample of it. */
export interface PlannedCell {
  unitId: string;
  /** The account's id at the vendor. */
  accountId: string;
  scope: string;
  resourceType: string;
  state: UnitState;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  /** Deletions that the guard would hold back. */
  heldDeletes: number;
  sample: PlanItem[];
}

/** Which cells to read: so many, from behind a unit's id on. */
export interface PlanWindow {
  limit: number;
  marker?: string;
}

interface CellRow extends Omit<PlannedCell, 'sample'> {
  sample: PlanItem[] | null;
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** Reads what plans found. */
export class PlanRepository {
  constructor(private readonly database: Database) {}

  /**
   * A page of a plan's cells, in the order of unit ids. `unknown`: the tenant has no such task; `sync`: the
   * task is no plan, it writes what it lists.
   */
  async cells(
    { tenantId, taskId }: TaskKey,
    { limit, marker = NIL_UUID }: PlanWindow,
  ): Promise<PlannedCell[] | 'unknown' | 'sync'> {
    const { pool } = this.database;
    const tasks = await pool.query<{ mode: SyncMode }>(
      'SELECT mode FROM sync_task WHERE id = $1 AND tenant_id = $2',
      [taskId, tenantId],
    );
    const mode = tasks.rows[0]?.mode;
    if (mode !== 'plan') return mode ?? 'unknown';
    const { rows } = await pool.query<CellRow>(
      `SELECT unit.id AS "unitId", account.account_id AS "accountId", unit.scope_name AS scope,
         unit.resource_type AS "resourceType", unit.state, unit.created, unit.updated, unit.unchanged,
         unit.deleted, unit.held_deletes AS "heldDeletes",
         (SELECT jsonb_agg(jsonb_build_object('kind', kind, 'nativeId', native_id, 'name', name, 'patch', patch)
                           ORDER BY kind, position)
          FROM sync_plan_item WHERE unit_id = unit.id) AS sample
       FROM sync_task_run member JOIN sync_unit unit ON unit.run_id = member.run_id
       JOIN vendor_account account ON account.id = unit.account_id
       WHERE member.task_id = $1 AND unit.id > $2 ORDER BY unit.id LIMIT $3`,
      [taskId, marker, limit],
    );
    return rows.map((row) => ({ ...row, sample: row.sample ?? [] }));
  }
}
