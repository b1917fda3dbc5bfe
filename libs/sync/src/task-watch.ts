import type { TaskRepository } from '#database';
import type { Logger } from '#platform';

import { SharedWatch } from './shared-watch.js';

/** Waits for tasks, by their ids, to be over. */
export class TaskWatch extends SharedWatch<string> {
  constructor(
    private readonly tasks: Pick<TaskRepository, 'whichAreOver'>,
    log: Pick<Logger, 'warn'>,
  ) {
    super(log);
  }

  protected override keyOf(taskId: string): string {
    return taskId;
  }

  protected override whichAreDue(taskIds: readonly string[]): Promise<readonly string[]> {
    return this.tasks.whichAreOver(taskIds);
  }
}
