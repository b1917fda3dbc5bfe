import type { SyncMode, TaskCounts, TaskState, Vendor } from '#domain';

import type { Querier } from '../database.js';
import { appendEvent } from './append-event.js';

interface FinishedTask extends TaskCounts {
  tenantId: string;
  vendor: Vendor;
  mode: SyncMode;
  state: TaskState;
}

/** Tells how a task ended, in the transaction that ended it. It counts what the API's report of it counts. */
export async function announceFinishedTask(client: Querier, taskId: string): Promise<void> {
  // As float8, which node-postgres reads as a number: exact up to 2^53, and no sum overflows it.
  const sums = ['seen', 'created', 'updated', 'unchanged', 'deleted'].map(
    (count) => `coalesce(sum(u.${count}), 0)::float8 AS ${count}`,
  );
  const { rows } = await client.query<FinishedTask>(
    `SELECT t.tenant_id AS "tenantId", t.vendor, t.mode, t.state, ${sums.join(', ')}
     FROM sync_task t LEFT JOIN sync_task_run m ON m.task_id = t.id LEFT JOIN sync_unit u ON u.run_id = m.run_id
     WHERE t.id = $1 GROUP BY t.id`,
    [taskId],
  );
  const [task] = rows;
  if (task === undefined) throw new Error(`There is no task ${taskId}, which has just ended.`);
  const { tenantId, vendor, mode, state, ...counts } = task;
  const payload = { taskId, vendor, mode, state, counts };
  await appendEvent(client, tenantId, { type: 'task.finished', payload });
}
