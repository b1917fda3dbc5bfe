import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';

import Table from 'cli-table3';

/** A bound that a figure, or its ratio where it has one, is meant to keep. */
export type Goal = { atLeast: number } | { atMost: number };

/** One measured figure. */
export interface Result {
  name: string;
  value: number;
  unit: string;
  /** What to compare it with: the name of another figure of the same run, and value ÷ that figure. */
  ratio?: { to: string; value: number };
  goal?: Goal & { met: boolean };
}

export interface ResultOptions {
  /** The figure, measured before, that this one is compared with. */
  to?: string;
  /** The ratio, where it is not that of the two figures: a median of several rounds' ratios. */
  ratio?: number;
  goal?: Goal;
}

/** Collects a run's figures, and prints and saves them. */
export class Results {
  private readonly results: Result[] = [];

  add(name: string, value: number, unit: string, { to, ratio, goal }: ResultOptions = {}): void {
    const result: Result = { name, value, unit };
    if (to !== undefined) result.ratio = { to, value: ratio ?? value / this.value(to) };
    if (goal !== undefined) result.goal = { ...goal, met: isMet(goal, result.ratio?.value ?? value) };
    this.results.push(result);
  }

  value(name: string): number {
    const result = this.results.find((candidate) => candidate.name === name);
    if (result === undefined) throw new Error(`Nothing was measured as ${name}.`);
    return result.value;
  }

  render(): string {
    const table = new Table({
      head: ['Measured', 'Value', 'Unit', 'Ratio', 'Goal'],
      colAligns: ['left', 'right', 'left', 'left', 'left'],
      style: { head: [], border: [], compact: true },
    });
    for (const { name, value, unit, ratio, goal } of this.results) {
      table.push([
        name,
        value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 }),
        unit,
        ratio ? `${ratio.value.toFixed(2)} × ${ratio.to}` : '',
        goal ? renderGoal(goal) : '',
      ]);
    }
    return table.toString();
  }

  async save(path: string): Promise<void> {
    const machine = { node: process.version, cores: cpus().length, model: cpus()[0]?.model };
    await writeFile(path, `${JSON.stringify({ machine, results: this.results }, null, 2)}\n`);
  }
}

function isMet(goal: Goal, value: number): boolean {
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

function renderGoal(goal: Goal & { met: boolean }): string {
  const bound = 'atLeast' in goal ? `≥ ${String(goal.atLeast)}` : `≤ ${String(goal.atMost)}`;
  return `${bound} ${goal.met ? '✓' : '✗'}`;
}

/** The middle of several measurements; of an even number the lower one of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return percentile(sorted, 0.5);
}

/** The value that a share of the values, sorted in ascending order, does not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('There are no values to take a percentile of.');
  return value;
}
