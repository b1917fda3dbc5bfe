import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  BATCH_MS,
  type CallBucket,
  type CallGrant,
  type CallRefusal,
  type CallRequest,
  type CallTerms,
  MAX_CLOSED_MS,
  NEW_BUCKET,
  oweCall,
  takeCalls,
  throttled,
} from './call-bucket.js';

const START = 1_800_000_000_000;
const NO_THROTTLING = { beganAgoMs: 0, made: 0 };

/** A bucket in use, and the time that it believes to be. */
class Trial {
  bucket: CallBucket = NEW_BUCKET;
  now = START;
  /** When each call may have been made, at the earliest. */
  readonly calls: number[] = [];

  constructor(readonly terms: CallTerms) {}

  take(request: Partial<CallRequest> = {}): CallGrant | CallRefusal {
    const { bucket, answer } = takeCalls(
      this.bucket,
      this.terms,
      { calls: 1, maxWaitMs: 0, enough: 1, made: 0, succeeded: 0, ...request },
      this.now,
    );
    this.bucket = bucket;
    if ('calls' in answer && answer.calls !== Infinity) {
      for (let call = 0; call < answer.calls; call += 1) {
        this.calls.push(this.now + Math.max(0, answer.firstInMs + call * answer.everyMs));
      }
    }
    return answer;
  }

  throttle(event: { retryAfterMs?: number; beganAgoMs?: number; made?: number } = {}): void {
    this.bucket = throttled(this.bucket, this.terms, { ...NO_THROTTLING, ...event }, this.now);
  }

  /** How many calls it gives out at once. */
  drain(): number {
    const before = this.calls.length;
    while ('calls' in this.take());
    return this.calls.length - before;
  }

  /** Makes calls that succeed, for so many seconds, four times a second. */
  succeed(seconds: number): void {
    for (let step = 0; step < seconds * 4; step += 1) {
      this.now += BATCH_MS;
      this.take({ succeeded: 1, made: 1 });
    }
  }
}

/** The most by which calls within any time are more than `rate` allows for that time. */
function mostBeyond(calls: readonly number[], rate: number): number {
  let least = Infinity;
  let most = 0;
  for (const [index, at] of calls.entries()) {
    const ahead = index - (rate * (at - START)) / 1_000;
    least = Math.min(least, ahead);
    most = Math.max(most, ahead - least + 1);
  }
  return most;
}

const declared = (perSecond: number, burst: number, share = 1): CallTerms => ({
  quota: { perSecond, burst },
  share,
});

describe('takeCalls', () => {
  it('gives out the burst at once, then one call after the other', () => {
    const trial = new Trial(declared(2, 3));
    expect(trial.drain()).toBe(3);
    expect(trial.take()).toEqual({ waitMs: 500, closed: false, perSecond: 2 });
    trial.now += 500;
    expect(trial.drain()).toBe(1);
    trial.now += 60_000;
    expect(trial.drain()).toBe(3);
  });

  it('reserves a call that may wait, and leaves everything as it was when it may not', () => {
    const trial = new Trial(declared(2, 1));
    trial.drain();
    expect(trial.take({ maxWaitMs: 500 })).toEqual({ calls: 1, firstInMs: 500, everyMs: 500 });
    const before = trial.bucket;
    expect(trial.take({ maxWaitMs: 999 })).toMatchObject({ waitMs: 1_000 });
    expect(trial.bucket).toBe(before);
    expect(trial.take({ maxWaitMs: Infinity })).toMatchObject({ firstInMs: 1_000 });
  });

  it('waits for enough to go on with, but for no more than there can be', () => {
    const trial = new Trial(declared(1, 5));
    trial.drain();
    expect(trial.take({ enough: 4 })).toMatchObject({ waitMs: 4_000 });
    expect(trial.take({ enough: 400 })).toMatchObject({ waitMs: 5_000 });
    trial.now += 4_000;
    expect(trial.drain()).toBe(4);
  });

  it('hands out a quarter of a second at once at the most', () => {
    const trial = new Trial(declared(100, 1_000));
    expect(trial.take({ calls: 500 })).toMatchObject({ calls: 25 });
    const slow = new Trial(declared(0.5, 1_000));
    expect(slow.take({ calls: 500 })).toMatchObject({ calls: 1 });
  });

  it("keeps to the user's share of the rate and of the burst", () => {
    const trial = new Trial(declared(100, 10, 0.3));
    expect(trial.drain()).toBe(3);
    expect(trial.take()).toMatchObject({ perSecond: 30 });
    const tiny = new Trial(declared(1, 1, 0.01));
    expect(tiny.drain()).toBe(1);
    expect(tiny.take()).toMatchObject({ waitMs: 100_000 });
  });

  it('has no limit where nobody knows of one', () => {
    const trial = new Trial({ share: 0.01 });
    expect(trial.take({ made: 1_000_000 })).toEqual({ calls: Infinity, firstInMs: 0, everyMs: 0 });
  });

  it('never gives out more than burst + rate × time, however it is asked, nor without end of less', () => {
    const step = fc.record({
      passMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 20_000 })),
      calls: fc.integer({ min: 1, max: 200 }),
      maxWaitMs: fc.constantFrom(0, 250, 2_000),
      owed: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 500, noNaN: true }),
        fc.double({ min: 1, max: 300, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(step, { maxLength: 60 }),
        (perSecond, burst, percent, steps) => {
          const terms = declared(perSecond, burst, percent / 100);
          const trial = new Trial(terms);
          for (const { passMs, owed, ...request } of steps) {
            trial.now += passMs;
            if (owed) trial.bucket = oweCall(trial.bucket, terms, trial.now);
            trial.take(request);
          }
          const rate = (perSecond * percent) / 100;
          const atOnce = Math.max(1, (burst * percent) / 100);
          expect(mostBeyond(trial.calls, rate)).toBeLessThanOrEqual(atOnce + 0.01);
          trial.now += 60_000 + (1_000 * (atOnce + 100)) / rate;
          const atOnceAgain = trial.drain();
          expect(atOnceAgain).toBeGreaterThanOrEqual(Math.floor(atOnce - 0.001));
          expect(atOnceAgain).toBeLessThanOrEqual(Math.floor(atOnce + 0.01));
        },
      ),
    );
  });
});

describe('oweCall', () => {
  it('lets later calls wait for what could not wait itself', () => {
    const terms = declared(2, 1);
    const trial = new Trial(terms);
    trial.bucket = oweCall(trial.bucket, terms, trial.now);
    trial.bucket = oweCall(trial.bucket, terms, trial.now);
    expect(trial.take()).toMatchObject({ waitMs: 1_000 });
    expect(oweCall(NEW_BUCKET, { share: 1 }, START)).toMatchObject({ rate: null });
  });
});

describe('throttled', () => {
  it('halves rate and burst, and begins with a single call', () => {
    const trial = new Trial(declared(8, 4));
    trial.throttle();
    expect(trial.drain()).toBe(1);
    expect(trial.take()).toMatchObject({ perSecond: 4, waitMs: 250 });
    trial.now += 60_000;
    expect(trial.drain()).toBe(2);
  });

  it('halves once for what was under way together, however late it says so', () => {
    const trial = new Trial(declared(64, 10));
    trial.throttle();
    trial.now += 5;
    trial.throttle({ beganAgoMs: 5 });
    trial.now += 30_000;
    trial.throttle({ beganAgoMs: 30_000 });
    expect(trial.bucket.rate).toBe(32);
    trial.throttle({ beganAgoMs: 28_000 });
    expect(trial.bucket.rate).toBe(16);
  });

  it('keeps all calls away as long as the vendor asked, within an hour', () => {
    const trial = new Trial(declared(10, 10));
    trial.throttle({ retryAfterMs: 7_000 });
    trial.throttle({ retryAfterMs: 2_000 });
    expect(trial.take({ maxWaitMs: Infinity })).toMatchObject({ waitMs: 7_000, closed: true });
    trial.now += 6_999;
    expect(trial.take({ maxWaitMs: Infinity })).toMatchObject({ closed: true });
    trial.now += 1;
    expect(trial.drain()).toBe(1);
    trial.throttle({ retryAfterMs: 10 * MAX_CLOSED_MS });
    expect(trial.take()).toMatchObject({ waitMs: MAX_CLOSED_MS });
  });

  it('never lowers the rate below what lets work go on, nor above the terms', () => {
    const trial = new Trial(declared(8, 4));
    for (let times = 0; times < 50; times += 1) {
      trial.now += 2_000;
      trial.throttle();
    }
    expect(trial.bucket.rate).toBe(0.5);
    const tiny = new Trial(declared(1, 1, 0.01));
    tiny.throttle();
    expect(tiny.bucket.rate).toBe(0.01);
  });

  it('lets the rate creep up again while calls succeed, to the whole of it and no further', () => {
    const trial = new Trial(declared(100, 10));
    trial.throttle();
    trial.now += 600_000;
    expect(trial.take()).toMatchObject({ calls: 1 });
    expect(trial.bucket.rate).toBe(50); // time alone is no success
    trial.succeed(10);
    expect(trial.bucket.rate).toBeGreaterThan(60);
    expect(trial.bucket.rate).toBeLessThan(75);
    trial.succeed(20);
    expect(trial.bucket.rate).toBeNull();
    trial.now += 60_000;
    expect(trial.drain()).toBe(10);
  });

  it('takes half of the rate that it saw where no limit is declared', () => {
    const trial = new Trial({ share: 1 });
    for (let step = 0; step < 100; step += 1) {
      trial.now += BATCH_MS;
      trial.take({ made: 10, succeeded: 10 });
    }
    trial.throttle({ made: 10 });
    expect(trial.bucket.rate).toBeGreaterThan(18);
    expect(trial.bucket.rate).toBeLessThan(22);
    trial.succeed(600);
    const { perSecond } = trial.take({ calls: 99 }) as { perSecond?: number };
    expect(perSecond ?? 40).toBeGreaterThan(36); // up to what was learned, not further
    expect(trial.take({ calls: 999 })).not.toMatchObject({ calls: Infinity });
    trial.now += 2 * MAX_CLOSED_MS;
    expect(trial.take()).toMatchObject({ calls: Infinity });
  });

  it('knows a rate soon after the first call', () => {
    const trial = new Trial({ share: 0.3 });
    trial.take();
    trial.now += 1_000;
    trial.take({ made: 20 });
    trial.throttle();
    expect(trial.bucket.learnedRate).toBeGreaterThan(15);
    expect(trial.bucket.learnedRate).toBeLessThan(25);
    expect(trial.bucket.rate).toBeCloseTo((trial.bucket.learnedRate ?? 0) * 0.3);
  });
});

describe('a bucket whose clock jumps back', () => {
  it.each([1, 3_600_000, 365 * 86_400_000])(
    'is in use again within a bounded time, %d ms later',
    (jumpMs) => {
      const trial = new Trial(declared(10, 10));
      trial.drain();
      trial.throttle({ retryAfterMs: 60_000 });
      trial.now -= jumpMs;
      const answer = trial.take();
      if ('waitMs' in answer) trial.now += MAX_CLOSED_MS;
      trial.now += 60_000 + (110 * 1_000) / 5;
      expect('calls' in trial.take({ succeeded: 1 })).toBe(true);
      trial.throttle();
      expect(trial.bucket.rate).toBeLessThanOrEqual(5);
    },
  );
});
