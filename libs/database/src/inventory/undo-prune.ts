import type { Querier } from '../database.js';
import { appendEvent } from '../outbox/append-event.js';
import { unitOfEvent } from '../outbox/unit-of-event.js';
import { writeChanges } from '../outbox/write-changes.js';
import { isBusy, lockPrunedUnit, type PrunedUnit, type UnitKey } from './lock-pruned-unit.js';
import { cellOf } from './prune-missing.js';

/** Who wants which unit's prune undone. */
export interface PruneUndo extends UnitKey {
  /** The credential that undoes it. */
  undoneBy: string;
}

/**
 * What came of a wish to undo a prune: how many resources it brought back, or why it did not.
 *
 * - `unknown`: the tenant has no such unit in such a task
 * - `nothing-pruned`: the unit deleted nothing
 * - `undone`: it was undone before
 * - `expired`: its tombstones have been kept long enough
 * - `removed`: the account was removed, with all that it had
 * - `busy`: the account is being synced, which may bring back or delete the same resources
 */
export type UndoOutcome =
  { restored: number } | 'unknown' | 'nothing-pruned' | 'undone' | 'expired' | 'removed' | 'busy';

/**
 * Brings back what a unit's prune deleted, by itself or approved, as far as nothing else has brought it back
 * since. The changes have the unit as evidence. The next listing, which is of all, deletes them again if it lacks them.
 * To be called in a transaction.
 * @param days for how long tombstones are kept
 */
export async function undoPrune(client: Querier, undo: PruneUndo, days: number): Promise<UndoOutcome> {
  const unit = await lockPrunedUnit(client, undo);
  if (unit === undefined) return 'unknown';
  const refusal = refuse(unit, days);
  if (refusal !== undefined) return refusal;
  if (await isBusy(client, unit.accountId)) return 'busy';
  const restored = await restore(client, unit);
  await client.query(
    `UPDATE sync_unit SET prune_undone_by = $2, prune_undone_at = now(), prune_restored = $3 WHERE id = $1`,
    [unit.id, undo.undoneBy, restored],
  );
  await client.query(
    `UPDATE coverage SET listed_at = NULL,
       complete_rows = complete_rows + CASE WHEN u.changed_since IS NULL THEN $5 ELSE 0 END
     FROM sync_unit u WHERE u.id = $4
       AND coverage.account_id = $1 AND coverage.resource_type = $2 AND coverage.scope_key = $3`,
    [...cellOf(unit), restored],
  );
  await appendEvent(client, unit.tenantId, {
    type: 'prune.undone',
    payload: { ...unitOfEvent(unit), undoneBy: undo.undoneBy, restored },
  });
  return { restored };
}

function refuse(unit: PrunedUnit, days: number): Exclude<UndoOutcome, object> | undefined {
  // What a plan would have deleted is counted as well, but was not.
  if (unit.mode === 'plan' || unit.deleted === 0 || unit.pruneAgeDays === null) return 'nothing-pruned';
  if (unit.undoneAt !== null) return 'undone';
  if (unit.accountRemoved) return 'removed';
  return unit.pruneAgeDays > days ? 'expired' : undefined;
}

function restore(client: Querier, unit: PrunedUnit): Promise<number> {
  return writeChanges(
    client,
    { tenantId: unit.tenantId, owner: unitOfEvent(unit) },
    {
      text: `WITH restored AS (
         UPDATE resource SET deleted_at = NULL, deleted_by_unit_id = NULL, changed_at = now(),
           changed_by_task_id = $3
         WHERE deleted_by_unit_id = $2 RETURNING id, content_hash
       ), recorded AS (
         INSERT INTO resource_change (tenant_id, task_id, unit_id, resource_id, kind, after_hash)
         SELECT $1, $3, $2, id, 'RESTORED', content_hash FROM restored RETURNING id)`,
      values: [unit.tenantId, unit.id, unit.taskId],
    },
    (restored) => ({ restored }),
  );
}
