import type { Querier } from '../database.js';
import { byteaArray, textArray } from '../postgres-array.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { createIds } from './create-ids.js';
import type { PageTurn } from './page-turn.js';
import type { ResourceRow } from './resource-row.js';

export type ChangeKind = 'CREATED' | 'UPDATED' | 'RESTORED';

/** What a page makes of a resource. */
export interface Change {
  /** The stored row's, or the new one's. */
  id: string;
  kind: ChangeKind;
  /** The content hash before; null where nothing live was. */
  before: string | null;
  row: ResourceRow;
}

/** A row of the page that may have changed; its own columns are null where it is not stored at all. */
export interface Candidate {
  place: number;
  id: string | null;
  content_hash: Buffer;
  deleted: boolean;
}

/** Rows whose content hashes are made in one go: a millisecond or two. */
const ROWS_AT_ONCE = 100;

/** Which of a page's rows are new, changed, or back: content hashes decide about the candidates. */
export async function toChanges(
  candidates: readonly Candidate[],
  rows: readonly ResourceRow[],
  turn: PageTurn,
): Promise<Change[]> {
  const newIds = createIds(candidates.filter(({ id }) => id === null).length).values();
  const changes: Change[] = [];
  for (const [index, { place, id, content_hash: before, deleted }] of candidates.entries()) {
    if (index % ROWS_AT_ONCE === 0) await turn.breathe();
    const row = rows[place - 1];
    if (row === undefined)
      throw new Error(`Row ${String(place)} of ${String(rows.length)} was not asked for.`);
    const hash = row.contentHash;
    if (id === null) changes.push({ id: newIds.next().value ?? '', kind: 'CREATED', before: null, row });
    else if (deleted) changes.push({ id, kind: 'RESTORED', before: null, row });
    else if (before.toString('latin1') !== hash) {
      changes.push({ id, kind: 'UPDATED', before: before.toString('latin1'), row });
    }
  }
  return changes;
}

/**
 * The rows of a page that may be changes. Postgres compares the fingerprints, so that of rows that are as they were nothing comes back. The subquery,
 * with its limit, keeps the planner from reading the whole cell for a page.
 */
export async function findCandidates(
  client: Querier,
  unit: LeasedUnit,
  rows: readonly ResourceRow[],
): Promise<Candidate[]> {
  const candidates = await client.query<Candidate>({
    name: 'find-candidates',
    text: `SELECT item.place::int, stored.id, stored.content_hash, stored.deleted
     FROM unnest($4::text[], $5::bytea[]) WITH ORDINALITY AS item (native_id, fingerprint, place)
     LEFT JOIN LATERAL (
       SELECT id, content_hash, fingerprint, deleted_at IS NOT NULL AS deleted FROM resource
       WHERE account_id = $1 AND resource_type = $2 AND scope_key = $3 AND native_id = item.native_id LIMIT 1
     ) AS stored ON true
     WHERE stored.id IS NULL OR stored.deleted OR stored.fingerprint IS DISTINCT FROM item.fingerprint
     ORDER BY item.place`,
    values: [
      unit.accountId,
      unit.resourceType,
      unit.scopeKey,
      textArray(rows.map(({ nativeId }) => nativeId)),
      byteaArray(rows.map(({ fingerprint }) => fingerprint)),
    ],
  });
  return candidates.rows;
}
