import {
  OPEN_TASK_STATES,
  OPEN_UNIT_STATES,
  type PruneDecision,
  type RunState,
  type SyncErrorKind,
  type SyncMode,
  type TaskState,
  type UnitState,
  type Vendor,
} from '#domain';

import type { Database } from '../database.js';
import type { SyncUnit } from '../generated/client.js';
import { keepTask, type KeyClaim } from '../idempotency/keep-task.js';
import { cancelTask, type TaskCancellation } from './cancel-task.js';
import { hasTask } from './has-task.js';
import {
  listTasks,
  type TaskFilter,
  type TaskHead,
  type TaskSummary,
  type UnitCounts,
} from './list-tasks.js';
import { findRunningTask, type RequestedSync, requestSync, type SyncRequest } from './request-sync.js';
import { retryTask, type TaskRetry } from './retry-task.js';
import type { TaskKey } from './started-accounts.js';
import { timingsOf, type UnitTimings } from './unit-timings.js';

export interface ReportedError {
  kind: SyncErrorKind;
  code: string | null;
  message: string;
}

export interface UnitReport extends UnitCounts {
  id: string;
  scope: string;
  resourceType: string;
  state: UnitState;
  /** From when on it lists what has changed, by the vendor's clock; null: all. */
  changedSince: Date | null;
  pages: number;
  /** Made of the vendor, in all attempts. */
  vendorCalls: number;
  /**
   * How many resources its last complete listing had; null when there was none, it lists what has changed, or it is
   * over: what others list later says nothing of it.
   */
  expected: number | null;
  heldDeletes: number;
  /** What was decided about a held prune, and how its prune was undone; null until somebody did. */
  pruneDecision: { decision: PruneDecision; by: string; at: Date } | null;
  pruneUndo: { restored: number; by: string; at: Date } | null;
  /** Since the last committed page. */
  attempts: number;
  /** In all. */
  attemptsTotal: number;
  nextAttemptAt: Date | null;
  error: ReportedError | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  timings: UnitTimings;
}

export interface RunReport {
  id: string;
  /** The task that started it; another one than the report's when the report's found it running. */
  taskId: string;
  accountId: string;
  accountName: string;
  accountRemovedAt: Date | null;
  state: RunState;
  planned: boolean;
  attempts: number;
  nextAttemptAt: Date | null;
  /** Until when its source must post something; null when it takes no pages. */
  pagesUntil: Date | null;
  error: ReportedError | null;
  finishedAt: Date | null;
  units: UnitReport[];
}

export interface TaskReport extends TaskHead {
  runs: RunReport[];
}

/** Sync tasks: asked for, joined, and reported on. */
export class TaskRepository {
  constructor(private readonly database: Database) {}

  /** Starts a sync, or joins what is already running; see {@link requestSync}. */
  async request(request: SyncRequest): Promise<RequestedSync | undefined> {
    if (request.keyClaim === undefined) {
      const running = await findRunningTask(this.database.pool, request);
      if (running !== undefined) return { taskId: running, runIds: [] };
    }
    return this.database.transaction(async (client) => {
      const requested = await requestSync(client, request);
      if (requested !== undefined) await keepTask(client, request.keyClaim, requested.taskId);
      return requested;
    });
  }

  /** Cancels a task that is not over; see {@link cancelTask}. */
  async cancel(key: TaskKey, keyClaim?: KeyClaim): Promise<TaskCancellation> {
    return this.database.transaction(async (client) => {
      const cancellation = await cancelTask(client, key);
      if (typeof cancellation !== 'string' && 'runIds' in cancellation)
        await keepTask(client, keyClaim, key.taskId);
      return cancellation;
    });
  }

  /** Tries a finished task's failed parts again; see {@link retryTask}. */
  async retry(key: TaskKey, keyClaim?: KeyClaim): Promise<TaskRetry> {
    return this.database.transaction(async (client) => {
      const retry = await retryTask(client, key);
      if (typeof retry !== 'string' && 'runIds' in retry) await keepTask(client, keyClaim, key.taskId);
      return retry;
    });
  }

  /** A tenant's tasks, newest first, without their parts; see {@link listTasks}. */
  async list(
    tenantId: string,
    filter: TaskFilter,
    window: { limit: number; marker?: string },
  ): Promise<TaskSummary[]> {
    return listTasks(this.database.pool, tenantId, filter, window);
  }

  /** Whether the tenant has such a task. */
  async has(key: TaskKey): Promise<boolean> {
    return hasTask(this.database.pool, key);
  }

  /** Which of these tasks, whosever they are, are over or not there any more. */
  async whichAreOver(taskIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.database.pool.query<{ id: string }>(
      `SELECT id FROM unnest($1::uuid[]) AS asked (id) WHERE NOT EXISTS (
         SELECT 1 FROM sync_task WHERE sync_task.id = asked.id AND state = ANY ($2))`,
      [taskIds, OPEN_TASK_STATES],
    );
    return rows.map(({ id }) => id);
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
                account: { select: { accountId: true, accountName: true, removedAt: true } },
                units: { orderBy: { position: 'asc' } },
              },
            },
          },
        },
      },
    });
    if (task === null) return undefined;
    const now = await this.now();
    const expected = await this.expectedOf(taskId);
    return {
      ...task,
      vendor: task.vendor as Vendor,
      mode: task.mode as SyncMode,
      state: task.state as TaskState,
      runs: task.members.map(({ run }) => ({
        ...run,
        accountId: run.account.accountId,
        accountName: run.account.accountName,
        accountRemovedAt: run.account.removedAt,
        state: run.state as RunState,
        planned: run.plannedAt !== null,
        error: toError(run),
        units: run.units.map((unit) => ({
          ...unit,
          scope: unit.scopeName,
          expected: expected.get(unit.id) ?? null,
          state: unit.state as UnitState,
          pruneDecision: toDecision(unit),
          pruneUndo: toUndo(unit),
          error: toError(unit),
          timings: timingsOf(unit, now),
        })),
      })),
    };
  }

  /** How many resources the last complete listings of a task's open units had, by unit that lists all. */
  private async expectedOf(taskId: string): Promise<Map<string, number>> {
    const { rows } = await this.database.pool.query<{ id: string; expected: number }>(
      `SELECT unit.id, known.complete_rows AS expected
       FROM sync_task_run member JOIN sync_unit unit ON unit.run_id = member.run_id
       JOIN coverage known ON (known.account_id, known.scope_key, known.resource_type)
         = (unit.account_id, unit.scope_key, unit.resource_type)
       WHERE member.task_id = $1 AND known.complete_rows IS NOT NULL AND unit.changed_since IS NULL
         AND unit.state = ANY($2)`,
      [taskId, OPEN_UNIT_STATES],
    );
    return new Map(rows.map(({ id, expected }) => [id, expected]));
  }

  /** By the clock that says since when units wait. */
  private async now(): Promise<Date> {
    const { rows } = await this.database.pool.query<{ now: Date }>('SELECT now()');
    return rows[0]?.now ?? new Date();
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

function toDecision({
  pruneDecision: decision,
  pruneDecidedBy: by,
  pruneDecidedAt: at,
}: SyncUnit): UnitReport['pruneDecision'] {
  if (decision === null || by === null || at === null) return null;
  return { decision: decision as PruneDecision, by, at };
}

function toUndo({
  pruneRestored: restored,
  pruneUndoneBy: by,
  pruneUndoneAt: at,
}: SyncUnit): UnitReport['pruneUndo'] {
  return restored === null || by === null || at === null ? null : { restored, by, at };
}
