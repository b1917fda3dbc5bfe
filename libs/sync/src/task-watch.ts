import { AsyncResource } from 'node:async_hooks';

import type { TaskRepository } from '#database';
import type { Logger } from '#platform';

/** How often tasks that somebody waits for are looked at. */
const LOOK_EVERY_MS = 250;

/**
 * Waits for tasks to be over. However many wait in this process, for however many tasks, Postgres is asked once
 * at a time, and not at all while nobody waits.
 */
export class TaskWatch {
  private readonly waiting = new Map<string, Set<() => void>>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  /** Looks for all who wait, and so not in the name of the one whose request happened to begin it. */
  private readonly schedule: () => void;

  constructor(
    private readonly tasks: Pick<TaskRepository, 'whichAreOver'>,
    private readonly log: Pick<Logger, 'warn'>,
  ) {
    this.schedule = AsyncResource.bind(() => {
      this.timer = setTimeout(() => void this.look(), LOOK_EVERY_MS);
    });
  }

  /** Resolves when the task is over, the time has passed, the signal aborts, or the process ends. */
  async untilOver(taskId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.closed || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(end, timeoutMs);
      const waiting = this.waiting;
      const those = waiting.get(taskId) ?? new Set();
      waiting.set(taskId, those.add(end));
      signal.addEventListener('abort', end, { once: true });
      if (this.timer === undefined) this.schedule();

      function end(): void {
        clearTimeout(timeout);
        signal.removeEventListener('abort', end);
        those.delete(end);
        if (those.size === 0) waiting.delete(taskId);
        resolve();
      }
    });
  }

  /** Lets everybody go, for good. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const taskId of [...this.waiting.keys()]) this.release(taskId);
  }

  private async look(): Promise<void> {
    try {
      if (this.waiting.size > 0) {
        for (const taskId of await this.tasks.whichAreOver([...this.waiting.keys()])) this.release(taskId);
      }
    } catch (error) {
      // Who waits is told by the look at the task that ends the wait, if it is still so.
      this.log.warn({ err: error }, 'cannot see whether tasks are over; trying again');
    }
    this.timer = undefined;
    if (this.waiting.size > 0 && !this.closed) this.schedule();
  }

  private release(taskId: string): void {
    for (const end of [...(this.waiting.get(taskId) ?? [])]) end();
  }
}
