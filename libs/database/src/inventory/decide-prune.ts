import { isRunOver, type PruneDecision, runOutcome, taskOutcome, type UnitState } from '#domain';

import type { Querier } from '../database.js';
import { announceFinishedTask } from '../outbox/announce-finished-task.js';
import { appendEvent } from '../outbox/append-event.js';
import { unitOfEvent } from '../outbox/unit-of-event.js';
import { markFresh, runStatesOf, setSyncStatus } from '../sync/end-run.js';
import { isBusy, lockPrunedUnit, type PrunedUnit, type UnitKey } from './lock-pruned-unit.js';
import { pruneMissing } from './prune-missing.js';

export interface PruneVerdict extends UnitKey {
  decision: PruneDecision;
  /** The credential that decides. */
  decidedBy: string;
}

/**
 * What came of a verdict: how many resources it tombstoned, or why it was not taken.
 *
 * - `unknown`: the tenant has no such unit in such a task
 * - `not-held`: its prune is not held (any more)
 * - `busy`: the account is being synced, which decides anew
 * - `superseded`: its cell was tried again since, so what this listing lacked may have been seen
 */
export type VerdictOutcome = { deleted: number } | 'unknown' | 'not-held' | 'busy' | 'superseded';

/**
 * PRUNE_HELD → SUCCEEDED. Approved, what the listing lacked is tombstoned, with the listing as evidence;
 * rejected, it stays. The run and the tasks that it belongs to end as they would have. The next listing is of all: of
 * what was rejected the vendor would not tell again. To be called in a transaction.
 */
export async function decidePrune(client: Querier, verdict: PruneVerdict): Promise<VerdictOutcome> {
  const unit = await lockPrunedUnit(client, verdict);
  if (unit === undefined) return 'unknown';
  if (unit.state !== 'PRUNE_HELD') return 'not-held';
  if (await isBusy(client, unit.accountId)) return 'busy';
  if (!(await isLatest(client, unit))) return 'superseded';
  const deleted = verdict.decision === 'approve' ? await pruneMissing(client, unit) : 0;
  await endUnit(client, verdict, deleted);
  const { decision, decidedBy } = verdict;
  await appendEvent(client, unit.tenantId, {
    type: 'prune.decided',
    payload: { ...unitOfEvent(unit), decision, decidedBy, deleted },
  });
  await settleAgain(client, unit.runId, unit.accountId);
  return { deleted };
}

/** Whether nobody has tried the unit's cell since: also a listing that failed may have seen what it lacked. */
async function isLatest(client: Querier, unit: PrunedUnit): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM coverage WHERE account_id = $1 AND resource_type = $2 AND scope_key = $3
       AND attempt_task_id = $4 AND attempt_outcome = 'held'`,
    [unit.accountId, unit.resourceType, unit.scopeKey, unit.taskId],
  );
  return rowCount === 1;
}

async function endUnit(client: Querier, verdict: PruneVerdict, deleted: number): Promise<void> {
  await client.query(
    `UPDATE sync_unit SET state = 'SUCCEEDED', deleted = $2, prune_decision = $3, prune_decided_by = $4,
       prune_decided_at = now() WHERE id = $1 AND state = 'PRUNE_HELD'`,
    [verdict.unitId, deleted, verdict.decision, verdict.decidedBy],
  );
  await client.query(
    `UPDATE coverage c SET attempt_outcome = CASE WHEN u.changed_since IS NULL THEN 'complete' ELSE 'incremental' END,
       complete_rows = complete_rows - CASE WHEN u.changed_since IS NULL THEN $2 ELSE 0 END, listed_at = NULL
     FROM sync_unit u WHERE u.id = $1 AND c.account_id = u.account_id AND c.scope_key = u.scope_key
       AND c.resource_type = u.resource_type`,
    [verdict.unitId, deleted],
  );
  await client.query('DELETE FROM sync_unit_page WHERE unit_id = $1', [verdict.unitId]);
}

/**
 * Says anew how the unit's run and the tasks over it ended: PARTIAL → SUCCEEDED, where this was all that was
 * missing. What was cancelled stays so.
 */
async function settleAgain(client: Querier, runId: string, accountId: string): Promise<void> {
  const units = await client.query<{ state: UnitState }>('SELECT state FROM sync_unit WHERE run_id = $1', [
    runId,
  ]);
  const outcome = runOutcome(units.rows.map(({ state }) => state));
  if (outcome !== 'SUCCEEDED') return;
  // One with an error of its own lacks what its source did not come to.
  const { rowCount } = await client.query(
    `UPDATE sync_run SET state = 'SUCCEEDED' WHERE id = $1 AND state = 'PARTIAL' AND error_kind IS NULL`,
    [runId],
  );
  if (rowCount === 0) return;
  await setSyncStatus(client, accountId, 'success', '');
  await markFresh(client, runId);
  const tasks = await client.query<{ id: string }>(
    `SELECT id FROM sync_task WHERE state = 'PARTIAL'
       AND id IN (SELECT task_id FROM sync_task_run WHERE run_id = $1) ORDER BY id FOR NO KEY UPDATE`,
    [runId],
  );
  for (const { id } of tasks.rows) {
    const states = await runStatesOf(client, id);
    // One of them may be tried again for the task that started it: this one stays as it ended.
    if (!states.every(isRunOver)) continue;
    const settled = taskOutcome(states);
    if (settled === 'PARTIAL') continue;
    await client.query(`UPDATE sync_task SET state = $2 WHERE id = $1 AND state = 'PARTIAL'`, [id, settled]);
    await announceFinishedTask(client, id);
  }
}
