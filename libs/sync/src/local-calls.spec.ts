import { describe, expect, it } from '@jest/globals';

import {
  BATCH_MS,
  type CallBucket,
  type CallRequest,
  type CallTerms,
  NEW_BUCKET,
  takeCalls,
  throttled,
} from '#domain';

import { LocalCalls, type SharedCalls, type ThrottledCall } from './local-calls.js';

const START = 1_800_000_000_000;
const PATIENT = { maxWaitMs: BATCH_MS, enough: 1 };

/** A bucket that some processes share, and the time for all of them. */
class Shared implements SharedCalls {
  bucket: CallBucket = NEW_BUCKET;
  now = 0;
  readonly asked: CallRequest[] = [];

  constructor(private readonly terms: CallTerms) {}

  take(request: CallRequest) {
    this.asked.push(request);
    const { bucket, answer } = takeCalls(this.bucket, this.terms, request, START + this.now);
    this.bucket = bucket;
    return Promise.resolve(answer);
  }

  throttled({ beganAt, made }: ThrottledCall & { made: number }) {
    const event = { beganAgoMs: this.now - beganAt, made };
    this.bucket = throttled(this.bucket, this.terms, event, START + this.now);
    return Promise.resolve();
  }

  process() {
    return new LocalCalls(this, () => this.now);
  }
}

/** Makes as many calls as it may until a time, and says when each was made. */
async function callUntil(shared: Shared, processes: readonly LocalCalls[], end: number): Promise<number[]> {
  const calls: number[] = [];
  const next = processes.map(() => 0);
  while (shared.now < end) {
    for (const [index, calling] of processes.entries()) {
      if ((next[index] ?? 0) > shared.now) continue;
      const turn = await calling.take(PATIENT);
      next[index] = shared.now + ('inMs' in turn ? turn.inMs : turn.waitMs);
      if ('inMs' in turn) calls.push(next[index] ?? 0);
    }
    shared.now += 1;
  }
  return calls.filter((at) => at < end);
}

describe('LocalCalls', () => {
  it.each([1, 2, 3])('use up a rate in %d processes, ask few times, and never call more', async (count) => {
    const shared = new Shared({ quota: { perSecond: 100, burst: 20 }, share: 1 });
    const processes = Array.from({ length: count }, () => shared.process());

    const calls = await callUntil(shared, processes, 5_000);

    expect(calls.length).toBeLessThanOrEqual(20 + 5 * 100);
    expect(calls.length).toBeGreaterThan(0.8 * 5 * 100);
    expect(shared.asked.length).toBeLessThan(count * 5 * 8);
    const sorted = calls.sort((one, other) => one - other);
    for (const [index, at] of sorted.entries()) {
      const within = sorted.slice(index).filter((later) => later - at < 1_000);
      // What a process has taken may be made BATCH_MS late.
      expect(within.length).toBeLessThanOrEqual(20 + 100 + (count * BATCH_MS) / 10 + 1);
    }
  });

  it('ask for one call at a time where there are few', async () => {
    const shared = new Shared({ quota: { perSecond: 2, burst: 1 }, share: 1 });
    const calls = await callUntil(shared, [shared.process()], 10_000);
    expect(calls.length).toBeGreaterThanOrEqual(19);
    expect(calls.length).toBeLessThanOrEqual(21);
    expect(shared.asked.length).toBeLessThanOrEqual(2 * calls.length + 1);
  });

  it('say how long to wait, and keep what they have', async () => {
    const shared = new Shared({ quota: { perSecond: 2, burst: 2 }, share: 1 });
    const local = shared.process();
    await local.take(PATIENT);
    await local.take(PATIENT);
    expect(await local.take(PATIENT)).toEqual({ waitMs: 500, closed: false, perSecond: 2 });
    expect(await local.take({ maxWaitMs: 0, enough: 2 })).toMatchObject({ waitMs: 1_000 });
    expect(await local.take({ maxWaitMs: Infinity, enough: 1 })).toEqual({ inMs: 500 });
  });

  it('lose what was not used in time', async () => {
    const shared = new Shared({ quota: { perSecond: 40, burst: 10 }, share: 1 });
    const local = shared.process();
    for (let call = 0; call < 3; call += 1) await local.take(PATIENT);
    const { length } = shared.asked;
    shared.now += 10 * BATCH_MS;
    await local.take(PATIENT);
    expect(shared.asked.length).toBe(length + 1);
  });

  it('without a limit ask every quarter of a second, and tell what they did', async () => {
    const shared = new Shared({ share: 1 });
    const local = shared.process();
    for (let call = 0; call < 100; call += 1) {
      expect(await local.take(PATIENT)).toEqual({ inMs: 0 });
      if (call % 2 === 0) local.succeed();
      shared.now += 10;
    }
    expect(shared.asked.length).toBeLessThanOrEqual(5);
    expect(shared.asked.slice(0, 2)).toMatchObject([
      { made: 0, succeeded: 0 },
      { made: 26, succeeded: 13 },
    ]);
  });

  it('hold back what they had taken when the vendor throttles', async () => {
    const shared = new Shared({ quota: { perSecond: 100, burst: 50 }, share: 1 });
    const local = shared.process();
    for (let call = 0; call < 5; call += 1) {
      await local.take(PATIENT);
      shared.now += 10;
    }
    await local.throttle({ beganAt: shared.now - 5 });
    expect(shared.bucket.rate).toBe(50);
    expect(await local.take(PATIENT)).toEqual({ inMs: 0 }); // the one that there is again
    expect(await local.take({ maxWaitMs: 0, enough: 1 })).toMatchObject({ waitMs: 20, perSecond: 50 });
  });

  it('go on after the bucket could not be asked, and tell it then', async () => {
    const shared = new Shared({ share: 1 });
    const local = shared.process();
    await local.take(PATIENT);
    shared.now += 2 * BATCH_MS;
    const { take } = shared;
    shared.take = () => Promise.reject(new Error('away'));
    await expect(local.take(PATIENT)).rejects.toThrow('away');
    shared.take = take;
    await local.take(PATIENT);
    expect(shared.asked.at(-1)).toMatchObject({ made: 1 });
  });
});
