import { SyncError, type TaskState } from '#domain';

import type { Querier } from '../database.js';
import { advanceRun } from './advance-run.js';
import { lockAccountOf } from './lock-account-of.js';
import { errorColumns, failUnits } from './unit.repository.js';

const SECONDS_A_MINUTE = 60;

/** How a run ended that was given up, and the runs that this sets free: the queue must hear of them. */
export interface GivenUpRun {
  ended: TaskState;
  next: readonly string[];
}

/**
 * RUNNING → FAILED | PARTIAL, for a run whose source has posted nothing for as long as it may. What it had not closed
 * is FAILED and keeps its rows: nobody knows whether anything is missing. To be called in a transaction.
 * @returns undefined when it has come back, or somebody else ended the run
 */
export async function giveUpRun(client: Querier, runId: string): Promise<GivenUpRun | undefined> {
  await lockAccountOf(client, runId);
  const { rows } = await client.query<{ seconds: number | null }>(
    `SELECT a.push_timeout_seconds AS seconds
     FROM sync_run r JOIN vendor_account a ON a.id = r.account_id
     WHERE r.id = $1 AND r.state = 'RUNNING' AND r.pages_until < now() FOR NO KEY UPDATE OF r`,
    [runId],
  );
  const [run] = rows;
  if (run === undefined) return undefined;
  const error = abandoned(run.seconds);
  await client.query(
    `UPDATE sync_run SET pages_until = NULL, error_kind = $2, error_code = $3, error_message = $4 WHERE id = $1`,
    [runId, ...errorColumns(error)],
  );
  await failUnits(client, runId, error);
  const { ended, next = [] } = await advanceRun(client, runId, 0);
  return ended === undefined ? undefined : { ended, next };
}

/** @param seconds null when the account's source posts pages no more */
function abandoned(seconds: number | null): SyncError {
  const silence = seconds === null ? 'any more' : `for ${String(Math.ceil(seconds / SECONDS_A_MINUTE))} min`;
  return new SyncError(
    'unavailable',
    `The source has posted nothing ${silence}, and had not said that it was complete: what it had not closed keeps ` +
      'its rows. See that it runs, and have it begin a new sync.',
    { vendorCode: 'PUSH_TIMEOUT' },
  );
}
