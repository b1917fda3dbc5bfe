import { ACTIVE_RUN_STATES, type SyncMode, type UnitState } from '#domain';

import type { Querier } from '../database.js';
import type { TaskKey } from '../sync/started-accounts.js';
import type { ListedUnit } from './prune-missing.js';

/** A unit as a caller names it: another tenant's, or another task's, is the same as none. */
export interface UnitKey extends TaskKey {
  unitId: string;
}

/** A unit whose prune is to be decided about or undone, locked with its account. */
export interface PrunedUnit extends ListedUnit {
  runId: string;
  state: UnitState;
  mode: SyncMode;
  deleted: number;
  /** When its prune was undone. */
  undoneAt: Date | null;
  /** The age of its last listing's prune, in days; null before there was one. */
  pruneAgeDays: number | null;
  accountRemoved: boolean;
}

/**
 * Locks a unit of a task, its account before it: the order in which everything locks (see `lockAccountOf`).
 * Undefined when the tenant has no such unit in such a task.
 */
export async function lockPrunedUnit(client: Querier, key: UnitKey): Promise<PrunedUnit | undefined> {
  const account = await client.query(
    `SELECT FROM vendor_account WHERE id = (
       SELECT u.account_id FROM sync_unit u JOIN sync_task_run m ON m.run_id = u.run_id
       WHERE u.id = $1 AND u.tenant_id = $2 AND m.task_id = $3) FOR NO KEY UPDATE`,
    [key.unitId, key.tenantId, key.taskId],
  );
  if (account.rowCount === 0) return undefined;
  const { rows } = await client.query<PrunedUnit>(
    `SELECT u.id, u.tenant_id AS "tenantId", u.task_id AS "taskId", u.run_id AS "runId",
       u.account_id AS "accountId", u.vendor, u.resource_type AS "resourceType", u.scope_key AS "scopeKey",
       u.state, u.mode, u.deleted, u.prune_undone_at AS "undoneAt",
       extract(epoch FROM now() - coalesce(u.prune_decided_at, u.finished_at))::float8 / 86400 AS "pruneAgeDays",
       a.removed_at IS NOT NULL AS "accountRemoved"
     FROM sync_unit u JOIN vendor_account a ON a.id = u.account_id WHERE u.id = $1 FOR NO KEY UPDATE OF u`,
    [key.unitId],
  );
  return rows[0];
}

/** Whether a sync of the account is running. Whoever has locked the account keeps others from starting one. */
export async function isBusy(client: Querier, accountId: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM sync_run WHERE account_id = $1 AND state = ANY($2)', [
    accountId,
    ACTIVE_RUN_STATES,
  ]);
  return rowCount !== 0;
}
