import { v7 as uuidv7 } from 'uuid';

import { OPEN_TASK_STATES, type SyncErrorKind, type TaskState, type UnitState, type Vendor } from '#domain';

import type { Database, Querier } from '../database.js';
import { cancelTask, type TaskCancellation } from './cancel-task.js';
import { retryTask, type TaskRetry } from './retry-task.js';
import { setSyncStatus } from './run.repository.js';
import type { TaskKey } from './started-accounts.js';

export interface SyncRequest {
  tenantId: string;
  vendor: Vendor;
  /** The vendor's account id; absent for every account of the vendor. */
  accountId?: string;
  trigger: 'api' | 'schedule' | 'rpc';
  /** The credential that asked. */
  requestedBy?: string;
}

/** What a request came to: the task to follow, and the runs it started, which the queue must hear of. */
export interface RequestedSync {
  taskId: string;
  runIds: readonly string[];
}

export interface ReportedError {
  kind: SyncErrorKind;
  code: string | null;
  message: string;
}

export interface UnitReport {
  id: string;
  scope: string;
  resourceType: string;
  state: UnitState;
  pages: number;
  seen: number;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  heldDeletes: number;
  attempts: number;
  nextAttemptAt: Date | null;
  error: ReportedError | null;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface RunReport {
  id: string;
  /** The task that started it; another one than the report's when the report's found it running. */
  taskId: string;
  accountId: string;
  accountName: string;
  state: TaskState;
  planned: boolean;
  attempts: number;
  nextAttemptAt: Date | null;
  error: ReportedError | null;
  units: UnitReport[];
}

export interface TaskReport {
  id: string;
  vendor: Vendor;
  accountFilter: string | null;
  trigger: string;
  state: TaskState;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  runs: RunReport[];
}

interface ActiveRun {
  id: string;
  accountId: string;
  taskId: string;
}

/** Sync tasks: asked for, joined, and reported on. */
export class TaskRepository {
  constructor(private readonly database: Database) {}

  /**
   * Starts a sync, or joins what is already running. An account has at most one active run: asking again
   * for it returns the running task. Asking for a whole vendor returns the active task that covers every
   * account; else the new task starts runs for the idle accounts and waits for the busy ones' as well.
   * @returns undefined when the tenant has no such account; nothing is written then.
   */
  async request(request: SyncRequest): Promise<RequestedSync | undefined> {
    return this.database.transaction(async (client) => {
      const accountIds = await lockAccounts(client, request);
      if (accountIds.length === 0) return undefined;
      const active = await findActiveRuns(client, accountIds);
      const running = await this.findRunning(client, request, { accountIds, active });
      if (running !== undefined) return { taskId: running, runIds: [] };
      return startTask(client, request, { accountIds, active });
    });
  }

  private async findRunning(
    client: Querier,
    request: SyncRequest,
    { accountIds, active }: { accountIds: readonly string[]; active: readonly ActiveRun[] },
  ): Promise<string | undefined> {
    if (request.accountId !== undefined) return active[0]?.taskId;
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM sync_task t
       WHERE tenant_id = $1 AND vendor = $2 AND state = ANY($3) AND $4::uuid[] <@ ARRAY(
         SELECT r.account_id FROM sync_task_run m JOIN sync_run r ON r.id = m.run_id WHERE m.task_id = t.id)
       ORDER BY id LIMIT 1`,
      [request.tenantId, request.vendor, OPEN_TASK_STATES, accountIds],
    );
    return rows[0]?.id;
  }

  /** Cancels a task that is not over; see {@link cancelTask}. */
  async cancel(key: TaskKey): Promise<TaskCancellation> {
    return this.database.transaction((client) => cancelTask(client, key));
  }

  /** Tries a finished task's failed parts again; see {@link retryTask}. */
  async retry(key: TaskKey): Promise<TaskRetry> {
    return this.database.transaction((client) => retryTask(client, key));
  }

  /** A task with its runs and units, or undefined when the tenant has no such task. */
  async report(tenantId: string, taskId: string): Promise<TaskReport | undefined> {
    const task = await this.database.prisma.syncTask.findFirst({
      where: { id: taskId, tenantId },
      include: {
        members: {
          orderBy: { runId: 'asc' },
          include: {
            run: {
              include: {
                account: { select: { accountId: true, accountName: true } },
                units: { orderBy: { position: 'asc' } },
              },
            },
          },
        },
      },
    });
    if (task === null) return undefined;
    return {
      ...task,
      vendor: task.vendor as Vendor,
      state: task.state as TaskState,
      runs: task.members.map(({ run }) => ({
        ...run,
        accountId: run.account.accountId,
        accountName: run.account.accountName,
        state: run.state as TaskState,
        planned: run.plannedAt !== null,
        error: toError(run),
        units: run.units.map((unit) => ({
          ...unit,
          scope: unit.scopeName,
          state: unit.state as UnitState,
          error: toError(unit),
        })),
      })),
    };
  }
}

function toError(row: {
  errorKind: string | null;
  errorCode: string | null;
  errorMessage: string | null;
}): ReportedError | null {
  if (row.errorKind === null) return null;
  return { kind: row.errorKind as SyncErrorKind, code: row.errorCode, message: row.errorMessage ?? '' };
}

/** In id order, so that two requests never wait for each other. */
async function lockAccounts(client: Querier, request: SyncRequest): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM vendor_account WHERE tenant_id = $1 AND vendor = $2 AND removed_at IS NULL
       AND ($3::text IS NULL OR account_id = $3)
     ORDER BY id FOR NO KEY UPDATE`,
    [request.tenantId, request.vendor, request.accountId ?? null],
  );
  return rows.map(({ id }) => id);
}

async function findActiveRuns(client: Querier, accountIds: readonly string[]): Promise<ActiveRun[]> {
  const { rows } = await client.query<ActiveRun>(
    `SELECT id, account_id AS "accountId", task_id AS "taskId" FROM sync_run
     WHERE account_id = ANY($1) AND state = ANY($2) ORDER BY id`,
    [accountIds, OPEN_TASK_STATES],
  );
  return rows;
}

async function startTask(
  client: Querier,
  request: SyncRequest,
  { accountIds, active }: { accountIds: readonly string[]; active: readonly ActiveRun[] },
): Promise<RequestedSync> {
  const taskId = uuidv7();
  const busy = new Set(active.map(({ accountId }) => accountId));
  const runs = accountIds.filter((id) => !busy.has(id)).map((accountId) => ({ id: uuidv7(), accountId }));
  await client.query(
    `INSERT INTO sync_task (id, tenant_id, vendor, account_filter, trigger, requested_by, state)
     VALUES ($1, $2, $3, $4, $5, $6, 'QUEUED')`,
    [
      taskId,
      request.tenantId,
      request.vendor,
      request.accountId ?? null,
      request.trigger,
      request.requestedBy ?? null,
    ],
  );
  await client.query(
    `INSERT INTO sync_run (id, tenant_id, task_id, vendor, account_id, state, enqueued_at)
     SELECT run, $3, $4, $5, account, 'QUEUED', now() FROM unnest($1::uuid[], $2::uuid[]) AS t (run, account)`,
    [
      runs.map(({ id }) => id),
      runs.map(({ accountId }) => accountId),
      request.tenantId,
      taskId,
      request.vendor,
    ],
  );
  await client.query(
    'INSERT INTO sync_task_run (task_id, run_id) SELECT $1, run FROM unnest($2::uuid[]) AS run',
    [taskId, [...runs, ...active].map(({ id }) => id)],
  );
  for (const { accountId } of runs) await setSyncStatus(client, accountId, 'waiting', '');
  return { taskId, runIds: runs.map(({ id }) => id) };
}
