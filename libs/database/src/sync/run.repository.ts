import { v7 as uuidv7 } from 'uuid';

import {
  ACTIVE_RUN_STATES,
  OPEN_RUN_STATES,
  type Scope,
  type SyncError,
  type SyncMode,
  type Vendor,
} from '#domain';

import type { Database, Querier } from '../database.js';
import { LeaseLostError } from '../errors.js';
import { toJsonPayload } from '../storable-text.js';
import { advanceRun, type RunAdvance } from './advance-run.js';
import { cancelRuns, endRun, type LockedRun } from './end-run.js';
import { type GivenUpRun, giveUpRun } from './give-up-run.js';
import { lockAccountOf } from './lock-account-of.js';
import { markStarted, openPushedRuns } from './open-pushed-runs.js';
import { errorColumns, type UnitWait } from './unit.repository.js';

/** A run that this worker plans. */
export interface LeasedRun {
  id: string;
  tenantId: string;
  taskId: string;
  vendor: Vendor;
  accountId: string;
  mode: SyncMode;
  attempts: number;
  leaseToken: string;
}

/** `planned`: its units are written already, and may wait to be handed out. */
export type RunClaim = { run: LeasedRun } | { busyForMs: number } | { planned: Vendor } | 'over';

/** One cell of a plan: a resource type to list in a scope. */
export interface PlannedUnit {
  scope: Scope;
  resourceType: string;
}

/** The runs' state machine, in SQL: planning, handing out units, and ending runs and tasks. */
export class RunRepository {
  constructor(private readonly database: Database) {}

  /**
   * QUEUED | RUNNING without plan, once it is due → RUNNING, held by us to plan it. Starts its tasks. One whose source
   * posts its pages by itself needs no plan.
   */
  async claim(runId: string, leaseMs: number): Promise<RunClaim> {
    return this.database.transaction(async (client) => {
      await lockAccountOf(client, runId);
      await openPushedRuns(client, [runId]);
      const { rows } = await client.query<LeasedRun>(
        `UPDATE sync_run SET state = 'RUNNING', attempts = attempts + 1, next_attempt_at = NULL,
           started_at = coalesce(started_at, now()),
           lease_token = gen_random_uuid(), lease_until = now() + $2 * interval '1 millisecond'
         WHERE id = $1 AND planned_at IS NULL AND state = ANY($3)
           AND (lease_until IS NULL OR lease_until < now())
           AND (next_attempt_at IS NULL OR next_attempt_at <= now())
         RETURNING id, tenant_id AS "tenantId", task_id AS "taskId", vendor, account_id AS "accountId",
           mode, attempts, lease_token AS "leaseToken"`,
        [runId, leaseMs, ACTIVE_RUN_STATES],
      );
      const [run] = rows;
      if (run === undefined) return this.whyNotClaimed(client, runId);
      await markStarted(client, run);
      return { run };
    });
  }

  private async whyNotClaimed(client: Querier, runId: string): Promise<RunClaim> {
    const { rows } = await client.query<{ vendor: Vendor; planned: boolean; busyForMs: number }>(
      `SELECT vendor, planned_at IS NOT NULL AS planned,
         ceil(extract(epoch FROM coalesce(lease_until, next_attempt_at) - now()) * 1000)::int AS "busyForMs"
       FROM sync_run WHERE id = $1 AND state = ANY($2)`,
      [runId, ACTIVE_RUN_STATES],
    );
    const [open] = rows;
    if (open === undefined) return 'over';
    return open.planned ? { planned: open.vendor } : { busyForMs: Math.max(1, open.busyForMs) };
  }

  /**
   * Writes the run's units, in the plan's order, and gives the run back.
   * @param excluded what the account's settings leave out: the ledger says so, unless the run is a plan
   * @throws {LeaseLostError}
   */
  async savePlan(
    run: LeasedRun,
    plan: readonly PlannedUnit[],
    excluded: readonly PlannedUnit[] = [],
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `UPDATE sync_run SET planned_at = now(), lease_token = NULL, lease_until = NULL, attempts = 0,
           error_kind = NULL, error_code = NULL, error_message = NULL
         WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING'`,
        [run.id, run.leaseToken],
      );
      if (rowCount !== 1) throw new LeaseLostError(`Run ${run.id}`);
      await client.query(
        `INSERT INTO sync_unit (id, tenant_id, task_id, run_id, vendor, account_id, mode, scope_key,
           scope_name, resource_type, position, state)
         SELECT id, $2, $3, $4, $5, $6, $7, "scopeKey", "scopeName", "resourceType", position, 'QUEUED'
         FROM jsonb_to_recordset($1::jsonb) AS unit (id uuid, "scopeKey" text, "scopeName" text,
           "resourceType" text, position int)`,
        [
          toJsonPayload(
            plan.map(({ scope, resourceType }, position) => ({
              id: uuidv7(),
              scopeKey: scope.key,
              scopeName: scope.name,
              resourceType,
              position,
            })),
          ),
          run.tenantId,
          run.taskId,
          run.id,
          run.vendor,
          run.accountId,
          run.mode,
        ],
      );
      if (run.mode === 'sync') await enterExcluded(client, run, excluded);
    });
  }

  /** Prolongs the lease. False when the run is not ours any more. */
  async renew(run: LeasedRun, leaseMs: number): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `UPDATE sync_run SET lease_until = now() + $3 * interval '1 millisecond'
       WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING'`,
      [run.id, run.leaseToken, leaseMs],
    );
    return rowCount === 1;
  }

  /**
   * Puts off planning.
   * @throws {LeaseLostError}
   */
  async wait(run: LeasedRun, { delayMs, counted, error }: UnitWait): Promise<void> {
    const { rowCount } = await this.database.pool.query(
      `UPDATE sync_run SET next_attempt_at = now() + $3 * interval '1 millisecond', enqueued_at = now(),
         attempts = attempts - CASE WHEN $4::boolean THEN 0 ELSE 1 END,
         lease_token = NULL, lease_until = NULL, error_kind = $5, error_code = $6, error_message = $7
       WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING'`,
      [run.id, run.leaseToken, delayMs, counted, ...errorColumns(error)],
    );
    if (rowCount !== 1) throw new LeaseLostError(`Run ${run.id}`);
  }

  /**
   * RUNNING → FAILED: the account could not be planned at all. Nothing was listed, so nothing is deleted.
   * @returns runs of the account that waited for this one's end: they are to be enqueued
   * @throws {LeaseLostError}
   */
  async fail(run: LeasedRun, error: SyncError): Promise<string[]> {
    return this.database.transaction(async (client) => {
      await lockAccountOf(client, run.id);
      const { rowCount } = await client.query(
        `UPDATE sync_run SET error_kind = $3, error_code = $4, error_message = $5
         WHERE id = $1 AND lease_token = $2 AND state = 'RUNNING'`,
        [run.id, run.leaseToken, ...errorColumns(error)],
      );
      if (rowCount !== 1) throw new LeaseLostError(`Run ${run.id}`);
      return endRun(client, { ...run, state: 'RUNNING' }, 'FAILED', error.message);
    });
  }

  /**
   * Moves a planned run on: hands out units up to `atOnce` in flight, or as many as the account's settings
   * allow, or, when none is open, ends the run and the tasks that waited only for it. Idempotent: call it
   * whenever something may have changed.
   */
  async advance(runId: string, atOnce: number): Promise<RunAdvance> {
    return this.database.transaction((client) => advanceRun(client, runId, atOnce));
  }

  /** Runs whose source has posted nothing for as long as it may, for {@link giveUp}. */
  async findAbandoned(limit: number): Promise<{ id: string; vendor: Vendor }[]> {
    const { rows } = await this.database.pool.query<{ id: string; vendor: Vendor }>(
      'SELECT id, vendor FROM sync_run WHERE pages_until < now() ORDER BY pages_until LIMIT $1',
      [limit],
    );
    return rows;
  }

  /** Ends a run whose source did not come back; see {@link giveUpRun}. */
  async giveUp(runId: string): Promise<GivenUpRun | undefined> {
    return this.database.transaction((client) => giveUpRun(client, runId));
  }

  /** Cancels what an account has open, with its units. */
  async cancelAccount(client: Querier, accountId: string): Promise<void> {
    const { rows } = await client.query<LockedRun>(
      `SELECT id, account_id AS "accountId", state, mode FROM sync_run
       WHERE account_id = $1 AND state = ANY($2) ORDER BY id FOR NO KEY UPDATE`,
      [accountId, OPEN_RUN_STATES],
    );
    await cancelRuns(client, rows, 'The account was removed.');
  }

  /** Runs to plan whose job the queue seems to have lost; they are marked as enqueued again. */
  async takeForgotten(limit: number, graceMs: number): Promise<{ id: string; vendor: Vendor }[]> {
    const { rows } = await this.database.pool.query<{ id: string; vendor: Vendor }>(
      `UPDATE sync_run SET enqueued_at = now() WHERE id IN (
         SELECT id FROM sync_run WHERE state = ANY($3) AND planned_at IS NULL
           AND (lease_until IS NULL OR lease_until < now())
           AND coalesce(enqueued_at, created_at) < now() - $2 * interval '1 millisecond'
           AND (next_attempt_at IS NULL OR next_attempt_at < now() - $2 * interval '1 millisecond')
         LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
       RETURNING id, vendor`,
      [limit, graceMs, ACTIVE_RUN_STATES],
    );
    return rows;
  }

  /**
   * Planned runs that are not over and wait for no pages of a source, for {@link advance}: those of which nothing has
   * been planned or ended for so long. Whoever did so just now is about to move the run on, for the request that asked
   * for it.
   */
  async findPlanned(limit: number, graceMs: number): Promise<{ id: string; vendor: Vendor }[]> {
    const { rows } = await this.database.pool.query<{ id: string; vendor: Vendor }>(
      `SELECT id, vendor FROM sync_run AS run
       WHERE state = 'RUNNING' AND pages_until IS NULL
         AND greatest(planned_at, enqueued_at) < now() - $2 * interval '1 millisecond' AND planned_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM sync_unit WHERE run_id = run.id
           AND finished_at >= now() - $2 * interval '1 millisecond')
       ORDER BY id LIMIT $1`,
      [limit, graceMs],
    );
    return rows;
  }
}

/** Enters into the ledger what is left out on purpose. What is known of it stays, and gets older. */
async function enterExcluded(
  client: Querier,
  run: LeasedRun,
  excluded: readonly PlannedUnit[],
): Promise<void> {
  if (excluded.length === 0) return;
  await client.query(
    `INSERT INTO coverage (account_id, tenant_id, scope_key, scope_name, resource_type, attempt_at,
       attempt_task_id, attempt_outcome)
     SELECT $1, $2, "scopeKey", "scopeName", "resourceType", now(), $3, 'excluded'
     FROM jsonb_to_recordset($4::jsonb) AS cell ("scopeKey" text, "scopeName" text, "resourceType" text)
     ON CONFLICT (account_id, scope_key, resource_type) DO UPDATE SET attempt_at = excluded.attempt_at,
       attempt_task_id = excluded.attempt_task_id, attempt_outcome = excluded.attempt_outcome`,
    [
      run.accountId,
      run.tenantId,
      run.taskId,
      toJsonPayload(
        excluded.map(({ scope, resourceType }) => ({
          scopeKey: scope.key,
          scopeName: scope.name,
          resourceType,
        })),
      ),
    ],
  );
}
