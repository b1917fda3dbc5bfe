import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { LeaseLostError } from '#database';
import { MAX_ATTEMPTS, MAX_RESTARTS, SYNC_ERROR_KINDS, SyncError } from '#domain';
import { createLogger } from '#platform';

import { isLost, RETURNED, settle, settleFailure, toInternalError } from './settle-failure.js';

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

describe('settleFailure', () => {
  const expired = new SyncError('unavailable', 'No such marker.', {
    vendorCode: 'HTTP 400',
    cursorExpired: true,
  });

  /** Settles a listing's failure and returns what became of it. */
  async function settled({ error = expired, count = 0, lost = false, planning = false }) {
    const told: { how: string; delayMs?: number; counted?: boolean; error?: SyncError | undefined }[] = [];
    const outcome = await settleFailure({
      error,
      lost: lost ? AbortSignal.abort() : new AbortController().signal,
      shutdown: new AbortController().signal,
      attempts: 1,
      log: createLogger({ level: 'silent', format: 'json' }),
      countPutOff: () => undefined,
      wait: async (how) => void told.push({ how: 'wait', ...how }),
      fail: async (failure) => void told.push({ how: 'fail', error: failure }),
      ...(planning
        ? {}
        : { restarts: { count, restart: async (how) => void told.push({ how: 'restart', ...how }) } }),
    });
    return { outcome, told };
  }

  it('starts a listing anew whose place the vendor forgot, so often and no more', async () => {
    for (let count = 0; count < MAX_RESTARTS; count += 1) {
      const { outcome, told } = await settled({ count });
      expect(told).toEqual([{ how: 'restart', delayMs: expect.any(Number), counted: true, error: expired }]);
      expect(outcome).toEqual({ retryInMs: told[0]?.delayMs });
      expect(told[0]?.delayMs).toBeGreaterThan(0);
    }
    const { outcome, told } = await settled({ count: MAX_RESTARTS });
    expect(outcome).toBe('done');
    expect(told).toMatchObject([{ how: 'fail', error: { kind: 'unavailable', vendorCode: 'HTTP 400' } }]);
    expect(told[0]?.error?.message).toBe(
      'The listing began 4 times, and each time the vendor forgot how far it had come: No such marker.',
    );
  });

  it('starts nothing anew that is lost, that failed otherwise, or that has no place to forget', async () => {
    expect((await settled({ lost: true })).told).toEqual([]);
    const other = await settled({ error: new SyncError('unavailable', 'Away.') });
    expect(other.told).toMatchObject([{ how: 'wait', counted: true }]);
    expect((await settled({ planning: true })).told).toMatchObject([{ how: 'wait', counted: true }]);
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
