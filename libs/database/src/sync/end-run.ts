import {
  ACTIVE_RUN_STATES,
  isRunOver,
  OPEN_RUN_STATES,
  OPEN_TASK_STATES,
  type RunState,
  type SyncMode,
  taskOutcome,
  type TaskState,
} from '#domain';

import type { Querier } from '../database.js';
import { announceFinishedTask } from '../outbox/announce-finished-task.js';
import { storableText } from '../storable-text.js';
import { cancelUnits } from './unit.repository.js';

/** A run and its account, both locked by the caller. */
export interface LockedRun {
  id: string;
  accountId: string;
  state: RunState;
  mode: SyncMode;
}

/**
 * The open states → CANCELLED, for runs that the caller has locked, and their units. The runs come before
 * the units: whoever is just writing a run's plan is through then, and its units are seen.
 * @returns the runs that this sets free; the queue must hear of them
 */
export async function cancelRuns(
  client: Querier,
  runs: readonly LockedRun[],
  why: string,
): Promise<string[]> {
  await cancelUnits(
    client,
    runs.map(({ id }) => id),
  );
  const next: string[] = [];
  // What waits before what it waits for, or it would be set free in between.
  const inOrder = runs.toSorted((a, b) => Number(b.state === 'PENDING') - Number(a.state === 'PENDING'));
  for (const run of inOrder) next.push(...(await endRun(client, run, 'CANCELLED', why)));
  return next;
}

/**
 * The open states → a final one, for a run, its account, and every task that has no open run left.
 * @returns the run that waited for this one, if there is one: it is QUEUED now, and the queue must hear of it
 */
export async function endRun(
  client: Querier,
  run: LockedRun,
  state: TaskState,
  failure: string,
): Promise<string[]> {
  await client.query(
    `UPDATE sync_run SET state = $2, finished_at = now(), lease_token = NULL, lease_until = NULL,
       pages_until = NULL
     WHERE id = $1 AND state = ANY($3)`,
    [run.id, state, OPEN_RUN_STATES],
  );
  // A plan is no sync of the account, and neither is what never began beside the one that runs.
  if (run.mode === 'sync' && run.state !== 'PENDING') {
    await setSyncStatus(client, run.accountId, state === 'SUCCEEDED' ? 'success' : 'failed', failure);
    if (state === 'SUCCEEDED') await markFresh(client, run.id);
  }
  // Locked in id order, so that two runs that end together neither deadlock nor both miss being the last.
  const tasks = await client.query<{ id: string }>(
    `SELECT id FROM sync_task WHERE state = ANY($2)
       AND id IN (SELECT task_id FROM sync_task_run WHERE run_id = $1) ORDER BY id FOR NO KEY UPDATE`,
    [run.id, OPEN_TASK_STATES],
  );
  for (const task of tasks.rows) await endTask(client, task.id);
  return startPending(client, run.accountId);
}

/** PENDING → QUEUED, for the account's run that waits longest, once none is active. */
async function startPending(client: Querier, accountId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string; mode: SyncMode }>(
    `UPDATE sync_run SET state = 'QUEUED', enqueued_at = now()
     WHERE id = (SELECT id FROM sync_run WHERE account_id = $1 AND state = 'PENDING' ORDER BY id LIMIT 1)
       AND NOT EXISTS (SELECT FROM sync_run WHERE account_id = $1 AND state = ANY($2))
     RETURNING id, mode`,
    [accountId, ACTIVE_RUN_STATES],
  );
  if (rows.some(({ mode }) => mode === 'sync')) await setSyncStatus(client, accountId, 'waiting', '');
  return rows.map(({ id }) => id);
}

async function endTask(client: Querier, taskId: string): Promise<void> {
  const states = await runStatesOf(client, taskId);
  if (!states.every(isRunOver)) return;
  await client.query(
    `UPDATE sync_task SET state = $2, finished_at = now(), started_at = coalesce(started_at, now())
     WHERE id = $1 AND state = ANY($3)`,
    [taskId, taskOutcome(states), OPEN_TASK_STATES],
  );
  await announceFinishedTask(client, taskId);
}

/** The states of the runs that a task waits for. */
export async function runStatesOf(client: Querier, taskId: string): Promise<RunState[]> {
  const { rows } = await client.query<{ state: RunState }>(
    'SELECT r.state FROM sync_task_run m JOIN sync_run r ON r.id = m.run_id WHERE m.task_id = $1',
    [taskId],
  );
  return rows.map(({ state }) => state);
}

/** Keeps up COC's view of an account: its last sync's status, reason and time. */
export async function setSyncStatus(
  client: Querier,
  accountId: string,
  status: 'waiting' | 'running' | 'success' | 'failed',
  failure: string,
): Promise<void> {
  await client.query(
    'UPDATE vendor_account SET sync_status = $2, failure_msg = $3, sync_date = now() WHERE id = $1',
    [accountId, status, storableText(failure)],
  );
}

/** Notes that a run, which has ended, was a full sync of its account. A check that succeeds is none. */
export async function markFresh(client: Querier, runId: string): Promise<void> {
  await client.query(
    `UPDATE vendor_account SET last_success_at = greatest(last_success_at, run.finished_at)
     FROM sync_run run WHERE run.id = $1 AND vendor_account.id = run.account_id`,
    [runId],
  );
}
