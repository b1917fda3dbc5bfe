import type { Task } from './follow-task.js';
import { isOpen, placedUnits, progressBlock, taskLine, unitWords } from './progress.js';

/** What shows people how a task is going. */
export interface ProgressView {
  /** How long an answer may be waited for, in seconds: what is shown is as old as that. */
  readonly waitSeconds: number;
  update(task: Task): void;
}

/** On a terminal: a bar for the task and for each unit, drawn anew in their place. */
export class ProgressBars implements ProgressView {
  readonly waitSeconds = 1;
  private drawn = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  update(task: Task): void {
    // A terminal that does not know its size says 0.
    const size = { columns: this.stream.columns || 80, rows: this.stream.rows || 24 };
    const lines = progressBlock(task, size);
    const back = this.drawn === 0 ? '' : `\x1b[${String(this.drawn)}A\x1b[J`;
    this.stream.write(`${back}${lines.join('\n')}\n`);
    this.drawn = lines.length;
  }
}

/** In a log: a line when a unit begins to wait or is over, and when the task's state changes. */
export class ProgressLines implements ProgressView {
  readonly waitSeconds = 5;
  private readonly told = new Map<string, string>();

  constructor(private readonly write: (line: string) => void) {}

  update(task: Task): void {
    for (const { unit, label } of placedUnits(task)) {
      if (unit.state === 'WAITING' || !isOpen(unit))
        this.tell(unit.id, unit.state, `${label} ${unitWords(unit)}`);
    }
    this.tell(task.task_id, task.state, taskLine(task));
  }

  private tell(id: string, state: string, line: string): void {
    if (this.told.get(id) === state) return;
    this.told.set(id, state);
    this.write(`${line}\n`);
  }
}

/** With --quiet: nothing. */
export const NO_PROGRESS: ProgressView = { waitSeconds: 30, update: () => undefined };
