import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { LeaseLostError } from '#database';
import { MAX_ATTEMPTS, SYNC_ERROR_KINDS, SyncError } from '#domain';

import { isLost, RETURNED, settle, toInternalError } from './settle-failure.js';

const errors = fc
  .record({
    kind: fc.constantFrom(...SYNC_ERROR_KINDS),
    retryAfterMs: fc.option(fc.double(), { nil: undefined }),
  })
  .map(
    ({ kind, retryAfterMs }) =>
      new SyncError(kind, 'went wrong', retryAfterMs === undefined ? {} : { retryAfterMs }),
  );
const attempts = fc.integer({ min: 1, max: 3 * MAX_ATTEMPTS });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const POSTGRES_MAX_INT = 2 ** 31 - 1;

describe('settle', () => {
  it('fails at once what another try would not mend, and what has been tried often enough', () => {
    fc.assert(
      fc.property(errors, attempts, (error, attempt) => {
        const settlement = settle(error, attempt);
        const tryAgain =
          error.kind === 'throttled' || (error.kind === 'unavailable' && attempt < MAX_ATTEMPTS);
        expect('wait' in settlement).toBe(tryAgain);
        if ('fail' in settlement) expect(settlement.fail).toBe(error);
      }),
    );
  });

  it('waits a time that Postgres takes and that is not taken for a return', () => {
    fc.assert(
      fc.property(errors, attempts, random, (error, attempt, chance) => {
        const settlement = settle(error, attempt, () => chance);
        if (!('wait' in settlement)) return;
        const { delayMs } = settlement.wait;
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThan(RETURNED.delayMs);
        expect(delayMs).toBeLessThanOrEqual(POSTGRES_MAX_INT);
      }),
    );
  });

  it('counts attempts of the unavailable, not of the throttled', () => {
    expect(settle(new SyncError('throttled', 'x', { retryAfterMs: 700 }), 99)).toMatchObject({
      wait: { delayMs: 700, counted: false },
    });
    expect(settle(new SyncError('unavailable', 'x'), 2, () => 1)).toMatchObject({
      wait: { delayMs: 2_000, counted: true },
    });
  });
});

describe('isLost', () => {
  it('is so when the lease is lost, however that was found out', () => {
    const { signal } = new AbortController();
    expect(isLost(new LeaseLostError('Unit 1'), signal)).toBe(true);
    expect(isLost(new Error('x'), AbortSignal.abort())).toBe(true);
    expect(isLost(new Error('x'), signal)).toBe(false);
  });
});

describe('toInternalError', () => {
  it('leaves the vendor its errors', () => {
    const error = new SyncError('permission', 'No.');
    expect(toInternalError(error)).toBe(error);
  });

  it('throws on that Postgres is away', () => {
    const error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(() => toInternalError(error)).toThrow(error);
  });

  it('calls the rest a bug, with its text for the log only', () => {
    const cause = new Error('insert of hunter2 failed');
    const error = toInternalError(cause);
    expect(error).toMatchObject({ kind: 'bug', cause });
    expect(error.message).not.toContain('hunter2');
  });
});
