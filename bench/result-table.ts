import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';

import Table from 'cli-table3';

/** One measured figure. */
export interface Result {
  name: string;
  value: number;
  unit: string;
  /** What to compare it with: the name of another figure of the same run, and value ÷ that figure. */
  ratio?: { to: string; value: number };
}

/** Collects a run's figures, and prints and saves them. */
export class Results {
  private readonly results: Result[] = [];

  add(name: string, value: number, unit: string, baseline?: string): void {
    const base = this.results.find((result) => result.name === baseline);
    const ratio = base && base.value !== 0 ? { ratio: { to: base.name, value: value / base.value } } : {};
    this.results.push({ name, value, unit, ...ratio });
  }

  value(name: string): number {
    const result = this.results.find((candidate) => candidate.name === name);
    if (result === undefined) throw new Error(`Nothing was measured as ${name}.`);
    return result.value;
  }

  render(): string {
    const table = new Table({
      head: ['Measured', 'Value', 'Unit', 'Ratio'],
      colAligns: ['left', 'right', 'left', 'left'],
      style: { head: [], border: [], compact: true },
    });
    for (const { name, value, unit, ratio } of this.results) {
      table.push([
        name,
        value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 }),
        unit,
        ratio ? `${ratio.value.toFixed(2)} × ${ratio.to}` : '',
      ]);
    }
    return table.toString();
  }

  async save(path: string): Promise<void> {
    const machine = { node: process.version, cores: cpus().length, model: cpus()[0]?.model };
    await writeFile(path, `${JSON.stringify({ machine, results: this.results }, null, 2)}\n`);
  }
}
