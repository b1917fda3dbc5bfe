import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { retryAfterOf } from './retry-after.js';

describe('retryAfterOf', () => {
  it.each([
    ['3', 3_000],
    ['0.25', 250],
    [' 7 ', 7_000],
    ['-1', 0],
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['Infinity', undefined],
  ])('reads %p as %p ms', (value, expected) => {
    expect(retryAfterOf(value)).toBe(expected);
  });

  it('reads dates, those that are past as no wait', () => {
    const now = Date.now();
    const wait = retryAfterOf(new Date(now + 120_000).toUTCString());
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(120_000);
    expect(retryAfterOf(new Date(now - 60_000).toUTCString())).toBe(0);
  });

  it('is a whole number of milliseconds or nothing, whatever a header holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String)), (value) => {
        const wait = retryAfterOf(value);
        expect(wait === undefined || (Number.isInteger(wait) && wait >= 0)).toBe(true);
      }),
    );
  });
});
