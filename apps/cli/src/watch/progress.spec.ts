import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Schemas } from '../client.js';
import { textWidth } from '../output/text-width.js';
import type { Task } from './follow-task.js';
import { progressBlock, taskLine } from './progress.js';

type Unit = Schemas['SyncUnit'];

const SIZE = { columns: 100, rows: 24 };

function unitOf(unit: Partial<Unit>): Unit {
  const counts = { seen: 0, created: 0, updated: 0, unchanged: 0, deleted: 0 };
  return {
    id: 'unit',
    scope: 'London',
    type: 'disks',
    state: 'RUNNING',
    error: null,
    expected: null,
    ...counts,
    ...unit,
  } as Unit;
}

function taskOf(units: Unit[]): Task {
  const progress = { units: units.length, units_finished: 0, by_state: {} };
  const accounts = [{ account_id: 'a', units }];
  return { state: 'RUNNING', progress, counts: { seen: 7 }, estimate: null, accounts } as unknown as Task;
}

function shown(unit: Partial<Unit>): string {
  return progressBlock(taskOf([unitOf(unit)]), SIZE)[1] ?? '';
}

describe('progressBlock', () => {
  it.each([
    [{ state: 'QUEUED' }, null, '░'.repeat(20)],
    [{ state: 'RUNNING', seen: 5 }, null, '·'.repeat(20)],
    [{ state: 'RUNNING', seen: 5 }, 10, '█'.repeat(10) + '░'.repeat(10)],
    [{ state: 'RUNNING', seen: 50 }, 10, '█'.repeat(20)],
    [{ state: 'RUNNING', seen: 0 }, 0, '░'.repeat(20)],
    [{ state: 'SUCCEEDED', seen: 5 }, 10, '█'.repeat(20)],
    [{ state: 'FAILED', seen: 5 }, 10, '░'.repeat(20)],
  ] as [Partial<Unit>, number | null, string][])('measures %j by %s', (unit, expected, bar) => {
    expect(shown({ ...unit, expected })).toMatch(new RegExp(`^${bar} London disks ${unit.state ?? ''}`));
  });

  it.each([
    [null, ''],
    ['2026-06-01T12:00:40Z', ' · about 40 s left'],
    ['2026-06-01T12:10:10Z', ' · about 10 min left'],
    ['2026-06-01T11:59:00Z', ' · about 1 s left'],
  ])('says of an end at %s%s', (end, words) => {
    const task = { ...taskOf([]), estimate: { resources: 7, finish_at: end } };
    expect(taskLine(task, new Date('2026-06-01T12:00:00Z'))).toMatch(new RegExp(`RUNNING${words}$`));
  });

  it('shows what moves before what waits for its turn or is over', () => {
    const states = ['SUCCEEDED', 'QUEUED', 'FAILED', 'RUNNING'] as const;
    const lines = progressBlock(taskOf(states.map((state) => unitOf({ state }))), {
      columns: 100,
      rows: 6,
    });
    expect(lines.slice(1).map((line) => /disks (\w+)|… and 1 more/.exec(line)?.[0])).toEqual([
      'disks RUNNING',
      'disks FAILED',
      'disks QUEUED',
      '… and 1 more',
    ]);
  });

  it('fits into any terminal, whatever the units are called', () => {
    const unit = fc.record({ scope: fc.string({ unit: 'binary' }), type: fc.string(), seen: fc.nat() });
    const size = fc.record({
      columns: fc.integer({ min: 10, max: 200 }),
      rows: fc.integer({ min: 2, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), size, (units, terminal) => {
        const lines = progressBlock(taskOf(units.map(unitOf)), terminal);
        expect(lines.length).toBeLessThan(Math.max(3, terminal.rows));
        for (const line of lines) {
          expect(textWidth(line)).toBeLessThan(terminal.columns);
          expect(line).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });
});
