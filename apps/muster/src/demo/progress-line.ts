import type { Schemas } from '#client';

const BAR_WIDTH = 24;

/** What of a task is shown. */
export interface Progress {
  state: Schemas['SyncTask']['state'];
  progress: Pick<Schemas['SyncProgress'], 'units' | 'units_finished'>;
  counts: Pick<Schemas['SyncCounts'], 'seen'>;
}

/** Of several tasks together: it is over when all are, and well when all went well. */
export function sumProgress(tasks: readonly Progress[]): Progress {
  const sum = (of: (task: Progress) => number) => tasks.reduce((total, task) => total + of(task), 0);
  const states = new Set(tasks.map(({ state }) => state));
  const isOpen = states.has('QUEUED') || states.has('RUNNING');
  const [first = 'SUCCEEDED', ...others] = states;
  const over = others.length === 0 ? first : 'PARTIAL';
  return {
    state: isOpen ? 'RUNNING' : over,
    progress: {
      units: sum((task) => task.progress.units),
      units_finished: sum((task) => task.progress.units_finished),
    },
    counts: { seen: sum((task) => task.counts.seen) },
  };
}

/** Shows how a task is going: in place on a terminal, else a line whenever the bar has grown. */
export class ProgressLine {
  private shown = '';

  constructor(private readonly output: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>) {}

  update({ state, progress, counts }: Progress): void {
    const filled =
      progress.units === 0 ? 0 : Math.round((BAR_WIDTH * progress.units_finished) / progress.units);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    const units = `${String(progress.units_finished)}/${String(progress.units)} units`;
    const key = this.output.isTTY ? `${units}${String(counts.seen)}${state}` : `${bar}${state}`;
    if (key === this.shown) return;
    this.shown = key;
    const text = `  ${bar} ${units} · ${String(counts.seen)} resources · ${state}`;
    this.output.write(this.output.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.output.isTTY) this.output.write('\n');
  }
}
