import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { DEFAULT_PRUNE_LIMITS, mayPrune, type PruneLimits } from './prune-guard.js';

const known = fc.nat({ max: 100_000 });
const limits: fc.Arbitrary<PruneLimits> = fc.record({
  freeDeletes: fc.nat({ max: 50 }),
  maxPercent: fc.nat({ max: 100 }),
});
/** How many there were, and how many of them are missing. */
const counts = known.chain((all) => fc.tuple(fc.constant(all), fc.nat({ max: all })));

describe('mayPrune', () => {
  it.each([
    [0, 0, true],
    [1, 0, true],
    [1, 1, false],
    [2, 1, true],
    [10, 10, false],
    [11, 10, true],
    [33, 11, false],
    [36, 11, false],
    [37, 11, true],
    [100, 30, true],
    [100, 31, false],
    [1_000_000, 300_000, true],
    [1_000_000, 300_001, false],
  ])('of %i known lets go of %i by default: %s', (all, missing, allowed) => {
    expect(mayPrune(all, missing)).toBe(allowed);
  });

  it('never lets everything go, whatever the limits', () => {
    fc.assert(
      fc.property(known, limits, (all, limit) => {
        fc.pre(all > 0);
        expect(mayPrune(all, all, limit)).toBe(false);
      }),
    );
  });

  it('never holds a listing that lacks nothing', () => {
    fc.assert(
      fc.property(known, limits, (all, limit) => {
        expect(mayPrune(all, 0, limit)).toBe(true);
      }),
    );
  });

  it('allows fewer when it allows more', () => {
    fc.assert(
      fc.property(counts, limits, ([all, missing], limit) => {
        fc.pre(missing > 0);
        if (mayPrune(all, missing, limit)) expect(mayPrune(all, missing - 1, limit)).toBe(true);
      }),
    );
  });

  it('allows as many of more', () => {
    fc.assert(
      fc.property(counts, limits, ([all, missing], limit) => {
        if (mayPrune(all, missing, limit)) expect(mayPrune(all + 1, missing, limit)).toBe(true);
      }),
    );
  });

  it('lets go of no more than its limits', () => {
    fc.assert(
      fc.property(counts, limits, ([all, missing], limit) => {
        const within = missing <= limit.freeDeletes || missing * 100 <= all * limit.maxPercent;
        expect(mayPrune(all, missing, limit)).toBe(missing === 0 || (missing < all && within));
      }),
    );
  });

  it('has limits that protect by default', () => {
    expect(DEFAULT_PRUNE_LIMITS).toEqual({ freeDeletes: 10, maxPercent: 30 });
  });
});
