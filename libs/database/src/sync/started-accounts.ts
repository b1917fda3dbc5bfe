import type { Querier } from '../database.js';

/** A task as a caller names it: another tenant's is the same as none. */
export interface TaskKey {
  tenantId: string;
  taskId: string;
}

/** Locks the accounts whose runs a task started, in id order, before anything else (see `lockAccountOf`). */
export async function lockStartedAccounts(client: Querier, taskId: string): Promise<void> {
  await client.query(
    `SELECT id FROM vendor_account WHERE id IN (SELECT account_id FROM sync_run WHERE task_id = $1)
     ORDER BY id FOR NO KEY UPDATE`,
    [taskId],
  );
}
