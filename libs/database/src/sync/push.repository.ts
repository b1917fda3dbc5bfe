import { v7 as uuidv7 } from 'uuid';

import { isRunOver, OPEN_UNIT_STATES, type RunState, type TaskState, type Vendor } from '#domain';

import type { Database, Querier } from '../database.js';
import { keepTask, type KeyClaim } from '../idempotency/keep-task.js';
import { advanceRun } from './advance-run.js';
import { lockAccountOf } from './lock-account-of.js';
import { openPushedRuns } from './open-pushed-runs.js';
import type { PlannedUnit } from './run.repository.js';
import { lockStartedAccounts, type TaskKey } from './started-accounts.js';
import type { UnitReport } from './task.repository.js';
import { LEASED_UNIT, type LeasedUnit } from './unit.repository.js';

/** How many scopes × types a source may post pages of in one sync: all of them are in the task's report. */
export const MAX_PUSHED_UNITS = 1_000;

/** So many of what is not closed are named. */
const MAX_NAMED = 5;

/** An account whose source may post pages to a task. */
export interface PushedAccount {
  vendor: Vendor;
  settings: object;
}

/** How far a scope has come whose pages are posted. */
export type PushedUnit = Pick<
  UnitReport,
  | 'id'
  | 'scope'
  | 'resourceType'
  | 'state'
  | 'pages'
  | 'seen'
  | 'created'
  | 'updated'
  | 'unchanged'
  | 'deleted'
  | 'heldDeletes'
>;

/** Why a task takes no pages: it is over, waits for another to end, or is no task that ever takes any. */
export type TaskRefusal = { over: TaskState } | 'notYet' | 'notPushed';

/** Why a page or an end of a scope is not taken. */
export type ScopeRefusal = TaskRefusal | { closed: PushedUnit } | 'unopened' | 'tooMany';

/** Why a task is not ended as complete: so many scopes are not closed, of which these are some; or there is none. */
export type EndRefusal = TaskRefusal | { open: number; some: readonly string[] } | 'nothing';

/** A task that its source has said to be complete, and runs that this sets free: the queue must hear of them. */
export interface CompletedTask {
  state: TaskState;
  vendor: Vendor;
  runIds: readonly string[];
}

const UNIT = `id, scope_name AS scope, resource_type AS "resourceType", state, pages, seen, created, updated, unchanged,
  deleted, held_deletes AS "heldDeletes"`;

interface PushedRun {
  id: string;
  tenantId: string;
  taskId: string;
  state: RunState;
  vendor: Vendor;
  pushed: boolean;
  /** Whether its source may post pages now. */
  takesPages: boolean;
  hasError: boolean;
}

/**
 * Syncs whose pages their source posts. Their units are nobody's to claim: a unit is RUNNING from its first page to its
 * end, by a lease token that it keeps and that has no end, so that it is written as any other.
 */
export class PushRepository {
  constructor(private readonly database: Database) {}

  /** The account that a task is about; undefined when the tenant has no such task. */
  async findAccount({ tenantId, taskId }: TaskKey): Promise<PushedAccount | 'notPushed' | undefined> {
    const { rows } = await this.database.pool.query<PushedAccount & { isPushed: boolean }>(
      `SELECT t.vendor, a.settings, a.push_timeout_seconds IS NOT NULL AND a.removed_at IS NULL AS "isPushed"
       FROM sync_task t LEFT JOIN sync_run r ON r.task_id = t.id LEFT JOIN vendor_account a ON a.id = r.account_id
       WHERE t.id = $1 AND t.tenant_id = $2 ORDER BY 3 DESC NULLS LAST LIMIT 1`,
      [taskId, tenantId],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return row.isPushed ? { vendor: row.vendor, settings: row.settings } : 'notPushed';
  }

  /**
   * Takes up a scope for a page or its end, and gives the source its time anew. A scope that has no unit yet gets one,
   * if it is to be opened.
   */
  async enter(
    key: TaskKey,
    cell: PlannedUnit,
    { open }: { open: boolean },
  ): Promise<LeasedUnit | ScopeRefusal> {
    await this.begin(key);
    return this.database.transaction(async (client) => {
      // The run before its units, as who cancels or gives up does.
      const { rowCount, rows } = await client.query<{ id: string }>(
        `UPDATE sync_run r SET pages_until = now() + a.push_timeout_seconds * interval '1 second'
         FROM vendor_account a WHERE r.task_id = $1 AND r.tenant_id = $2 AND r.state = 'RUNNING'
           AND r.pages_until IS NOT NULL AND a.id = r.account_id AND a.push_timeout_seconds IS NOT NULL
         RETURNING r.id`,
        [key.taskId, key.tenantId],
      );
      const [run] = rows;
      if (rowCount !== 1 || run === undefined) return refusalOf(await findRun(client, key));
      return enterScope(client, run.id, cell, open);
    });
  }

  /** A unit as it is. @throws when it is gone, which none is */
  async show(unitId: string): Promise<PushedUnit> {
    const { rows } = await this.database.pool.query<PushedUnit>(
      `SELECT ${UNIT} FROM sync_unit WHERE id = $1`,
      [unitId],
    );
    const [unit] = rows;
    if (unit === undefined) throw new Error(`Unit ${unitId} is gone.`);
    return unit;
  }

  /**
   * Ends a task whose source has said that it is complete, once each of its scopes is closed; said again, it is
   * answered as before.
   */
  async complete(key: TaskKey, keyClaim?: KeyClaim): Promise<CompletedTask | EndRefusal> {
    await this.begin(key);
    return this.database.transaction(async (client) => {
      await lockStartedAccounts(client, key.taskId);
      const run = await findRun(client, key);
      if (run?.takesPages !== true) return endedBefore(run);
      await client.query('SELECT FROM sync_run WHERE id = $1 FOR NO KEY UPDATE', [run.id]);
      const units = await client.query<{ name: string; isOpen: boolean }>(
        `SELECT resource_type || ' of ' || scope_name AS name, state = ANY($2) AS "isOpen" FROM sync_unit
         WHERE run_id = $1 ORDER BY position`,
        [run.id, OPEN_UNIT_STATES],
      );
      if (units.rowCount === 0) return 'nothing';
      const open = units.rows.filter(({ isOpen }) => isOpen).map(({ name }) => name);
      if (open.length > 0) return { open: open.length, some: open.slice(0, MAX_NAMED) };
      await client.query('UPDATE sync_run SET pages_until = NULL WHERE id = $1', [run.id]);
      const { ended, next = [] } = await advanceRun(client, run.id, 0);
      if (ended === undefined) throw new Error(`Run ${run.id} did not end, though all of its units have.`);
      await keepTask(client, keyClaim, key.taskId);
      return { state: ended, vendor: run.vendor, runIds: next };
    });
  }

  /** Opens the task's run if no worker has come to it yet: it may have waited for another one to end. */
  private async begin(key: TaskKey): Promise<void> {
    const { rows } = await this.database.pool.query<{ id: string }>(
      `SELECT r.id FROM sync_run r JOIN vendor_account a ON a.id = r.account_id
       WHERE r.task_id = $1 AND r.tenant_id = $2 AND r.state = 'QUEUED' AND a.push_timeout_seconds IS NOT NULL`,
      [key.taskId, key.tenantId],
    );
    for (const { id } of rows) {
      await this.database.transaction(async (client) => {
        await lockAccountOf(client, id);
        await openPushedRuns(client, [id]);
      });
    }
  }
}

/** The run that a task has for its source, if there is one; else any. */
async function findRun(client: Querier, { tenantId, taskId }: TaskKey): Promise<PushedRun | undefined> {
  const { rows } = await client.query<PushedRun>(
    `SELECT id, tenant_id AS "tenantId", task_id AS "taskId", state, vendor, pushed,
       pages_until IS NOT NULL AS "takesPages", error_kind IS NOT NULL AS "hasError"
     FROM sync_run WHERE task_id = $1 AND tenant_id = $2 ORDER BY pushed DESC, id LIMIT 1`,
    [taskId, tenantId],
  );
  return rows[0];
}

function refusalOf(run: PushedRun | undefined): TaskRefusal {
  if (run?.state === 'PENDING') return 'notYet';
  return run?.pushed === true && isRunOver(run.state) ? { over: run.state } : 'notPushed';
}

/** What was complete before is so now. */
function endedBefore(run: PushedRun | undefined): CompletedTask | TaskRefusal {
  const refusal = refusalOf(run);
  if (run === undefined || typeof refusal === 'string') return refusal;
  if (run.hasError || refusal.over === 'CANCELLED') return refusal;
  return { state: refusal.over, vendor: run.vendor, runIds: [] };
}

/** Within a transaction that has locked the run. */
async function enterScope(
  client: Querier,
  runId: string,
  { scope, resourceType }: PlannedUnit,
  open: boolean,
): Promise<LeasedUnit | ScopeRefusal> {
  const { rows } = await client.query<PushedUnit & LeasedUnit>(
    `SELECT ${LEASED_UNIT}, scope_name AS scope, state, pages, seen, created, updated, unchanged, deleted,
       held_deletes AS "heldDeletes"
     FROM sync_unit WHERE run_id = $1 AND scope_key = $2 AND resource_type = $3`,
    [runId, scope.key, resourceType],
  );
  const [found] = rows;
  if (found?.state === 'RUNNING') return found;
  if (found?.state === 'QUEUED') return startUnit(client, found.id);
  if (found !== undefined) return { closed: found };
  if (!open) return 'unopened';
  const id = uuidv7();
  const added = await client.query(
    `INSERT INTO sync_unit (id, tenant_id, task_id, run_id, vendor, account_id, mode, scope_key, scope_name,
       resource_type, position, state)
     SELECT $2, tenant_id, task_id, id, vendor, account_id, mode, $3, $4, $5, units.count, 'QUEUED'
     FROM sync_run, (SELECT count(*)::int FROM sync_unit WHERE run_id = $1) AS units
     WHERE id = $1 AND units.count < $6`,
    [runId, id, scope.key, scope.name, resourceType, MAX_PUSHED_UNITS],
  );
  return added.rowCount === 1 ? startUnit(client, id) : 'tooMany';
}

/** QUEUED → RUNNING. Without an end of its lease no worker takes it for one that was left. */
async function startUnit(client: Querier, unitId: string): Promise<LeasedUnit> {
  const { rows } = await client.query<LeasedUnit>(
    `UPDATE sync_unit SET state = 'RUNNING', attempts = 1, attempts_total = attempts_total + 1,
       started_at = coalesce(started_at, now()), lease_token = gen_random_uuid(), lease_until = NULL
     WHERE id = $1 AND state = 'QUEUED' RETURNING ${LEASED_UNIT}`,
    [unitId],
  );
  const [unit] = rows;
  if (unit === undefined)
    throw new Error(`Unit ${unitId} was started by somebody else, though its run is locked.`);
  return unit;
}
