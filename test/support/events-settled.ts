import type pg from 'pg';

import { eventually } from './eventually.js';

/**
 * Waits until all events that are there may be read: until then, transactions of other suites on the same server hold
 * them back, and who begins to read "from now on" gets them later.
 */
export async function eventsSettled(sql: pg.Pool): Promise<void> {
  await eventually('all events may be read', async () => {
    const { rows } = await sql.query<{ settled: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM outbox_event
         WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())) AS settled`,
    );
    return rows[0]?.settled;
  });
}
