import { randomUUID } from 'node:crypto';

import type {
  KeyClaim,
  SyncRequest,
  TaskCancellation,
  TaskFilter,
  TaskKey,
  TaskReport,
  TaskRepository,
  TaskRetry,
  TaskSummary,
} from '#database';
import type { Logger } from '#platform';
import type { SyncQueue } from '#queue';

import { enqueue, enqueueFollowers, enqueueRuns } from './enqueue.js';

/** What the API, schedules and other services ask of the engine. */
export class SyncService {
  private readonly queueing: { queue: SyncQueue; log: Logger };

  constructor(
    private readonly tasks: TaskRepository,
    queue: SyncQueue,
    log: Logger,
  ) {
    this.queueing = { queue, log };
  }

  /**
   * Starts a sync, or joins one that answers the request, and returns the task's id. Undefined when the tenant
   * has no such account. The task is in Postgres before the queue hears of it: a queue that is down delays
   * it, no more.
   */
  async requestSync(request: SyncRequest): Promise<string | undefined> {
    const requested = await this.tasks.request(request);
    if (requested === undefined) return undefined;
    const { taskId, runIds } = requested;
    this.queueing.log.info({ task: taskId, vendor: request.vendor, runs: runIds }, 'a sync was asked for');
    await enqueueRuns(this.queueing, request.vendor, runIds);
    return taskId;
  }

  /**
   * Cancels a task, with all that it started. Workers find out at their next heartbeat or page, whichever
   * comes first; what they have committed by now stays, and nothing is deleted for want of the rest.
   */
  async cancelTask(key: TaskKey, keyClaim?: KeyClaim): Promise<TaskCancellation> {
    const cancellation = await this.tasks.cancel(key, keyClaim);
    if (typeof cancellation !== 'string' && 'runIds' in cancellation) {
      await enqueueFollowers(this.queueing, cancellation.vendor, cancellation.runIds);
    }
    return cancellation;
  }

  /** Tries again what failed of a finished task, and only that, in the same task. */
  async retryTask(key: TaskKey, keyClaim?: KeyClaim): Promise<TaskRetry> {
    const retry = await this.tasks.retry(key, keyClaim);
    if (typeof retry === 'string' || !('runIds' in retry)) return retry;
    const round = randomUUID();
    await enqueue(
      this.queueing,
      retry.vendor,
      retry.runIds.map((runId) => ({ kind: 'run', runId, round })),
    );
    return retry;
  }

  /** A tenant's tasks, newest first, without their parts. */
  async listTasks(
    tenantId: string,
    filter: TaskFilter,
    window: { limit: number; marker?: string },
  ): Promise<TaskSummary[]> {
    return this.tasks.list(tenantId, filter, window);
  }

  /** A task with all its parts; undefined when the tenant has no such task. */
  async reportTask(tenantId: string, taskId: string): Promise<TaskReport | undefined> {
    return this.tasks.report(tenantId, taskId);
  }
}
