import type { Schemas } from '#client';

const BAR_WIDTH = 24;

/** What of a task is shown. */
export type Progress = Pick<Schemas['SyncTask'], 'state' | 'progress' | 'counts'>;

/** Shows how a task is going: in place on a terminal, else a line whenever a unit has ended. */
export class ProgressLine {
  private shown = '';

  constructor(private readonly output: NodeJS.WriteStream) {}

  update({ state, progress, counts }: Progress): void {
    const filled =
      progress.units === 0 ? 0 : Math.round((BAR_WIDTH * progress.units_finished) / progress.units);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    const units = `${String(progress.units_finished)}/${String(progress.units)} types`;
    const key = this.output.isTTY ? `${units}${String(counts.seen)}${state}` : `${units}${state}`;
    if (key === this.shown) return;
    this.shown = key;
    const text = `  ${bar} ${units} · ${String(counts.seen)} resources · ${state}`;
    this.output.write(this.output.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.output.isTTY) this.output.write('\n');
  }
}
