import { v7 as uuidv7 } from 'uuid';

import {
  ACTIVE_RUN_STATES,
  OPEN_RUN_STATES,
  OPEN_TASK_STATES,
  type RunState,
  type SyncMode,
  type TaskTrigger,
  type Vendor,
} from '#domain';

import type { Querier } from '../database.js';
import type { KeyClaim } from '../idempotency/keep-task.js';
import { setSyncStatus } from './end-run.js';
import { openPushedRuns } from './open-pushed-runs.js';

export interface SyncRequest {
  tenantId: string;
  vendor: Vendor;
  /** The vendor's account id; absent for every account of the vendor that workers list. */
  accountId?: string;
  trigger: TaskTrigger;
  /** The credential that asked. */
  requestedBy?: string;
  /** Default: sync. */
  mode?: SyncMode;
  /** The idempotency key that it came with. */
  keyClaim?: KeyClaim;
  /**
   * Not satisfied by a listing that has begun before the request, nor by one of what has changed: a change just made
   * must be seen, whether or not the vendor tells of it.
   */
  force?: boolean;
}

/** What a request came to: the task to follow, and the runs it started for workers: the queue must hear of them. */
export interface RequestedSync {
  taskId: string;
  runIds: readonly string[];
}

/** A run that is not over. */
interface OpenRun {
  id: string;
  accountId: string;
  taskId: string;
  mode: SyncMode;
  state: RunState;
  listsAll: boolean;
}

/** Columns of a run `r`, as {@link OpenRun}. */
const OPEN_RUN =
  'r.id, r.account_id AS "accountId", r.task_id AS "taskId", r.mode, r.state, r.lists_all AS "listsAll"';

/** An account's active run before the one that waits for it to end. */
const ACTIVE_FIRST = `r.state = 'PENDING', r.id`;

/** The accounts that a request is about, locked, and what is open for them. */
interface Situation {
  accountIds: readonly string[];
  open: readonly OpenRun[];
}

/**
 * Starts a sync, or joins what is already running. An account has at most one active run: asking again for
 * it returns the running task. Asking for a whole vendor returns the open task that covers every account;
 * else the new task starts runs for the idle accounts and waits for the busy ones' as well. What cannot be
 * joined, because the request is forced or of another mode, gets a run that waits for the active one to end;
 * at most one of each mode does, and later requests join it. To be called in a transaction.
 * @returns undefined when the tenant has no such account; nothing is written then.
 */
export async function requestSync(client: Querier, request: SyncRequest): Promise<RequestedSync | undefined> {
  const accountIds = await lockAccounts(client, request);
  if (accountIds.length === 0) return undefined;
  if (request.force === true) await haveAllListed(client, accountIds);
  const situation = { accountIds, open: await findOpenRuns(client, accountIds) };
  const running = await findTask(client, request, situation);
  if (running !== undefined) return { taskId: running, runIds: [] };
  return startTask(client, request, situation);
}

/** What a sync that is due came to: it was started, or one runs already that is as good. */
export type DueSync = RequestedSync | { busyWith: string };

/**
 * Starts a sync unless one runs already that answers the request, or one of each of its accounts: syncs that are
 * due again and again must not wait for each other. To be called in a transaction.
 * @returns undefined when the tenant has no such account
 */
export async function startIfIdle(client: Querier, request: SyncRequest): Promise<DueSync | undefined> {
  const accountIds = await lockAccounts(client, request);
  if (accountIds.length === 0) return undefined;
  const situation = { accountIds, open: await findOpenRuns(client, accountIds) };
  const running = await findTask(client, request, situation);
  if (running !== undefined) return { busyWith: running };
  const runs = accountIds.map((id) =>
    situation.open.find((run) => run.accountId === id && answers(run, request)),
  );
  const [first] = runs;
  return first !== undefined && !runs.includes(undefined)
    ? { busyWith: first.taskId }
    : startTask(client, request, situation);
}

/**
 * The task that answers a request for one account as it is, if there is one. Nothing is locked or written, so
 * that clients that ask again and again cost the database next to nothing.
 */
export async function findRunningTask(database: Querier, request: SyncRequest): Promise<string | undefined> {
  const { tenantId, vendor, accountId } = request;
  if (accountId === undefined) return undefined;
  const { rows } = await database.query<OpenRun>({
    name: 'find-running-task',
    text: `SELECT ${OPEN_RUN} FROM vendor_account a JOIN sync_run r ON r.account_id = a.id
      WHERE a.tenant_id = $1 AND a.vendor = $2 AND a.account_id = $3 AND a.removed_at IS NULL
        AND r.state = ANY($4) ORDER BY ${ACTIVE_FIRST}`,
    values: [tenantId, vendor, accountId, OPEN_RUN_STATES],
  });
  return rows.find((run) => answers(run, request))?.taskId;
}

/**
 * In id order, so that two requests never wait for each other. A source that posts its pages by itself is asked by name
 * only: it would not hear of a request that is for all.
 */
async function lockAccounts(client: Querier, request: SyncRequest): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM vendor_account WHERE tenant_id = $1 AND vendor = $2 AND removed_at IS NULL
       AND CASE WHEN $3::text IS NULL THEN push_timeout_seconds IS NULL ELSE account_id = $3 END
     ORDER BY id FOR NO KEY UPDATE`,
    [request.tenantId, request.vendor, request.accountId ?? null],
  );
  return rows.map(({ id }) => id);
}

async function findOpenRuns(client: Querier, accountIds: readonly string[]): Promise<OpenRun[]> {
  const { rows } = await client.query<OpenRun>(
    `SELECT ${OPEN_RUN} FROM sync_run r
     WHERE r.account_id = ANY($1) AND r.state = ANY($2) ORDER BY ${ACTIVE_FIRST}`,
    [accountIds, OPEN_RUN_STATES],
  );
  return rows;
}

/** Has those runs of accounts list all that have not begun: whoever wants all waits for them. */
async function haveAllListed(client: Querier, accountIds: readonly string[]): Promise<void> {
  await client.query(
    `UPDATE sync_run SET lists_all = true
     WHERE account_id = ANY($1) AND state IN ('PENDING', 'QUEUED') AND NOT lists_all`,
    [accountIds],
  );
}

/** Whether waiting for a run answers a request. */
function answers(run: OpenRun, { mode = 'sync', force = false }: SyncRequest): boolean {
  return run.mode === mode && !(force && (run.state === 'RUNNING' || !run.listsAll));
}

/** The open task that answers a request as it is. */
async function findTask(
  client: Querier,
  request: SyncRequest,
  { accountIds, open }: Situation,
): Promise<string | undefined> {
  if (request.accountId !== undefined) return open.find((run) => answers(run, request))?.taskId;
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM sync_task t
     WHERE tenant_id = $1 AND vendor = $2 AND mode = $3 AND state = ANY($4) AND $5::uuid[] <@ ARRAY(
       SELECT r.account_id FROM sync_task_run m JOIN sync_run r ON r.id = m.run_id
       WHERE m.task_id = t.id AND (NOT $6::boolean OR r.state IN ('PENDING', 'QUEUED')))
     ORDER BY id LIMIT 1`,
    [
      request.tenantId,
      request.vendor,
      request.mode ?? 'sync',
      OPEN_TASK_STATES,
      accountIds,
      request.force ?? false,
    ],
  );
  return rows[0]?.id;
}

async function startTask(
  client: Querier,
  request: SyncRequest,
  { accountIds, open }: Situation,
): Promise<RequestedSync> {
  const taskId = uuidv7();
  // The first that answers: an active run rather than the one behind it.
  const joined = accountIds.flatMap((id) => {
    const run = open.find((candidate) => candidate.accountId === id && answers(candidate, request));
    return run === undefined ? [] : [run];
  });
  const active: readonly RunState[] = ACTIVE_RUN_STATES;
  const busy = new Set(open.filter(({ state }) => active.includes(state)).map(({ accountId }) => accountId));
  const runs = accountIds
    .filter((id) => !joined.some(({ accountId }) => accountId === id))
    .map((accountId) => ({ id: uuidv7(), accountId, state: busy.has(accountId) ? 'PENDING' : 'QUEUED' }));
  await insertTask(client, request, taskId);
  await client.query(
    `INSERT INTO sync_run (id, tenant_id, task_id, vendor, mode, lists_all, account_id, state, enqueued_at)
     SELECT run, $4, $5, $6, $7, $8, account, state, now()
     FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS t (run, account, state)`,
    [
      runs.map(({ id }) => id),
      runs.map(({ accountId }) => accountId),
      runs.map(({ state }) => state),
      request.tenantId,
      taskId,
      request.vendor,
      request.mode ?? 'sync',
      request.force ?? false,
    ],
  );
  await client.query(
    'INSERT INTO sync_task_run (task_id, run_id) SELECT $1, run FROM unnest($2::uuid[]) AS run',
    [taskId, [...runs, ...joined].map(({ id }) => id)],
  );
  const queued = runs.filter(({ state }) => state === 'QUEUED');
  const opened = await openPushedRuns(
    client,
    queued.map(({ id }) => id),
  );
  const started = queued.filter(({ id }) => !opened.includes(id));
  if (request.mode !== 'plan') {
    for (const { accountId } of started) await setSyncStatus(client, accountId, 'waiting', '');
  }
  return { taskId, runIds: started.map(({ id }) => id) };
}

async function insertTask(client: Querier, request: SyncRequest, taskId: string): Promise<void> {
  await client.query(
    `INSERT INTO sync_task (id, tenant_id, vendor, account_filter, trigger, requested_by, mode, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'QUEUED')`,
    [
      taskId,
      request.tenantId,
      request.vendor,
      request.accountId ?? null,
      request.trigger,
      request.requestedBy ?? null,
      request.mode ?? 'sync',
    ],
  );
}
