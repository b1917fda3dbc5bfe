import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { backOffMs, MAX_ATTEMPTS, throttleDelayMs, unavailableDelayMs } from './retry-policy.js';

/** What Math.random returns. */
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const attempt = fc.integer({ min: 1, max: 1_000 });
const A_MINUTE_MS = 60_000;
const AN_HOUR_MS = 3_600_000;

describe('backOffMs', () => {
  it('doubles what it chooses from, up to a minute', () => {
    const most = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failed) => backOffMs(failed, () => 1));
    expect(most).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is a whole number of milliseconds between none and a minute', () => {
    fc.assert(
      fc.property(attempt, random, (failed, chance) => {
        const delay = backOffMs(failed, () => chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(Math.min(A_MINUTE_MS, 1_000 * 2 ** (failed - 1)));
      }),
    );
  });

  it('uses the whole range, so that units that failed together come back apart', () => {
    const delays = Array.from({ length: 200 }, () => backOffMs(MAX_ATTEMPTS));
    expect(new Set(delays).size).toBeGreaterThan(100);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(8_000);
  });
});

describe('unavailableDelayMs', () => {
  it.each([
    [undefined, 2_000],
    [0, 2_000],
    [NaN, 2_000],
    [1_999, 2_000],
    [7_000.2, 7_001],
    [30 * AN_HOUR_MS, AN_HOUR_MS],
  ])('backs off, but not less than the %d ms that the vendor asked for', (asked, waited) => {
    expect(unavailableDelayMs(2, asked, () => 1)).toBe(waited);
  });

  it('is never nothing', () => {
    expect(unavailableDelayMs(1, undefined, () => 0)).toBe(1);
  });
});

describe('throttleDelayMs', () => {
  it.each([
    [1, 1],
    [700, 700],
    [1_200.4, 1_201],
    [AN_HOUR_MS, AN_HOUR_MS],
    [30 * 24 * AN_HOUR_MS, AN_HOUR_MS],
    [Infinity, AN_HOUR_MS],
  ])('waits the %d ms that the vendor asked for as %d ms', (asked, waited) => {
    expect(throttleDelayMs(asked)).toBe(waited);
  });

  it.each([undefined, 0, -5_000, -Infinity, NaN])('guesses when the vendor says %s', (asked) => {
    expect(throttleDelayMs(asked, () => 0)).toBe(2_000);
    expect(throttleDelayMs(asked, () => 0.5)).toBe(3_000);
  });

  it('is always a whole number of milliseconds that Postgres takes, and never nothing', () => {
    fc.assert(
      fc.property(fc.option(fc.double(), { nil: undefined }), random, (asked, chance) => {
        const delay = throttleDelayMs(asked, () => chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThan(0);
        expect(delay).toBeLessThanOrEqual(AN_HOUR_MS);
      }),
    );
  });
});
