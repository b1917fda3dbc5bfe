import type { Querier } from '../database.js';

/**
 * Locks a run's account, before anything else: whatever changes an account together with its runs, units
 * and tasks locks them in this order (asking for a sync and removing an account begin with the account),
 * or two of them would wait for each other. None of them locks for more than changing what is no key:
 * Postgres checks a unit's references to its run and task, which takes a key lock on those, also when a
 * transaction changes the unit a second time.
 */
export async function lockAccountOf(client: Querier, runId: string): Promise<void> {
  await client.query(
    `SELECT id FROM vendor_account WHERE id = (SELECT account_id FROM sync_run WHERE id = $1)
     FOR NO KEY UPDATE`,
    [runId],
  );
}
