import {
  ACTIVE_RUN_STATES,
  type AttemptOutcome,
  OPEN_UNIT_STATES,
  type SyncError,
  type SyncErrorKind,
  type SyncMode,
  type TimeSpent,
  type UnitState,
  type Vendor,
  waitCauseOf,
} from '#domain';

import type { Database, Querier } from '../database.js';
import { LeaseLostError } from '../errors.js';
import { storableText } from '../storable-text.js';
import { beginListing, forgetListing, type ListingStart, type ListingTerms } from './begin-listing.js';
import { addSpent, COUNT_WAIT, spentValues } from './unit-timings.js';

/** A unit that this worker holds: nobody else may write for it until the lease ends. */
export interface LeasedUnit {
  id: string;
  tenantId: string;
  taskId: string;
  runId: string;
  vendor: Vendor;
  accountId: string;
  scopeKey: string;
  scopeName: string;
  resourceType: string;
  /** Whether what it lists is written. */
  mode: SyncMode;
  /** The checkpoint of the last committed page. */
  resumeAt: string | null;
  /** Attempts since the last committed page, with this one. */
  attempts: number;
  /** How often its listing started anew. */
  restarts: number;
  leaseToken: string;
}

/** What came of asking for a unit: it is ours, nobody may have it for a time, or there is nothing to do. */
export type UnitClaim = { unit: LeasedUnit } | { busyForMs: number } | 'over';

/** Why a unit waits. */
export interface UnitWait {
  delayMs: number;
  /** Whether the attempt counts: a throttled one doesn't. */
  counted: boolean;
  error?: SyncError;
}

/**
 * How a listing that did not reach its end is told to the ledger. Behind committed pages `failed` becomes
 * `partial` there.
 */
type UnfinishedOutcome = Extract<AttemptOutcome, 'failed' | 'denied' | 'skipped' | 'cancelled'>;

/** How a failure is remembered in the completeness ledger. Never as "empty". */
const LEDGER_OUTCOME: Record<SyncErrorKind, UnfinishedOutcome> = {
  credentials: 'denied',
  permission: 'denied',
  throttled: 'failed',
  unavailable: 'failed',
  absent: 'skipped',
  bug: 'failed',
};

/** Columns of a unit, as {@link LeasedUnit}. */
export const LEASED_UNIT = `id, tenant_id AS "tenantId", task_id AS "taskId", run_id AS "runId", vendor,
  account_id AS "accountId", scope_key AS "scopeKey", scope_name AS "scopeName",
  resource_type AS "resourceType", mode, resume_at AS "resumeAt", attempts, restarts,
  lease_token AS "leaseToken"`;

/** The units' state machine, in SQL. See `sync-states.ts` in `#domain` for the states. */
export class UnitRepository {
  constructor(private readonly database: Database) {}

  /**
   * QUEUED | WAITING, once it is due | RUNNING with an expired lease → RUNNING. All by Postgres' clock: the
   * queue's delays rest on clocks of processes, which may be wrong.
   */
  async claim(unitId: string, leaseMs: number): Promise<UnitClaim> {
    const claimed = await this.database.pool.query<LeasedUnit>(
      `UPDATE sync_unit SET state = 'RUNNING', attempts = attempts + 1,
         attempts_total = attempts_total + 1, next_attempt_at = NULL,
         started_at = coalesce(started_at, now()), ${COUNT_WAIT},
         lease_token = gen_random_uuid(), lease_until = now() + $2 * interval '1 millisecond'
       WHERE id = $1 AND (state = 'QUEUED' OR (state = 'WAITING' AND next_attempt_at <= now())
         OR (state = 'RUNNING' AND lease_until < now()))
       RETURNING ${LEASED_UNIT}`,
      [unitId, leaseMs],
    );
    const [unit] = claimed.rows;
    if (unit !== undefined) return { unit };
    const open = await this.database.pool.query<{ busyForMs: number }>(
      `SELECT ceil(extract(epoch FROM coalesce(lease_until, next_attempt_at) - now()) * 1000)::int AS "busyForMs"
       FROM sync_unit WHERE id = $1 AND state = ANY($2)`,
      [unitId, OPEN_UNIT_STATES],
    );
    return open.rows[0] ? { busyForMs: Math.max(1, open.rows[0].busyForMs) } : 'over';
  }

  /** Prolongs the lease. False when the unit is not ours any more. */
  async renew(unit: LeasedUnit, leaseMs: number): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `UPDATE sync_unit SET lease_until = now() + $3 * interval '1 millisecond'
       WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING'`,
      [unit.id, unit.leaseToken, leaseMs],
    );
    return rowCount === 1;
  }

  /**
   * RUNNING → WAITING, or → QUEUED when nothing went wrong (`delayMs` 0: the process is shutting down).
   * @throws {LeaseLostError}
   */
  async wait(unit: LeasedUnit, how: UnitWait): Promise<void> {
    await putOff(this.database.pool, unit, how);
  }

  /**
   * RUNNING → WAITING, to be listed from its first page again; see {@link forgetListing}.
   * @throws {LeaseLostError}
   */
  async restart(unit: LeasedUnit, how: UnitWait): Promise<void> {
    await this.database.transaction(async (client) => {
      await putOff(client, unit, how);
      await client.query('UPDATE sync_unit SET restarts = restarts + 1 WHERE id = $1', [unit.id]);
      await forgetListing(client, unit.id);
    });
  }

  /** Says what a unit lists, of a type of which the vendor tells what has changed; see {@link beginListing}. */
  async beginListing(unit: LeasedUnit, terms: ListingTerms): Promise<ListingStart> {
    return this.database.transaction((client) => beginListing(client, unit, terms));
  }

  /**
   * Adds to where a unit's time went. Needs no lease: the time was spent, whoever has the unit now, and
   * nothing is decided by it.
   */
  async recordTime({ id }: LeasedUnit, spent: TimeSpent): Promise<void> {
    await this.database.pool.query(`UPDATE sync_unit SET ${addSpent(2)} WHERE id = $1`, [
      id,
      ...spentValues(spent),
    ]);
  }

  /**
   * RUNNING → FAILED, or → SKIPPED when the vendor doesn't offer the type there. With `whole` set, the
   * failure is the account's: its other units that have not started yet fail with it.
   * @throws {LeaseLostError}
   */
  async fail(unit: LeasedUnit, error: SyncError, whole: boolean): Promise<void> {
    await this.database.transaction(async (client) => {
      // The run before its units, as who cancels them does: else each could wait for the other's unit.
      if (whole) await client.query('SELECT 1 FROM sync_run WHERE id = $1 FOR NO KEY UPDATE', [unit.runId]);
      const failed = await client.query<EndedUnit>(
        `UPDATE sync_unit SET state = $3, finished_at = now(), lease_token = NULL, lease_until = NULL,
           error_kind = $4, error_code = $5, error_message = $6
         WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING' RETURNING ${ENDED}`,
        [unit.id, unit.leaseToken, error.kind === 'absent' ? 'SKIPPED' : 'FAILED', ...errorColumns(error)],
      );
      if (failed.rowCount !== 1) throw new LeaseLostError(`Unit ${unit.id}`);
      const others = whole
        ? await failThose(client, { runId: unit.runId, states: UNSTARTED_STATES }, error)
        : [];
      await recordEnd(client, [...failed.rows, ...others], LEDGER_OUTCOME[error.kind]);
    });
  }

  /** Whether another account of the vendor has a unit, or a run to plan, that is due and not being worked on. */
  async isAnotherAccountWaiting({
    vendor,
    accountId,
  }: Pick<LeasedUnit, 'vendor' | 'accountId'>): Promise<boolean> {
    const { rows } = await this.database.pool.query<{ waiting: boolean }>(
      `SELECT EXISTS (
           SELECT 1 FROM sync_unit WHERE vendor = $1 AND account_id <> $2 AND state = 'QUEUED'
             AND enqueued_at IS NOT NULL)
         OR EXISTS (
           SELECT 1 FROM sync_run WHERE vendor = $1 AND account_id <> $2 AND state = ANY($3)
             AND planned_at IS NULL AND lease_token IS NULL
             AND (next_attempt_at IS NULL OR next_attempt_at <= now())) AS waiting`,
      [vendor, accountId, ACTIVE_RUN_STATES],
    );
    return rows[0]?.waiting === true;
  }

  /** Units whose job the queue seems to have lost, at most `limit`; they are marked as enqueued again. */
  async takeForgotten(limit: number, graceMs: number): Promise<{ id: string; vendor: Vendor }[]> {
    const { rows } = await this.database.pool.query<{ id: string; vendor: Vendor }>(
      `UPDATE sync_unit SET enqueued_at = now() WHERE id IN (
         SELECT id FROM sync_unit WHERE enqueued_at < now() - $2 * interval '1 millisecond' AND (
           state = 'QUEUED' OR (state = 'RUNNING' AND lease_until < now())
           OR (state = 'WAITING' AND next_attempt_at < now() - $2 * interval '1 millisecond'))
         LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
       RETURNING id, vendor`,
      [limit, graceMs],
    );
    return rows;
  }
}

interface EndedUnit {
  id: string;
  tenantId: string;
  taskId: string;
  accountId: string;
  scopeKey: string;
  scopeName: string;
  resourceType: string;
  mode: SyncMode;
  /** Pages committed since its listing last began. */
  pages: number;
}

const ENDED = `id, mode, pages, tenant_id AS "tenantId", task_id AS "taskId", account_id AS "accountId",
  scope_key AS "scopeKey", scope_name AS "scopeName", resource_type AS "resourceType"`;

async function putOff(
  client: Querier,
  unit: LeasedUnit,
  { delayMs, counted, error }: UnitWait,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE sync_unit SET state = CASE WHEN $3::int = 0 THEN 'QUEUED' ELSE 'WAITING' END,
       next_attempt_at = now() + $3::int * interval '1 millisecond', enqueued_at = now(),
       waiting_since = now(), waiting_for = $8,
       attempts = attempts - CASE WHEN $4::boolean THEN 0 ELSE 1 END,
       attempts_total = attempts_total - CASE WHEN $4::boolean THEN 0 ELSE 1 END,
       lease_token = NULL, lease_until = NULL, error_kind = $5, error_code = $6, error_message = $7
     WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING'`,
    [unit.id, unit.leaseToken, delayMs, counted, ...errorColumns(error), waitCauseOf(error)],
  );
  if (rowCount !== 1) throw new LeaseLostError(`Unit ${unit.id}`);
}

const UNSTARTED_STATES = ['QUEUED', 'WAITING'] as const satisfies readonly UnitState[];

async function failThose(
  client: Querier,
  { runId, states }: { runId: string; states: readonly UnitState[] },
  error: SyncError,
): Promise<EndedUnit[]> {
  const { rows } = await client.query<EndedUnit>(
    `UPDATE sync_unit SET state = 'FAILED', finished_at = now(), lease_token = NULL, lease_until = NULL,
       error_kind = $3, error_code = $4, error_message = $5
     WHERE run_id = $1 AND state = ANY($2) RETURNING ${ENDED}`,
    [runId, states, ...errorColumns(error)],
  );
  return rows;
}

/** QUEUED | WAITING | RUNNING → FAILED, for all open units of a run, which the caller has locked. */
export async function failUnits(client: Querier, runId: string, error: SyncError): Promise<void> {
  const failed = await failThose(client, { runId, states: OPEN_UNIT_STATES }, error);
  await recordEnd(client, failed, LEDGER_OUTCOME[error.kind]);
}

/**
 * QUEUED | WAITING | RUNNING → CANCELLED, for all open units of runs, which the caller has locked. Their
 * workers notice.
 */
export async function cancelUnits(client: Querier, runIds: readonly string[]): Promise<void> {
  const { rows } = await client.query<EndedUnit>(
    `UPDATE sync_unit SET state = 'CANCELLED', finished_at = now(), lease_token = NULL, lease_until = NULL
     WHERE run_id = ANY($1) AND state = ANY($2) RETURNING ${ENDED}`,
    [runIds, OPEN_UNIT_STATES],
  );
  await recordEnd(client, rows, 'cancelled');
}

/**
 * Enters units that ended without a complete listing into the ledger, but for plans, which are no syncs, and
 * forgets what their pages saw.
 */
async function recordEnd(
  client: Querier,
  units: readonly EndedUnit[],
  outcome: UnfinishedOutcome,
): Promise<void> {
  await client.query(
    `INSERT INTO coverage (account_id, resource_type, scope_key, tenant_id, scope_name, attempt_at,
       attempt_task_id, attempt_outcome)
     SELECT "accountId", "resourceType", "scopeKey", "tenantId", "scopeName", now(), "taskId",
       CASE WHEN $2 = 'failed' AND pages > 0 THEN 'partial' ELSE $2 END
     FROM jsonb_to_recordset($1::jsonb) AS unit ("accountId" uuid, "resourceType" text, "scopeKey" text,
       "tenantId" uuid, "scopeName" text, "taskId" uuid, pages int)
     ON CONFLICT (account_id, scope_key, resource_type) DO UPDATE SET attempt_at = excluded.attempt_at,
       attempt_task_id = excluded.attempt_task_id, attempt_outcome = excluded.attempt_outcome`,
    [JSON.stringify(units.filter(({ mode }) => mode === 'sync')), outcome],
  );
  await client.query('DELETE FROM sync_unit_page WHERE unit_id = ANY($1)', [units.map(({ id }) => id)]);
}

export function errorColumns(error: SyncError | undefined): [string | null, string | null, string | null] {
  if (error === undefined) return [null, null, null];
  const { kind, vendorCode, message } = error;
  return [kind, vendorCode === undefined ? null : storableText(vendorCode), storableText(message)];
}
