import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { deliveryDelayMs, MAX_DELIVERY_ATTEMPTS } from './webhook-retry.js';

const HOUR_MS = 3_600_000;

describe('deliveryDelayMs', () => {
  it('doubles, by half at random, and gives up after hours', () => {
    const delays = (random: number) =>
      Array.from({ length: MAX_DELIVERY_ATTEMPTS - 1 }, (_, index) =>
        deliveryDelayMs(index + 1, undefined, 5_000, () => random),
      );
    expect(delays(1).slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(delays(0).slice(0, 2)).toEqual([2_500, 5_000]);
    const total = delays(0.5).reduce((sum, delay) => sum + delay, 0);
    expect(total / HOUR_MS).toBeGreaterThan(1.5);
    expect(total / HOUR_MS).toBeLessThan(3);
  });

  it('waits as long as it is asked to, but an hour at most', () => {
    const asked = fc.oneof(fc.double(), fc.constant(undefined));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        asked,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, ms, random) => {
          fc.pre(!Number.isNaN(ms));
          const delay = deliveryDelayMs(attempt, ms, 5_000, () => random);
          expect(delay).toBeLessThanOrEqual(HOUR_MS);
          expect(delay).toBeGreaterThanOrEqual(Math.min(HOUR_MS, Math.max(2_500, ms ?? 0)));
        },
      ),
    );
  });
});
