import { mayPrune, type PruneLimits } from '#domain';

import type { Querier } from '../database.js';
import { toJsonPayload } from '../storable-text.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { UNIT_SECONDS } from '../sync/unit-timings.js';
import { createPatches } from './create-patches.js';
import type { Change } from './find-changes.js';
import type { Completion } from './inventory.repository.js';
import { cellOf, comparePrune, IS_MISSING, SEEN, useHashJoins } from './prune-missing.js';

/** How many resources of each kind are shown of a plan's unit. */
export const MAX_PLAN_ITEMS = 10;

export const PLAN_ITEM_KINDS = ['create', 'update', 'restore', 'delete'] as const;
export type PlanItemKind = (typeof PLAN_ITEM_KINDS)[number];

const KIND_OF = { CREATED: 'create', UPDATED: 'update', RESTORED: 'restore' } as const;

/** Keeps the first of a page's changes of each kind, updates with what they would change. */
export async function samplePage(
  client: Querier,
  unit: LeasedUnit,
  changes: readonly Change[],
  volatile: readonly string[] = [],
): Promise<void> {
  if (changes.length === 0) return;
  const kept = await findItems(client, unit.id);
  const sample = Object.entries(KIND_OF).flatMap(([kind, shown]) => {
    const known = kept.filter((item) => item.kind === shown).map(({ nativeId }) => nativeId);
    return changes
      .filter((change) => change.kind === kind && !known.includes(change.row.nativeId))
      .slice(0, MAX_PLAN_ITEMS - known.length)
      .map((change, index) => ({ change, position: known.length + index }));
  });
  const updates = sample.flatMap(({ change }) => (change.kind === 'UPDATED' ? [change] : []));
  const patches = await createPatches(client, updates, volatile);
  await client.query(
    `INSERT INTO sync_plan_item (unit_id, kind, position, native_id, name, patch)
     SELECT $1, kind, position, native_id, name, patch
     FROM jsonb_to_recordset($2::jsonb) AS item (kind text, position int, native_id text, name text, patch jsonb)`,
    [
      unit.id,
      toJsonPayload(
        sample.map(({ change: { id, kind, row }, position }) => ({
          kind: KIND_OF[kind],
          position,
          native_id: row.nativeId,
          name: row.resource.name,
          patch: JSON.parse(patches.get(id) ?? 'null') as unknown,
        })),
      ),
    ],
  );
}

/** The sample so far: a resource that two pages list is shown once. */
async function findItems(client: Querier, unitId: string) {
  const { rows } = await client.query<{ kind: PlanItemKind; nativeId: string }>(
    'SELECT kind, native_id AS "nativeId" FROM sync_plan_item WHERE unit_id = $1',
    [unitId],
  );
  return rows;
}

/**
 * Ends a plan's unit: says what its prune would delete, or hold. Nothing of the inventory or of the ledger
 * changes. A resource that two pages listed was new to both of them, so what is new is counted here.
 */
export async function completePlan(
  client: Querier,
  unit: LeasedUnit,
  limits: PruneLimits,
): Promise<Completion> {
  const { seen, live, missing } = await comparePrune(client, unit);
  const created = seen - (live - missing);
  const allowed = mayPrune(live, missing, limits);
  const [deleted, held] = allowed ? [missing, 0] : [0, missing];
  const { rows } = await client.query<{ seconds: number }>(
    `UPDATE sync_unit SET state = 'SUCCEEDED', seen = $2::int, created = $3::int,
       unchanged = greatest(0, $2::int - $3::int - updated),
       deleted = $4, held_deletes = $5, finished_at = now(), lease_token = NULL, lease_until = NULL,
       error_kind = NULL, error_code = NULL, error_message = NULL
     WHERE id = $1 RETURNING ${UNIT_SECONDS}`,
    [unit.id, seen, created, deleted, held],
  );
  await sampleMissing(client, unit);
  await client.query('DELETE FROM sync_unit_page WHERE unit_id = $1', [unit.id]);
  return { state: 'SUCCEEDED', deleted, held, seconds: rows[0]?.seconds ?? 0 };
}

async function sampleMissing(client: Querier, unit: LeasedUnit): Promise<void> {
  await useHashJoins(client);
  await client.query(
    `${SEEN}
     INSERT INTO sync_plan_item (unit_id, kind, position, native_id, name)
     SELECT $4, 'delete', row_number() OVER (ORDER BY id) - 1, native_id, name
     FROM (SELECT id, native_id, name FROM resource WHERE ${IS_MISSING} ORDER BY id LIMIT $5) AS missing`,
    [...cellOf(unit), MAX_PLAN_ITEMS],
  );
}
