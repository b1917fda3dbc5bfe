import type { Querier } from '../database.js';
import { LeaseLostError } from '../errors.js';
import type { LeasedUnit } from './unit.repository.js';

/** When a listing of a type may be of what has changed, where the vendor tells that. */
export interface ListingTerms {
  /**
   * What rows depend on beside the vendor: the account as it is, and the Muster that normalizes. What was listed on
   * another basis is listed again.
   */
  basis: string;
  /** How many listings in a row may be of what has changed. */
  inARow: number;
  /** For how long after a complete one they may. */
  hours: number;
  /** How far each reaches back behind the beginning of the one before it. */
  overlapMs: number;
}

/** What a unit lists, and where it goes on. */
export interface ListingStart {
  /** What has changed since then, by the vendor's clock; null: all. */
  since: Date | null;
  resumeAt: string | null;
}

/** What a unit's listing was begun as. */
interface BegunListing {
  pages: number;
  since: Date | null;
  basis: string | null;
}

/**
 * Says whether a unit lists all or what has changed, and keeps to what it began with. One of what has changed begins
 * anew, with all, when its basis is another one now; one of all goes on, but no other may build on it. To be called in
 * a transaction.
 * @throws {LeaseLostError}
 */
export async function beginListing(
  client: Querier,
  unit: LeasedUnit,
  terms: ListingTerms,
): Promise<ListingStart> {
  const begun = await lockListing(client, unit);
  const isBegun = begun.pages > 0;
  if (isBegun && begun.basis === terms.basis) return { since: begun.since, resumeAt: unit.resumeAt };
  if (isBegun && begun.since === null) {
    await client.query('UPDATE sync_unit SET listed_by = NULL WHERE id = $1', [unit.id]);
    return { since: null, resumeAt: unit.resumeAt };
  }
  if (isBegun) await forgetListing(client, unit.id);
  const since = isBegun || unit.restarts > 0 ? null : await findSince(client, unit, terms);
  await client.query('UPDATE sync_unit SET changed_since = $2, listed_by = $3 WHERE id = $1', [
    unit.id,
    since,
    terms.basis,
  ]);
  return { since, resumeAt: null };
}

async function lockListing(client: Querier, unit: LeasedUnit): Promise<BegunListing> {
  const { rows } = await client.query<BegunListing>(
    `SELECT pages, changed_since AS since, listed_by AS basis FROM sync_unit
     WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING' FOR NO KEY UPDATE`,
    [unit.id, unit.leaseToken],
  );
  const [begun] = rows;
  if (begun === undefined) throw new LeaseLostError(`Unit ${unit.id}`);
  return begun;
}

/**
 * From when on what has changed is enough: the cell's last listing reached its end, on the same basis, nobody asked for
 * all, and a complete one is not long ago.
 */
async function findSince(client: Querier, unit: LeasedUnit, terms: ListingTerms): Promise<Date | null> {
  const { rows } = await client.query<{ since: Date }>(
    `SELECT cell.listed_at - $5 * interval '1 millisecond' AS since
     FROM coverage cell JOIN sync_run run ON run.id = $4
     WHERE cell.account_id = $1 AND cell.resource_type = $2 AND cell.scope_key = $3 AND NOT run.lists_all
       AND cell.attempt_outcome IN ('complete', 'incremental') AND cell.listed_by = $6
       AND cell.listed_at IS NOT NULL AND cell.changes_in_a_row < $7
       AND cell.complete_at > now() - $8 * interval '1 hour'`,
    [
      unit.accountId,
      unit.resourceType,
      unit.scopeKey,
      unit.runId,
      terms.overlapMs,
      terms.basis,
      terms.inARow,
      terms.hours,
    ],
  );
  return rows[0]?.since ?? null;
}

/** Of a plan, what it counted goes with its pages: it wrote nothing that could be known the next time. */
export const FORGET_LISTING = `resume_at = NULL, pages = 0, seen = 0, unchanged = 0, changed_since = NULL,
  listed_at = NULL, listed_by = NULL, created = CASE mode WHEN 'plan' THEN 0 ELSE created END,
  updated = CASE mode WHEN 'plan' THEN 0 ELSE updated END`;

/**
 * Forgets a unit's checkpoint and what its pages saw, so that it is listed from its first page again. What they wrote
 * stays, and stays counted: what this unit created is nothing that was known before.
 */
export async function forgetListing(client: Querier, unitId: string): Promise<void> {
  await client.query(`UPDATE sync_unit SET ${FORGET_LISTING} WHERE id = $1`, [unitId]);
  await client.query('DELETE FROM sync_unit_page WHERE unit_id = $1', [unitId]);
  await client.query('DELETE FROM sync_plan_item WHERE unit_id = $1', [unitId]);
}
