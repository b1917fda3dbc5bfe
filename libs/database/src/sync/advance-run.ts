import { isUnitOver, runOutcome, type TaskState, type UnitState } from '#domain';

import type { Querier } from '../database.js';
import { endRun, type LockedRun } from './end-run.js';
import { lockAccountOf } from './lock-account-of.js';

/** What {@link advanceRun} found to do. */
export interface RunAdvance {
  /** Units to put into the queue now. */
  unitIds: readonly string[];
  /** Set when any of them was tried before: its former job may still be about to end, under the usual id. */
  again?: boolean;
  /** Set when this call ended the run. */
  ended?: TaskState;
  /** Runs of the account that waited for this one's end: they are to be enqueued. */
  next?: readonly string[];
}

/** See {@link RunRepository.advance}. To be called in a transaction. */
export async function advanceRun(client: Querier, runId: string, atOnce: number): Promise<RunAdvance> {
  await lockAccountOf(client, runId);
  const { rows } = await client.query<LockedRun & { atMost: number | null; errorMessage: string | null }>(
    `SELECT r.id, r.account_id AS "accountId", r.state, r.mode, r.error_message AS "errorMessage",
       (a.settings ->> 'max_concurrent_units')::int AS "atMost"
     FROM sync_run r JOIN vendor_account a ON a.id = r.account_id
     WHERE r.id = $1 AND r.state = 'RUNNING' AND r.planned_at IS NOT NULL AND r.pages_until IS NULL
     FOR NO KEY UPDATE OF r`,
    [runId],
  );
  const [run] = rows;
  if (run === undefined) return { unitIds: [] };
  const units = await client.query<UnitSummary>(
    `SELECT state, enqueued_at IS NOT NULL AS enqueued, count(*)::int AS count,
       min(error_message) AS "errorMessage"
     FROM sync_unit WHERE run_id = $1 GROUP BY 1, 2`,
    [runId],
  );
  const open = units.rows.filter(({ state }) => !isUnitOver(state));
  if (open.length > 0) {
    const flying = sum(open.filter(({ enqueued }) => enqueued));
    const room = Math.min(atOnce, run.atMost ?? atOnce) - flying;
    return handOut(client, runId, Math.max(0, room));
  }
  // A planned run has no error of its own, but one whose source did not come back (`give-up-run.ts`).
  const { errorMessage } = run;
  const states = units.rows.map(({ state }) => state);
  const ended = runOutcome(states, errorMessage !== null);
  const next = await endRun(client, run, ended, errorMessage ?? describeFailures(units.rows));
  return { unitIds: [], ended, next };
}

interface UnitSummary {
  state: UnitState;
  enqueued: boolean;
  count: number;
  errorMessage: string | null;
}

function sum(summaries: readonly UnitSummary[]): number {
  return summaries.reduce((total, { count }) => total + count, 0);
}

async function handOut(client: Querier, runId: string, limit: number): Promise<RunAdvance> {
  const { rows } = await client.query<{ id: string; again: boolean }>(
    `UPDATE sync_unit SET enqueued_at = now(), waiting_since = now(), waiting_for = 'slot' WHERE id IN (
       SELECT id FROM sync_unit WHERE run_id = $1 AND state = 'QUEUED' AND enqueued_at IS NULL
       ORDER BY position LIMIT $2)
     RETURNING id, started_at IS NOT NULL AS again`,
    [runId, limit],
  );
  const again = rows.some((unit) => unit.again);
  return { unitIds: rows.map(({ id }) => id), ...(again ? { again } : {}) };
}

/** One line for COC's failure_msg: how many units went wrong, and the first reason. */
function describeFailures(units: readonly UnitSummary[]): string {
  const total = sum(units);
  const failed = units.filter(({ state }) => state === 'FAILED');
  const held = units.filter(({ state }) => state === 'PRUNE_HELD');
  const cancelled = units.filter(({ state }) => state === 'CANCELLED');
  const parts = [
    ...(failed.length > 0
      ? [`${String(sum(failed))} of ${String(total)} units failed: ${failed[0]?.errorMessage ?? ''}`]
      : []),
    ...(held.length > 0
      ? [
          `${String(sum(held))} of ${String(total)} units lacked too many known resources; nothing of theirs was deleted`,
        ]
      : []),
    ...(cancelled.length > 0
      ? [`${String(sum(cancelled))} of ${String(total)} units had been cancelled`]
      : []),
  ];
  return parts.join(' · ');
}
