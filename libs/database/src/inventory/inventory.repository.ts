import { v7 as uuidv7 } from 'uuid';

import { mayPrune, type Resource, type TimeSpent, UnitClock, type UnitState } from '#domain';

import type { Database, Querier } from '../database.js';
import { LeaseLostError } from '../errors.js';
import { appendEvent } from '../outbox/append-event.js';
import { unitOfEvent } from '../outbox/unit-of-event.js';
import { writeChanges } from '../outbox/write-changes.js';
import { toJsonPayload } from '../storable-text.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { addSpent, spentValues } from '../sync/unit-timings.js';
import { createPatches } from './create-patches.js';
import { completePlan, samplePage } from './plan-sample.js';
import { cellOf, comparePrune, pruneMissing } from './prune-missing.js';
import { type ResourceRow, storableTime, toResourceRow } from './resource-row.js';

/** A page of a unit's listing, normalized. */
export interface InventoryPage {
  resources: readonly Resource[];
  /** Where the listing goes on after this page; absent on the last. */
  resumeAt?: string;
  /** The table's JSON Pointers into `properties` to what doesn't count as a change. */
  volatile?: readonly string[];
}

export interface PageCounts {
  /** New in the inventory, or back in it: a prune may not count on them. */
  created: number;
  updated: number;
  unchanged: number;
}

/** What the end of a complete listing did. */
export interface Completion {
  state: Extract<UnitState, 'SUCCEEDED' | 'PRUNE_HELD'>;
  /** Resources tombstoned. */
  deleted: number;
  /** Resources that a held prune would have tombstoned. */
  held: number;
}

interface StoredRow {
  id: string;
  native_id: string;
  content_hash: Buffer;
  deleted: boolean;
}

type ChangeKind = 'CREATED' | 'UPDATED' | 'RESTORED';

/** What a page makes of a resource. */
export interface Change {
  id: string;
  kind: ChangeKind;
  before: Buffer | null;
  row: ResourceRow;
}

/** Writes inventory: everything that a unit's page or end changes, in one transaction each. */
export class InventoryRepository {
  constructor(private readonly database: Database) {}

  /**
   * Commits a page: new and changed rows, one change event for each, what the page saw, and the unit's
   * checkpoint. Unchanged rows are not touched. A replayed page changes nothing. Of a plan only what the page
   * saw, its counts and a sample are kept.
   * @param clock what it measured until here is recorded with the page, and this page's transaction with
   * the next one
   * @throws {LeaseLostError} when the unit is not ours any more; nothing is written then.
   */
  async commitPage(
    unit: LeasedUnit,
    page: InventoryPage,
    clock: UnitClock = new UnitClock(),
  ): Promise<PageCounts> {
    const rows = toRows(page, clock);
    const spent = clock.take();
    try {
      return await clock.during('sql', () => this.writePage(unit, { page, rows, spent }));
    } catch (error) {
      clock.giveBack(spent);
      throw error;
    }
  }

  private async writePage(
    unit: LeasedUnit,
    { page, rows, spent }: { page: InventoryPage; rows: readonly ResourceRow[]; spent: TimeSpent },
  ): Promise<PageCounts> {
    return this.database.transaction(async (client) => {
      const pages = await lockUnit(client, unit);
      const changes = diff(rows, await findStored(client, unit, rows));
      if (unit.mode === 'plan') {
        await samplePage(client, unit, changes, page.volatile);
      } else if (changes.length > 0) {
        const updated = changes.filter(({ kind }) => kind === 'UPDATED');
        const patches = await createPatches(client, updated, page.volatile); // before the old state is gone
        await upsert(client, unit, changes);
        await recordChanges(client, unit, changes, patches);
      }
      const created = changes.filter(({ kind }) => kind !== 'UPDATED').length;
      const counts = {
        created,
        updated: changes.length - created,
        unchanged: rows.length - changes.length,
      };
      await checkpoint(client, { unit, page: pages + 1, rows, counts, spent, resumeAt: page.resumeAt });
      return counts;
    });
  }

  /**
   * Ends a unit whose listing was complete: tombstones what it lacked, if the guard allows it, and enters
   * the listing into the completeness ledger. Only the end of a listing that reached its last page may
   * call this: it is the one place where a sync deletes. A plan deletes nothing and is no listing of record.
   * @throws {LeaseLostError} when the unit is not ours any more; nothing is written then.
   */
  async completeUnit(unit: LeasedUnit): Promise<Completion> {
    return this.database.transaction(async (client) => {
      await lockUnit(client, unit);
      if (unit.mode === 'plan') return completePlan(client, unit);
      const { seen, live, missing, created } = await comparePrune(client, unit);
      const allowed = mayPrune(live - created, missing);
      const deleted = allowed && missing > 0 ? await pruneMissing(client, unit) : 0;
      const state = allowed ? 'SUCCEEDED' : 'PRUNE_HELD';
      const held = allowed ? 0 : missing;
      await client.query(
        `UPDATE sync_unit SET state = $2, seen = $3, deleted = $4, held_deletes = $5, finished_at = now(),
           lease_token = NULL, lease_until = NULL, error_kind = NULL, error_code = NULL, error_message = NULL
         WHERE id = $1`,
        [unit.id, state, seen, deleted, held],
      );
      await enterListing(client, unit, allowed, live - deleted);
      if (!allowed) {
        await appendEvent(client, unit.tenantId, {
          type: 'prune.held',
          payload: { ...unitOfEvent(unit), held },
        });
      }
      await forgetPages(client, unit, allowed);
      return { state, deleted, held };
    });
  }
}

/** The last of two items with one id wins: an upsert may not touch a row twice. */
function toRows({ resources, volatile }: InventoryPage, clock: UnitClock): ResourceRow[] {
  const stop = clock.start('normalizing');
  const all = resources.map((resource) => toResourceRow(resource, volatile));
  const rows = [...new Map(all.map((row) => [row.nativeId, row])).values()];
  stop();
  return rows;
}

/** Locks the unit against a second worker and returns how many pages it has. */
async function lockUnit(client: Querier, unit: LeasedUnit): Promise<number> {
  const { rows } = await client.query<{ pages: number }>(
    `SELECT pages FROM sync_unit WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING' FOR UPDATE`,
    [unit.id, unit.leaseToken],
  );
  if (rows[0] === undefined) throw new LeaseLostError(`Unit ${unit.id}`);
  return rows[0].pages;
}

async function findStored(
  client: Querier,
  unit: LeasedUnit,
  rows: readonly ResourceRow[],
): Promise<Map<string, StoredRow>> {
  if (rows.length === 0) return new Map();
  const stored = await client.query<StoredRow>(
    `SELECT id, native_id, content_hash, deleted_at IS NOT NULL AS deleted FROM resource
     WHERE account_id = $1 AND resource_type = $2 AND scope_key = $3 AND native_id = ANY($4)`,
    [unit.accountId, unit.resourceType, unit.scopeKey, rows.map(({ nativeId }) => nativeId)],
  );
  return new Map(stored.rows.map((row) => [row.native_id, row]));
}

function diff(rows: readonly ResourceRow[], stored: ReadonlyMap<string, StoredRow>): Change[] {
  return rows.flatMap((row): Change[] => {
    const known = stored.get(row.nativeId);
    if (known === undefined) return [{ id: uuidv7(), kind: 'CREATED', before: null, row }];
    if (known.deleted) return [{ id: known.id, kind: 'RESTORED', before: null, row }];
    if (known.content_hash.equals(row.contentHash)) return [];
    return [{ id: known.id, kind: 'UPDATED', before: known.content_hash, row }];
  });
}

/**
 * One statement a page: as fast as COPY into the same indexed table, and it says what it did. From one JSON
 * parameter, because node-postgres' array encoding costs more than Postgres' JSON parsing (bench/).
 */
async function upsert(client: Querier, unit: LeasedUnit, changes: readonly Change[]): Promise<void> {
  await client.query(
    `INSERT INTO resource (id, tenant_id, account_id, vendor, resource_type, scope_key, native_id, native_hash,
       name, status, native_status, region_id, zone_id, addresses, tags, properties, relations, content_hash,
       vendor_created_at, changed_by_task_id)
     SELECT id, $2, $3, $4, $5, $6, native_id, native_hash, name, status, native_status, region_id, zone_id,
       addresses, tags, properties, relations, decode(content_hash, 'hex'), vendor_created_at, $7
     FROM jsonb_to_recordset($1::jsonb) AS item (id uuid, native_id text, native_hash bigint, name text,
       status text, native_status text, region_id text, zone_id text, addresses text[], tags jsonb,
       properties jsonb, relations jsonb, content_hash text, vendor_created_at timestamptz)
     ON CONFLICT (account_id, resource_type, scope_key, native_id) DO UPDATE SET
       name = excluded.name, status = excluded.status, native_status = excluded.native_status,
       region_id = excluded.region_id, zone_id = excluded.zone_id, addresses = excluded.addresses,
       tags = excluded.tags, properties = excluded.properties, relations = excluded.relations,
       content_hash = excluded.content_hash, vendor_created_at = excluded.vendor_created_at,
       changed_by_task_id = excluded.changed_by_task_id, changed_at = now(),
       deleted_at = NULL, deleted_by_unit_id = NULL`,
    [
      toJsonPayload(changes.map(toPayload)),
      unit.tenantId,
      unit.accountId,
      unit.vendor,
      unit.resourceType,
      unit.scopeKey,
      unit.taskId,
    ],
  );
}

function toPayload({ id, row: { nativeId, nativeHash, contentHash, resource } }: Change) {
  return {
    id,
    native_id: nativeId,
    native_hash: nativeHash.toString(), // more digits than a JSON number keeps
    name: resource.name,
    status: resource.status,
    native_status: resource.nativeStatus,
    region_id: resource.regionId,
    zone_id: resource.zoneId,
    addresses: resource.addresses,
    tags: resource.tags,
    properties: resource.properties,
    relations: resource.relations,
    content_hash: contentHash.toString('hex'),
    vendor_created_at: storableTime(resource.createdAt),
  };
}

async function recordChanges(
  client: Querier,
  unit: LeasedUnit,
  changes: readonly Change[],
  patches: ReadonlyMap<string, string>,
): Promise<void> {
  const count = (kind: ChangeKind) => changes.filter((change) => change.kind === kind).length;
  await writeChanges(
    client,
    { tenantId: unit.tenantId, owner: unitOfEvent(unit) },
    {
      text: `WITH recorded AS (
         INSERT INTO resource_change (tenant_id, task_id, unit_id, resource_id, kind, before_hash, after_hash,
           patch)
         SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::jsonb[])
         RETURNING id)`,
      values: [
        unit.tenantId,
        unit.taskId,
        unit.id,
        changes.map(({ id }) => id),
        changes.map(({ kind }) => kind),
        changes.map(({ before }) => before),
        changes.map(({ row }) => row.contentHash),
        changes.map(({ id }) => patches.get(id) ?? null),
      ],
    },
    () => ({ created: count('CREATED'), updated: count('UPDATED'), restored: count('RESTORED') }),
  );
}

interface Checkpoint {
  unit: LeasedUnit;
  page: number;
  rows: readonly ResourceRow[];
  counts: PageCounts;
  spent: TimeSpent;
  resumeAt: string | undefined;
}

async function checkpoint(
  client: Querier,
  { unit, page, rows, counts, spent, resumeAt }: Checkpoint,
): Promise<void> {
  await client.query(
    'INSERT INTO sync_unit_page (unit_id, page_number, seen) VALUES ($1, $2, $3::bigint[])',
    [unit.id, page, rows.map(({ nativeHash }) => nativeHash.toString())],
  );
  await client.query(
    `UPDATE sync_unit SET pages = $2, resume_at = $3, seen = seen + $4, created = created + $5,
       updated = updated + $6, unchanged = unchanged + $7, attempts = 1, ${addSpent(8)} WHERE id = $1`,
    [
      unit.id,
      page,
      resumeAt ?? null,
      rows.length,
      counts.created,
      counts.updated,
      counts.unchanged,
      ...spentValues(spent),
    ],
  );
}

/**
 * Forgets what pages saw, but a held listing's: they say what it lacked, until somebody decides or the next
 * complete listing of the same cell comes.
 */
async function forgetPages(client: Querier, unit: LeasedUnit, own: boolean): Promise<void> {
  await client.query(
    `DELETE FROM sync_unit_page WHERE unit_id IN (
       SELECT id FROM sync_unit WHERE account_id = $1 AND resource_type = $2 AND scope_key = $3
         AND (state = 'PRUNE_HELD' AND id <> $4 OR id = $4 AND $5::boolean))`,
    [...cellOf(unit), own],
  );
}

async function enterListing(
  client: Querier,
  unit: LeasedUnit,
  complete: boolean,
  rows: number,
): Promise<void> {
  await client.query(
    `INSERT INTO coverage (account_id, resource_type, scope_key, tenant_id, scope_name, complete_at,
       complete_task_id, complete_rows, attempt_at, attempt_task_id, attempt_outcome)
     VALUES ($1, $2, $3, $4, $5, now(), $6, $7, now(), $6, $8)
     ON CONFLICT (account_id, scope_key, resource_type) DO UPDATE SET scope_name = excluded.scope_name,
       complete_at = excluded.complete_at, complete_task_id = excluded.complete_task_id,
       complete_rows = excluded.complete_rows, attempt_at = excluded.attempt_at,
       attempt_task_id = excluded.attempt_task_id, attempt_outcome = excluded.attempt_outcome`,
    [
      unit.accountId,
      unit.resourceType,
      unit.scopeKey,
      unit.tenantId,
      unit.scopeName,
      unit.taskId,
      rows,
      complete ? 'complete' : 'held',
    ],
  );
}
