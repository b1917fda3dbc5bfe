import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { RateLimiter } from './rate-limiter.js';

const MINUTE_MS = 60_000;

describe('RateLimiter', () => {
  let now: number;
  let limiter: RateLimiter;

  beforeEach(() => {
    now = 5_000;
    limiter = new RateLimiter(60, () => now);
  });

  it('lets a minute’s requests pass at once, then one each time that one has come back', () => {
    for (let made = 1; made <= 60; made += 1) {
      expect(limiter.take('a')).toEqual({
        allowed: true,
        limit: 60,
        remaining: 60 - made,
        resetSeconds: made,
        retryAfterSeconds: 0,
      });
    }
    const refusal = { allowed: false, limit: 60, remaining: 0, resetSeconds: 60, retryAfterSeconds: 1 };
    expect(limiter.take('a')).toEqual(refusal);
    expect(limiter.look('a')).toEqual(refusal);
    now += 999;
    expect(limiter.take('a').allowed).toBe(false);
    now += 1;
    expect(limiter.take('a').allowed).toBe(true);
    expect(limiter.take('a').allowed).toBe(false);
  });

  it('counts each key by itself', () => {
    for (let made = 0; made < 60; made += 1) limiter.take('a');
    expect(limiter.take('a').allowed).toBe(false);
    expect(limiter.take('b')).toMatchObject({ allowed: true, remaining: 59 });
  });

  it('says when to come again so that one may', () => {
    const slow = new RateLimiter(2, () => now);
    slow.take('a');
    slow.take('a');
    now += 100;
    const { retryAfterSeconds } = slow.take('a');
    expect(retryAfterSeconds).toBe(30);
    now += retryAfterSeconds * 1_000;
    expect(slow.take('a').allowed).toBe(true);
  });

  it('lets requests be owed, a minute’s at most', () => {
    for (let made = 0; made < 1_000; made += 1) limiter.owe('a');
    expect(limiter.look('a')).toMatchObject({ allowed: false, retryAfterSeconds: 61, resetSeconds: 120 });
    now += 2 * MINUTE_MS;
    expect(limiter.look('a')).toMatchObject({ allowed: true, remaining: 60, resetSeconds: 0 });
  });

  it('forgets who has not called for the longest, when there are very many', () => {
    for (let made = 0; made < 60; made += 1) limiter.take('old');
    for (let made = 0; made < 60; made += 1) limiter.take('busy');
    for (let other = 0; other < 9_999; other += 1) limiter.take(`made up ${String(other)}`);
    expect(limiter.look('busy').allowed).toBe(false);
    expect(limiter.look('old').remaining).toBe(60);
  });

  it('never lets more pass than a minute’s at once and on average, nor fewer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.nat({ max: 20_000 }), { minLength: 1, maxLength: 200 }),
        (perMinute, pauses) => {
          let clock = 0;
          const counted = new RateLimiter(perMinute, () => clock);
          let passed = 0;
          for (const pause of pauses) {
            clock += pause;
            const before = counted.look('a');
            const taken = counted.take('a');
            expect(taken.allowed).toBe(before.allowed);
            if (taken.allowed) passed += 1;
            else {
              // Nobody is refused who has kept to the limit since the beginning.
              expect(passed).toBeGreaterThanOrEqual(perMinute);
              clock += taken.retryAfterSeconds * 1_000;
              expect(counted.look('a').allowed).toBe(true);
            }
            expect(passed).toBeLessThanOrEqual(perMinute * (1 + clock / MINUTE_MS) + 1e-3);
          }
        },
      ),
    );
  });
});
