import type { SyncRequest, TaskReport, TaskRepository } from '#database';
import type { Logger } from '#platform';
import type { SyncQueue } from '#queue';

/** What the API, schedules and other services ask of the engine. */
export class SyncService {
  constructor(
    private readonly tasks: TaskRepository,
    private readonly queue: SyncQueue,
    private readonly log: Logger,
  ) {}

  /**
   * Starts a sync, or joins the one that is running, and returns the task's id. Undefined when the tenant
   * has no such account. The task is in Postgres before the queue hears of it: a queue that is down delays
   * it, no more.
   */
  async requestSync(request: SyncRequest): Promise<string | undefined> {
    const requested = await this.tasks.request(request);
    if (requested === undefined) return undefined;
    try {
      await this.queue.add(
        request.vendor,
        requested.runIds.map((runId) => ({ kind: 'run', runId })),
      );
    } catch (error) {
      this.log.warn(
        { err: error, task: requested.taskId },
        'runs could not be enqueued; the reconciler will',
      );
    }
    return requested.taskId;
  }

  /** A task with all its parts; undefined when the tenant has no such task. */
  async reportTask(tenantId: string, taskId: string): Promise<TaskReport | undefined> {
    return this.tasks.report(tenantId, taskId);
  }
}
