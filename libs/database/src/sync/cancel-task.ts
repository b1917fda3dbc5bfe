import { isTaskOver, OPEN_RUN_STATES, OPEN_TASK_STATES, type TaskState, type Vendor } from '#domain';

import type { Querier } from '../database.js';
import { announceFinishedTask } from '../outbox/announce-finished-task.js';
import { cancelRuns, type LockedRun } from './end-run.js';
import { lockStartedAccounts, type TaskKey } from './started-accounts.js';

/** A task that was cancelled, and runs of other tasks that this set free: the queue must hear of them. */
export interface CancelledTask {
  vendor: Vendor;
  runIds: readonly string[];
}

/** What came of a wish to cancel a task. */
export type TaskCancellation = CancelledTask | 'unknown' | { over: TaskState };

/**
 * QUEUED | RUNNING → CANCELLED, for a task and the open runs that it started, with their units; what waited
 * for these runs starts. Runs of
 * other tasks, for which it only waits, go on without it; other tasks that wait for its runs end if these
 * were their last. To be called in a transaction. Locks in the order that `lockAccountOf` describes.
 */
export async function cancelTask(client: Querier, key: TaskKey): Promise<TaskCancellation> {
  await lockStartedAccounts(client, key.taskId);
  const runs = await client.query<LockedRun>(
    `SELECT id, account_id AS "accountId", state, mode FROM sync_run
     WHERE task_id = $1 AND tenant_id = $2 AND state = ANY($3) ORDER BY id FOR NO KEY UPDATE`,
    [key.taskId, key.tenantId, OPEN_RUN_STATES],
  );
  // All tasks that any of the runs ends, at once and in id order: taken run by run they could meet another
  // run's end the other way round.
  const tasks = await client.query<{ id: string; state: TaskState; vendor: Vendor }>(
    `SELECT id, state, vendor FROM sync_task
     WHERE tenant_id = $2 AND (id = $1 OR (state = ANY($4)
       AND id IN (SELECT task_id FROM sync_task_run WHERE run_id = ANY($3))))
     ORDER BY id FOR NO KEY UPDATE`,
    [key.taskId, key.tenantId, runs.rows.map(({ id }) => id), OPEN_TASK_STATES],
  );
  const task = tasks.rows.find(({ id }) => id === key.taskId);
  if (task === undefined) return 'unknown';
  if (isTaskOver(task.state)) return { over: task.state };
  // Before its runs end: they would end it by their outcomes, which may be mixed.
  await client.query(
    `UPDATE sync_task SET state = 'CANCELLED', finished_at = now(), started_at = coalesce(started_at, now())
     WHERE id = $1 AND state = ANY($2)`,
    [key.taskId, OPEN_TASK_STATES],
  );
  const runIds = await cancelRuns(client, runs.rows, 'The sync was cancelled.');
  await announceFinishedTask(client, key.taskId);
  return { vendor: task.vendor, runIds };
}
