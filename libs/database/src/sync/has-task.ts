import type { Querier } from '../database.js';
import type { TaskKey } from './started-accounts.js';

/** Whether the tenant has such a task. */
export async function hasTask(client: Querier, { tenantId, taskId }: TaskKey): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM sync_task WHERE id = $1 AND tenant_id = $2', [
    taskId,
    tenantId,
  ]);
  return rowCount === 1;
}
