import {
  ACTIVE_RUN_STATES,
  isTaskOver,
  OPEN_RUN_STATES,
  OPEN_TASK_STATES,
  type SyncMode,
  type TaskState,
  type Vendor,
} from '#domain';

import type { Querier } from '../database.js';
import { appendEvent } from '../outbox/append-event.js';
import { FORGET_LISTING } from './begin-listing.js';
import { setSyncStatus } from './end-run.js';
import { lockStartedAccounts, type TaskKey } from './started-accounts.js';

/** A task that runs again: the queue must hear of its runs. */
export interface RetriedTask {
  vendor: Vendor;
  runIds: readonly string[];
}

/**
 * What came of a wish to retry a task. `busyWith`: another sync of one of its accounts is running.
 */
export type TaskRetry =
  RetriedTask | 'unknown' | { open: TaskState } | 'nothingFailed' | { busyWith: string };

interface FailedRun {
  id: string;
  accountId: string;
  mode: SyncMode;
}

/**
 * Tries the failed parts of a finished task again, in the same task: its FAILED units → QUEUED, from their
 * first page on, their runs → RUNNING; runs that could not be planned → QUEUED. What succeeded, was skipped,
 * held or cancelled stays as it is, and so do runs of other tasks for which it only waited, and accounts
 * that were removed since. A source that posts its pages by itself may post those of the FAILED units again. All of it or, when another sync runs for one of the accounts, nothing.
 * To be called in a transaction. Locks in the order that `lockAccountOf` describes.
 */
export async function retryTask(client: Querier, key: TaskKey): Promise<TaskRetry> {
  await lockStartedAccounts(client, key.taskId);
  const runs = await lockFailedRuns(client, key);
  const task = await client.query<{ state: TaskState; vendor: Vendor }>(
    'SELECT state, vendor FROM sync_task WHERE id = $1 AND tenant_id = $2 FOR NO KEY UPDATE',
    [key.taskId, key.tenantId],
  );
  const [found] = task.rows;
  if (found === undefined) return 'unknown';
  if (!isTaskOver(found.state)) return { open: found.state };
  if (runs.length === 0) return 'nothingFailed';
  const busyWith = await findActiveTask(client, runs);
  if (busyWith !== undefined) return { busyWith };
  await reopen(client, key.taskId, runs);
  const { vendor } = found;
  await appendEvent(client, key.tenantId, { type: 'task.retried', payload: { taskId: key.taskId, vendor } });
  return { vendor, runIds: runs.map(({ id }) => id) };
}

/** Runs that the task started, of accounts that are still there, and that have something to try again. */
async function lockFailedRuns(client: Querier, key: TaskKey): Promise<FailedRun[]> {
  const { rows } = await client.query<FailedRun>(
    `SELECT r.id, r.account_id AS "accountId", r.mode FROM sync_run r JOIN vendor_account a ON a.id = r.account_id
     WHERE r.task_id = $1 AND r.tenant_id = $2 AND a.removed_at IS NULL AND r.state <> ALL($3) AND (
       (r.state = 'FAILED' AND r.planned_at IS NULL)
       OR EXISTS (SELECT FROM sync_unit u WHERE u.run_id = r.id AND u.state = 'FAILED'))
     ORDER BY r.id FOR NO KEY UPDATE OF r`,
    [key.taskId, key.tenantId, OPEN_RUN_STATES],
  );
  return rows;
}

async function findActiveTask(client: Querier, runs: readonly FailedRun[]): Promise<string | undefined> {
  const { rows } = await client.query<{ taskId: string }>(
    `SELECT task_id AS "taskId" FROM sync_run WHERE account_id = ANY($1) AND state = ANY($2)
     ORDER BY id LIMIT 1`,
    [runs.map(({ accountId }) => accountId), ACTIVE_RUN_STATES],
  );
  return rows[0]?.taskId;
}

async function reopen(client: Querier, taskId: string, runs: readonly FailedRun[]): Promise<void> {
  const runIds = runs.map(({ id }) => id);
  // What their pages saw was forgotten when they failed, so the checkpoint is worth nothing. What they wrote
  // stays counted: the guard must not take it for known before. `started_at` stays: it tells that the unit had
  // a job before (see `RunAdvance.again`).
  await client.query(
    `UPDATE sync_unit SET state = 'QUEUED', attempts = 0, restarts = 0, next_attempt_at = NULL, enqueued_at = NULL,
       waiting_since = NULL, waiting_for = NULL, ${FORGET_LISTING}, finished_at = NULL,
       error_kind = NULL, error_code = NULL, error_message = NULL
     WHERE run_id = ANY($1) AND state = 'FAILED'`,
    [runIds],
  );
  await client.query(
    `DELETE FROM sync_plan_item WHERE unit_id IN (
       SELECT id FROM sync_unit WHERE run_id = ANY($1) AND state = 'QUEUED')`,
    [runIds],
  );
  await client.query(
    `UPDATE sync_run r SET state = CASE WHEN planned_at IS NULL THEN 'QUEUED' ELSE 'RUNNING' END,
       pages_until = CASE WHEN pushed THEN now() + a.push_timeout_seconds * interval '1 second' END,
       attempts = 0, next_attempt_at = NULL, enqueued_at = now(), finished_at = NULL,
       error_kind = NULL, error_code = NULL, error_message = NULL
     FROM vendor_account a WHERE r.id = ANY($1) AND r.state <> ALL($2) AND a.id = r.account_id`,
    [runIds, OPEN_RUN_STATES],
  );
  await client.query(
    `UPDATE sync_task SET state = 'RUNNING', finished_at = NULL WHERE id = $1 AND state <> ALL($2)`,
    [taskId, OPEN_TASK_STATES],
  );
  for (const { accountId, mode } of runs) {
    if (mode === 'sync') await setSyncStatus(client, accountId, 'running', '');
  }
}
