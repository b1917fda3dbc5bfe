import { ACTIVE_RUN_STATES, type SyncMode } from '#domain';

import type { Querier } from '../database.js';
import { setSyncStatus } from './end-run.js';

/**
 * QUEUED → RUNNING, for those of the runs whose account's source posts its pages by itself: they take pages from now
 * on, and are no worker's. To be called with their accounts locked.
 * @returns their ids
 */
export async function openPushedRuns(client: Querier, runIds: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string; accountId: string; mode: SyncMode }>(
    `UPDATE sync_run r SET state = 'RUNNING', pushed = true, planned_at = now(), next_attempt_at = NULL,
       started_at = coalesce(r.started_at, now()), lease_token = NULL, lease_until = NULL,
       pages_until = now() + a.push_timeout_seconds * interval '1 second',
       error_kind = NULL, error_code = NULL, error_message = NULL
     FROM vendor_account a
     WHERE r.id = ANY($1) AND r.state = ANY($2) AND r.planned_at IS NULL
       AND (r.lease_until IS NULL OR r.lease_until < now())
       AND a.id = r.account_id AND a.push_timeout_seconds IS NOT NULL
     RETURNING r.id, r.account_id AS "accountId", r.mode`,
    [runIds, ACTIVE_RUN_STATES],
  );
  for (const { id, accountId, mode } of rows) await markStarted(client, { id, accountId, mode });
  return rows.map(({ id }) => id);
}

/** A run has started: so have its tasks, and the sync of its account, unless it is a plan. */
export async function markStarted(
  client: Querier,
  { id, accountId, mode }: { id: string; accountId: string; mode: SyncMode },
): Promise<void> {
  await client.query(
    `UPDATE sync_task SET state = 'RUNNING', started_at = now()
     WHERE id IN (SELECT id FROM sync_task WHERE state = 'QUEUED'
       AND id IN (SELECT task_id FROM sync_task_run WHERE run_id = $1) ORDER BY id FOR NO KEY UPDATE)`,
    [id],
  );
  if (mode === 'sync') await setSyncStatus(client, accountId, 'running', '');
}
