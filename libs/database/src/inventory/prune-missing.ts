import type { Querier } from '../database.js';
import { unitOfEvent } from '../outbox/unit-of-event.js';
import { writeChanges } from '../outbox/write-changes.js';
import type { LeasedUnit } from '../sync/unit.repository.js';

/** What identifies a unit whose listing was complete, and its cell. */
export type ListedUnit = Pick<
  LeasedUnit,
  'id' | 'tenantId' | 'taskId' | 'accountId' | 'vendor' | 'resourceType' | 'scopeKey'
>;

/** A table that has just been filled has no statistics yet: the planner would compare each row with each. */
export async function useHashJoins(client: Querier): Promise<void> {
  await client.query('SET LOCAL enable_nestloop = off');
}

/**
 * True of the live rows of the unit's scope ($1 account, $2 type, $3 scope) that none of its pages ($4) saw; where the
 * unit listed only what has changed, of those that one of its pages named as deleted and none saw.
 */
export const IS_MISSING = `account_id = $1 AND resource_type = $2 AND scope_key = $3 AND deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.hash = resource.native_hash)
    AND ((SELECT changed_since IS NULL FROM sync_unit WHERE id = $4) OR native_id IN (SELECT id FROM gone))`;
export const SEEN = `
  WITH seen AS MATERIALIZED (
    SELECT DISTINCT hash FROM sync_unit_page, unnest(seen) AS hash WHERE unit_id = $4
  ), gone AS MATERIALIZED (
    SELECT DISTINCT id FROM sync_unit_page, unnest(gone) AS id WHERE unit_id = $4
  )`;

/** A unit's cell as the statements here number it, and the unit itself: $1 to $4. */
export function cellOf(unit: ListedUnit): unknown[] {
  return [unit.accountId, unit.resourceType, unit.scopeKey, unit.id];
}

export interface PruneComparison {
  /** Different resources the listing saw. */
  seen: number;
  /** Live rows in the scope now, including the ones this unit created. */
  live: number;
  missing: number;
  /** Rows this unit created or brought back. */
  created: number;
  /** The sum of what its pages counted: more than `seen` when something was listed twice. */
  counted: number;
}

/** Compares what a listing saw, of all or of what has changed, with what is there. */
export async function comparePrune(client: Querier, unit: ListedUnit): Promise<PruneComparison> {
  await useHashJoins(client);
  const { rows } = await client.query<PruneComparison>(
    `${SEEN}
     SELECT (SELECT count(*) FROM seen)::int AS seen,
       (SELECT count(*) FROM resource WHERE ${IS_MISSING})::int AS missing,
       (SELECT count(*) FROM resource WHERE account_id = $1 AND resource_type = $2 AND scope_key = $3
          AND deleted_at IS NULL)::int AS live,
       unit.created, unit.created + unit.updated + unit.unchanged AS counted
     FROM sync_unit unit WHERE unit.id = $4`,
    cellOf(unit),
  );
  const [comparison] = rows;
  if (comparison === undefined) throw new Error('there is no such unit');
  return comparison;
}

/**
 * Counts what a listing found as it was. Its pages have counted that, but what is listed again, after a restart
 * or by the vendor, they count again, also when the unit itself had created it.
 */
export async function countUnchanged(client: Querier, unit: ListedUnit): Promise<void> {
  await useHashJoins(client);
  await client.query(
    `${SEEN}
     UPDATE sync_unit SET unchanged = (
       SELECT count(*) FROM resource JOIN seen ON seen.hash = resource.native_hash
       WHERE account_id = $1 AND resource_type = $2 AND scope_key = $3 AND deleted_at IS NULL
         AND changed_by_task_id IS DISTINCT FROM $5)
     WHERE id = $4`,
    [...cellOf(unit), unit.taskId],
  );
}

/** Tombstones what is missing after a listing, with the unit as evidence. Returns how many that were. */
export async function pruneMissing(client: Querier, unit: ListedUnit): Promise<number> {
  await useHashJoins(client);
  return writeChanges(
    client,
    { tenantId: unit.tenantId, owner: unitOfEvent(unit) },
    {
      text: `${SEEN}, tombstoned AS (
         UPDATE resource SET deleted_at = now(), deleted_by_unit_id = $4, changed_at = now(),
           changed_by_task_id = $6
         WHERE ${IS_MISSING} RETURNING id, content_hash
       ), recorded AS (
         INSERT INTO resource_change (tenant_id, task_id, unit_id, resource_id, kind, before_hash)
         SELECT $5, $6, $4, id, 'DELETED', content_hash FROM tombstoned RETURNING id)`,
      values: [...cellOf(unit), unit.tenantId, unit.taskId],
    },
    (deleted) => ({ deleted }),
  );
}
