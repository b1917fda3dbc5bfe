import { setImmediate } from 'node:timers/promises';

import {
  DEFAULT_PRUNE_LIMITS,
  mayPrune,
  type PruneLimits,
  type TimeSpent,
  UnitClock,
  type UnitState,
} from '#domain';

import type { Database, Querier } from '../database.js';
import { LeaseLostError, PagesMissingError, PageTakenError } from '../errors.js';
import { appendEvent } from '../outbox/append-event.js';
import { unitOfEvent } from '../outbox/unit-of-event.js';
import { writeChanges } from '../outbox/write-changes.js';
import { bigintArray, byteaArray, jsonbArray, textArray, uuidArray } from '../postgres-array.js';
import { storableText } from '../storable-text.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { addSpent, spentValues, UNIT_SECONDS } from '../sync/unit-timings.js';
import { createPatches } from './create-patches.js';
import { type Change, type ChangeKind, findCandidates, toChanges } from './find-changes.js';
import type { PageTurn } from './page-turn.js';
import { completePlan, samplePage } from './plan-sample.js';
import { cellOf, comparePrune, countUnchanged, pruneMissing } from './prune-missing.js';
import type { ResourceRow } from './resource-row.js';
import { prepareWrites } from './write-resources.js';

/** A page of a unit's listing. */
export interface InventoryPage {
  /** Of two with one id the last one counts. */
  rows: readonly ResourceRow[];
  /** Where the listing goes on after this page; absent on the last. */
  resumeAt?: string;
  /** Native ids that the vendor names as deleted, in a listing of what has changed. */
  gone?: readonly string[];
  /** When the listing began, by the vendor's clock: on its first page. */
  asOf?: Date;
  /** The table's JSON Pointers into `properties` to what doesn't count as a change. */
  volatile?: readonly string[];
  /** What its source calls it, and what it was sent as; absent for the next one that a worker lists. */
  named?: PageName;
}

/** By which a page that comes again is known. */
export interface PageName {
  number: number;
  /** SHA-256 of what was sent. */
  digest: Buffer;
}

export interface PageCounts {
  /** New in the inventory, or back in it: a prune may not count on them. */
  created: number;
  updated: number;
  unchanged: number;
  /** It is there already: nothing was written. */
  isRepeated?: true;
}

/** What the end of a complete listing did. */
export interface Completion {
  state: Extract<UnitState, 'SUCCEEDED' | 'PRUNE_HELD'>;
  /** Resources tombstoned. */
  deleted: number;
  /** Resources that a held prune would have tombstoned. */
  held: number;
  /** How long it took since a worker had it first, waits and all, in seconds of Postgres' clock. */
  seconds: number;
}

const ALONE: PageTurn = { breathe: () => setImmediate(), query: (statements) => statements() };

/** What the writer of a page may be given. */
export interface PageWork {
  /** What it measured until here is recorded with the page, and this page's transaction with the next one. */
  clock?: UnitClock;
  turn?: PageTurn;
}

/** Writes inventory: everything that a unit's page or end changes, in one transaction each. */
export class InventoryRepository {
  /** @param limits how much a complete listing may delete by itself */
  constructor(
    private readonly database: Database,
    private readonly limits: PruneLimits = DEFAULT_PRUNE_LIMITS,
  ) {}

  /**
   * Commits a page: new and changed rows, one change event for each, what the page saw, and the unit's
   * checkpoint. Unchanged rows are not touched. A replayed page changes nothing. Of a plan only what the page
   * saw, its counts and a sample are kept.
   * @throws {LeaseLostError} when the unit is not ours any more; nothing is written then.
   * @throws {PageTakenError} when the unit has another page of that name
   */
  async commitPage(
    unit: LeasedUnit,
    page: InventoryPage,
    { clock = new UnitClock(), turn = ALONE }: PageWork = {},
  ): Promise<PageCounts> {
    const spent = clock.take();
    try {
      return await clock.during('sql', () => this.writePage(unit, page, { spent, turn }));
    } catch (error) {
      clock.giveBack(spent);
      throw error;
    }
  }

  private async writePage(
    unit: LeasedUnit,
    page: InventoryPage,
    { spent, turn }: { spent: TimeSpent; turn: PageTurn },
  ): Promise<PageCounts> {
    // An upsert may not touch a row twice.
    const rows = [...new Map(page.rows.map((row) => [row.nativeId, row])).values()];
    return this.database.transaction(async (client) => {
      const { pages, candidates } = await turn.query(async () => {
        const { pages: before } = await lockUnit(client, unit, PREFER_INDEXES);
        const isRepeated = page.named !== undefined && (await isThere(client, unit, page.named));
        return {
          pages: before,
          candidates: isRepeated ? undefined : await findCandidates(client, unit, rows),
        };
      });
      if (candidates === undefined) return NOTHING_NEW;
      const changes = await toChanges(candidates, rows, turn);
      const writes = unit.mode === 'plan' ? [] : await prepareWrites(unit, changes, turn);
      return turn.query(async () => {
        if (unit.mode === 'plan') {
          await samplePage(client, unit, changes, page.volatile);
        } else if (changes.length > 0) {
          const updated = changes.filter(({ kind }) => kind === 'UPDATED');
          const patches = await createPatches(client, updated, page.volatile); // before the old state is gone
          for (const write of writes) await client.query(write);
          await recordChanges(client, unit, changes, patches);
        }
        const created = changes.filter(({ kind }) => kind !== 'UPDATED').length;
        const counts = {
          created,
          updated: changes.length - created,
          unchanged: rows.length - changes.length,
        };
        const number = page.named?.number ?? pages + 1;
        await checkpoint(client, { unit, page, number, rows, counts, spent });
        return counts;
      });
    });
  }

  /**
   * Ends a unit whose listing was complete: tombstones what it lacked, if the guard allows it, and enters
   * the listing into the completeness ledger. Only the end of a listing that reached its last page may
   * call this: it is the one place where a sync deletes. A plan deletes nothing and is no listing of record. One of
   * what has changed deletes only what the vendor named as deleted, and leaves the last complete listing in the ledger.
   * @param pages how many pages there must be, of a listing whose pages come by themselves
   * @throws {LeaseLostError} when the unit is not ours any more; nothing is written then.
   * @throws {PagesMissingError} when there are fewer pages than that, or more
   */
  async completeUnit(unit: LeasedUnit, pages?: number): Promise<Completion> {
    return this.database.transaction(async (client) => {
      const { pages: there, isIncremental } = await lockUnit(client, unit);
      if (pages !== undefined && pages !== there) throw new PagesMissingError(there);
      if (unit.mode === 'plan') return completePlan(client, unit, this.limits);
      const { seen, live, missing, created, counted } = await comparePrune(client, unit);
      if (counted !== seen) await countUnchanged(client, unit);
      const allowed = mayPrune(live - created, missing, this.limits);
      const deleted = allowed && missing > 0 ? await pruneMissing(client, unit) : 0;
      const state = allowed ? 'SUCCEEDED' : 'PRUNE_HELD';
      const held = allowed ? 0 : missing;
      const { rows } = await client.query<{ seconds: number }>(
        `UPDATE sync_unit SET state = $2, seen = $3, deleted = $4, held_deletes = $5, finished_at = now(),
           lease_token = NULL, lease_until = NULL, error_kind = NULL, error_code = NULL, error_message = NULL
         WHERE id = $1 RETURNING ${UNIT_SECONDS}`,
        [unit.id, state, seen, deleted, held],
      );
      if (isIncremental) await enterChanges(client, unit, allowed);
      else await enterListing(client, unit, allowed, live - deleted);
      if (!allowed) {
        await appendEvent(client, unit.tenantId, {
          type: 'prune.held',
          payload: { ...unitOfEvent(unit), held },
        });
      }
      await forgetPages(client, unit, allowed);
      return { state, deleted, held, seconds: rows[0]?.seconds ?? 0 };
    });
  }
}

/**
 * Keeps the transaction from a plan that was made while a table was small, and kept by the connection: it would
 * read all of it for each row of a page when it has grown.
 */
const PREFER_INDEXES = "set_config('enable_seqscan', 'off', true)";

/** What a unit's listing has come to. */
interface ListedPages {
  pages: number;
  /** Whether it is of what has changed. */
  isIncremental: boolean;
}

/** Locks the unit against a second worker. */
async function lockUnit(client: Querier, unit: LeasedUnit, setting = 'NULL'): Promise<ListedPages> {
  const { rows } = await client.query<ListedPages>(
    `SELECT pages, changed_since IS NOT NULL AS "isIncremental", ${setting} FROM sync_unit
     WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING' FOR NO KEY UPDATE`,
    [unit.id, unit.leaseToken],
  );
  if (rows[0] === undefined) throw new LeaseLostError(`Unit ${unit.id}`);
  return rows[0];
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
        uuidArray(changes.map(({ id }) => id)),
        textArray(changes.map(({ kind }) => kind)),
        byteaArray(changes.map(({ before }) => before)),
        byteaArray(changes.map(({ row }) => row.contentHash)),
        jsonbArray(changes.map(({ id }) => patches.get(id) ?? null)),
      ],
    },
    () => ({ created: count('CREATED'), updated: count('UPDATED'), restored: count('RESTORED') }),
  );
}

const NOTHING_NEW: PageCounts = { created: 0, updated: 0, unchanged: 0, isRepeated: true };

/** Whether the unit has that page. @throws {PageTakenError} when it has another one of its name */
async function isThere(client: Querier, { id }: LeasedUnit, { number, digest }: PageName): Promise<boolean> {
  const { rows } = await client.query<{ digest: Buffer | null }>(
    'SELECT digest FROM sync_unit_page WHERE unit_id = $1 AND page_number = $2',
    [id, number],
  );
  const [found] = rows;
  if (found !== undefined && found.digest?.equals(digest) !== true) throw new PageTakenError(number);
  return found !== undefined;
}

interface Checkpoint {
  unit: LeasedUnit;
  page: InventoryPage;
  number: number;
  /** The page's, each once. */
  rows: readonly ResourceRow[];
  counts: PageCounts;
  spent: TimeSpent;
}

async function checkpoint(
  client: Querier,
  { unit, page, number, rows, counts, spent }: Checkpoint,
): Promise<void> {
  await client.query(
    `WITH page AS (
       INSERT INTO sync_unit_page (unit_id, page_number, digest, seen, gone)
       VALUES ($1, $2, $3, $4::bigint[], $10::text[]))
     UPDATE sync_unit SET pages = pages + 1, resume_at = $5, seen = seen + $6, created = created + $7,
       updated = updated + $8, unchanged = unchanged + $9, attempts = 1,
       listed_at = CASE pages WHEN 0 THEN $11::timestamptz ELSE listed_at END, ${addSpent(12)} WHERE id = $1`,
    [
      unit.id,
      number,
      page.named?.digest ?? null,
      bigintArray(rows.map(({ nativeHash }) => nativeHash)),
      page.resumeAt ?? null,
      rows.length,
      counts.created,
      counts.updated,
      counts.unchanged,
      page.gone === undefined ? null : textArray(page.gone.map((nativeId) => storableText(nativeId))),
      page.asOf ?? null,
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
       complete_task_id, complete_rows, attempt_at, attempt_task_id, attempt_outcome, listed_at, listed_by)
     SELECT $1, $2, $3, $4, $5, now(), $6, $7, now(), $6, $8, listed_at, listed_by FROM sync_unit WHERE id = $9
     ON CONFLICT (account_id, scope_key, resource_type) DO UPDATE SET scope_name = excluded.scope_name,
       complete_at = excluded.complete_at, complete_task_id = excluded.complete_task_id,
       complete_rows = excluded.complete_rows, attempt_at = excluded.attempt_at,
       attempt_task_id = excluded.attempt_task_id, attempt_outcome = excluded.attempt_outcome,
       listed_at = excluded.listed_at, listed_by = excluded.listed_by, changes_at = NULL, changes_in_a_row = 0`,
    [
      unit.accountId,
      unit.resourceType,
      unit.scopeKey,
      unit.tenantId,
      unit.scopeName,
      unit.taskId,
      rows,
      complete ? 'complete' : 'held',
      unit.id,
    ],
  );
}

/**
 * Enters a listing of what has changed, whose cell was listed completely before: that is what it still says. The next
 * one may build on this one, unless the vendor's clock has gone back: it may then have left out what has changed.
 */
async function enterChanges(client: Querier, unit: LeasedUnit, complete: boolean): Promise<void> {
  await client.query(
    `UPDATE coverage SET scope_name = $5, attempt_at = now(), attempt_task_id = $6, attempt_outcome = $7,
       changes_in_a_row = changes_in_a_row + 1,
       changes_at = CASE WHEN $8 THEN now() ELSE changes_at END,
       listed_at = CASE WHEN unit.listed_at > unit.changed_since THEN unit.listed_at END
     FROM sync_unit unit WHERE unit.id = $4
       AND coverage.account_id = $1 AND coverage.resource_type = $2 AND coverage.scope_key = $3`,
    [...cellOf(unit), unit.scopeName, unit.taskId, complete ? 'incremental' : 'held', complete],
  );
}
