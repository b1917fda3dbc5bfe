import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type Amount, estimateEnd } from './estimate-end.js';

const now = new Date('2026-06-01T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const amount: fc.Arbitrary<Amount> = fc.record({ units: fc.nat(1_000), resources: fc.nat(1_000_000) });

describe('estimateEnd', () => {
  it.each([
    ['half of the resources', { units: 0, resources: 500 }, { units: 0, resources: 500 }, 60],
    ['a third', { units: 0, resources: 1_000 }, { units: 0, resources: 2_000 }, 120],
    ['one of three empty units', { units: 1, resources: 0 }, { units: 2, resources: 0 }, 120],
    ['all', { units: 3, resources: 900 }, { units: 0, resources: 0 }, 0],
  ])('goes on as before: %s in a minute', (_what, done, left, seconds) => {
    expect(estimateEnd({ startedAt: ago(60), done, left }, now)).toEqual(
      new Date(now.getTime() + seconds * 1_000),
    );
  });

  it('knows nothing before anything is done', () => {
    const left = { units: 1, resources: 10 };
    expect(estimateEnd({ startedAt: ago(60), done: { units: 0, resources: 0 }, left }, now)).toBeUndefined();
    expect(estimateEnd({ startedAt: null, done: { units: 1, resources: 1 }, left }, now)).toBeUndefined();
  });

  it('is never in the past, and later the more is left', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), amount, amount, fc.nat(1_000), (seconds, done, left, more) => {
        fc.pre(done.units + done.resources > 0);
        const startedAt = ago(seconds);
        const end = estimateEnd({ startedAt, done, left }, now)?.getTime() ?? 0;
        const further = { ...left, resources: left.resources + more };
        expect(end).toBeGreaterThanOrEqual(now.getTime());
        expect(estimateEnd({ startedAt, done, left: further }, now)?.getTime()).toBeGreaterThanOrEqual(end);
      }),
    );
  });
});
