import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { endOf, monthOf, planPartitions, startOf } from './plan-partitions.js';

const DAY_MS = 86_400_000;

describe('months', () => {
  it.each([
    ['2026-02-28T23:59:59.999Z', '2026-02', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
    ['2024-12-31T23:59:59.999Z', '2024-12', '2024-12-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['2025-01-01T00:00:00.000Z', '2025-01', '2025-01-01T00:00:00.000Z', '2025-02-01T00:00:00.000Z'],
  ])('are of UTC: %s is in %s', (time, month, start, end) => {
    expect(monthOf(new Date(time))).toBe(month);
    expect([startOf(month), endOf(month)].map((bound) => bound.toISOString())).toEqual([start, end]);
  });
});

describe('planPartitions', () => {
  const now = new Date('2026-01-31T23:59:00Z');

  it('makes this month and the next', () => {
    const plan = { make: ['2026-01', '2026-02'], drop: [], discard: [] };
    expect(planPartitions({ now, present: [], strays: [] }, 365)).toEqual(plan);
  });

  it('has nothing to do when they are there', () => {
    const present = ['2025-12', '2026-01', '2026-02'];
    const nothing = { make: [], drop: [], discard: [] };
    expect(planPartitions({ now, present, strays: [] }, 365)).toEqual(nothing);
  });

  it('drops a month when its last day has been kept long enough', () => {
    const present = ['2025-11', '2025-12', '2026-01', '2026-02'];
    const dropped = (days: number) => planPartitions({ now, present, strays: [] }, days).drop;
    expect(dropped(62)).toEqual([]); // to November 30
    expect(dropped(61)).toEqual(['2025-11']); // to December 1
    expect(dropped(1)).toEqual(['2025-11', '2025-12']);
  });

  it('gives strays a partition, but for those from before and after all of them', () => {
    const strays = ['2024-12', '2025-01', '2025-07', '2026-02', '2026-03'];
    const present = ['2026-01'];
    expect(planPartitions({ now, present, strays }, 365)).toEqual({
      make: ['2026-02', '2025-01', '2025-07'],
      drop: [],
      discard: ['2024-12'],
    });
  });

  it('never lets go of what is young enough, and settles: done once, there is nothing left to do', () => {
    const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    const months = fc.uniqueArray(time.map(monthOf), { maxLength: 20 });
    fc.assert(
      fc.property(
        time,
        months,
        months,
        fc.integer({ min: 1, max: 36_500 }),
        (today, present, strays, days) => {
          const plan = planPartitions({ now: today, present, strays }, days);

          const oldestKept = today.getTime() - days * DAY_MS;
          for (const month of [...plan.drop, ...plan.discard]) {
            expect(endOf(month).getTime()).toBeLessThanOrEqual(oldestKept);
          }
          const next = endOf(monthOf(today));
          const after = [...present, ...plan.make].filter((month) => !plan.drop.includes(month));
          expect(after).toEqual(expect.arrayContaining([monthOf(today), monthOf(next)]));
          const left = strays.filter((month) => ![...plan.make, ...plan.discard].includes(month));
          const again = planPartitions({ now: today, present: after, strays: left }, days);
          expect(again).toEqual({ make: [], drop: [], discard: [] });
        },
      ),
    );
  });
});
