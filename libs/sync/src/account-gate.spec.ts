import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { CallBucketRepository } from '#database';
import { type CallBucket, type CallLimit, QUOTA_CODE, SyncError, UnitClock } from '#domain';
import { Metrics } from '#metrics';
import { createLogger } from '#platform';

import { eventually } from '../../../test/support/eventually.js';
import { SyncFixture } from '../../database/src/testing/sync-fixture.js';
import { createAccountGate } from './account-gate.js';
import { callAs, Caller } from './caller.js';

/** A time by the clock of a test. */
const START = 1_800_000_000_000;

/** A limit whose first calls are free, and whose next comes when the test is long over. */
const SPENT_SOON: CallLimit = { perSecond: 0.001, burst: 3 };

describe('the gate of an account', () => {
  let sync: SyncFixture;
  let buckets: CallBucketRepository;
  let accountId: string;
  let logged: string;

  beforeAll(async () => {
    sync = await SyncFixture.open();
    buckets = new CallBucketRepository(sync.database);
  });
  afterAll(() => sync.close());
  beforeEach(async () => {
    accountId = await sync.addAccount();
    logged = '';
  });

  const gateOf = (
    quota?: CallLimit,
    percent = 100,
    store: Pick<CallBucketRepository, 'change'> = buckets,
  ) => {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged += chunk.toString('utf8');
        done();
      },
    });
    return createAccountGate({
      buckets: store as CallBucketRepository,
      accountId,
      adapter: {
        vendor: 'VMWARE',
        ...(quota === undefined ? {} : { quotas: { api: quota } }),
        classify: (error) => (error instanceof SyncError ? error : undefined),
      },
      percent,
      metrics: new Metrics(),
      log: createLogger({ level: 'debug', format: 'json' }, output),
    });
  };
  const callerOf = (isSlotWanted = true) => {
    const clock = new UnitClock();
    return { caller: new Caller(clock, () => Promise.resolve(isSlotWanted)), clock };
  };
  const stored = (): Promise<{ bucket: CallBucket; now: number }> =>
    buckets.change({ accountId, api: 'api' }, (bucket, now) => ({ bucket, answer: { bucket, now } }));
  /** How calling fails; `undefined` when it doesn't. */
  const failureOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
  const make = () => Promise.resolve('answer');

  it('returns what the call returns, and its own error when it fails', async () => {
    const gate = gateOf();
    expect(await gate.call('api', make)).toBe('answer');
    const error = new Error('the vendor has a bad day');
    await expect(gate.call('api', () => Promise.reject(error))).rejects.toBe(error);
    expect((await stored()).bucket.throttledAt).toBeNull();
  });

  it("keeps each of a vendor's regions within the quota of the API", async () => {
    const gate = gateOf({ perSecond: 0.001, burst: 1 });
    for (const api of ['api/r-1', 'api/r-2']) {
      expect(await gate.call(api, make)).toBe('answer');
      expect(await failureOf(gate.call(api, make))).toMatchObject({ vendorCode: QUOTA_CODE });
    }
  });

  it("refuses a page's first call whose turn is not soon, without making it", async () => {
    const gate = gateOf({ perSecond: 0.001, burst: 1 }, 50);
    const { caller } = callerOf();
    await callAs(caller, () => gate.call('api', make));
    caller.endPage();
    let made = false;

    const error = await failureOf(callAs(caller, () => gate.call('api', async () => (made = true))));

    expect(error).toMatchObject({ kind: 'throttled', vendorCode: QUOTA_CODE });
    expect((error as SyncError).message).toBe(
      `This account's calls (api) are limited to 0.0005 a second (api_quota_percent: 50). It goes on by itself.`,
    );
    expect((error as SyncError).retryAfterMs).toBeGreaterThan(1_000_000);
    expect(made).toBe(false);
  });

  it('spends a short wait in place, and counts it', async () => {
    const gate = gateOf({ perSecond: 10, burst: 1 });
    const { caller, clock } = callerOf();
    const begin = performance.now();
    for (let call = 0; call < 5; call += 1) {
      await callAs(caller, () => gate.call('api', make));
      caller.endPage();
    }
    expect(performance.now() - begin).toBeGreaterThanOrEqual(4 * 100 - 10);
    expect(clock.take().quota).toBeGreaterThan(50);
  });

  it('spends a longer wait in place only while nobody else wants the slot', async () => {
    // Time passes for who waits in place alone, however busy the machine is.
    let began = Infinity;
    const store: Pick<CallBucketRepository, 'change'> = {
      change: (key, change) =>
        buckets.change(key, (bucket) => change(bucket, START + Math.max(0, performance.now() - began))),
    };
    const gate = gateOf({ perSecond: 0.55, burst: 1 }, 100, store);
    const { caller: modest } = callerOf(true);
    const { caller: alone } = callerOf(false);
    await callAs(modest, () => gate.call('api', make));
    modest.endPage();

    const error = await failureOf(callAs(modest, () => gate.call('api', make)));
    began = performance.now();
    await callAs(alone, () => gate.call('api', make));

    expect(error).toMatchObject({ vendorCode: QUOTA_CODE, retryAfterMs: 1_819 });
    expect(performance.now() - began).toBeGreaterThan(1_800);
  });

  it('waits within a page, whatever it takes, so that the page comes to an end', async () => {
    const gate = gateOf({ perSecond: 2, burst: 1 });
    const { caller } = callerOf(true);
    const begin = performance.now();
    for (let call = 0; call < 3; call += 1) await callAs(caller, () => gate.call('api', make));
    expect(performance.now() - begin).toBeGreaterThanOrEqual(1_000 - 10);
  });

  it('lets a listing that must begin again wait for the calls that its beginning took', async () => {
    const gate = gateOf(SPENT_SOON);
    const { caller } = callerOf();
    for (let call = 0; call < 3; call += 1) await callAs(caller, () => gate.call('api', make));
    caller.endPage();

    const first = await failureOf(callAs(caller, () => gate.call('api', make)));
    const other = await failureOf(callAs(callerOf().caller, () => gate.call('api', make)));

    expect((first as SyncError).retryAfterMs).toBeGreaterThan(2_900_000);
    expect((other as SyncError).retryAfterMs).toBeLessThanOrEqual(1_000_000);
  });

  it('ends a wait when the listing is aborted, with the reason', async () => {
    const gate = gateOf(SPENT_SOON);
    const { caller } = callerOf();
    for (let call = 0; call < 3; call += 1) await callAs(caller, () => gate.call('api', make));
    const controller = new AbortController();
    const waiting = failureOf(callAs(caller, () => gate.call('api', make, { signal: controller.signal })));
    const reason = new Error('stopped by the test');

    controller.abort(reason);

    expect(await waiting).toBe(reason);
  });

  it('slows down when the vendor throttles, and asks nobody until it may', async () => {
    const gate = gateOf({ perSecond: 80, burst: 10 });
    const other = gateOf({ perSecond: 80, burst: 10 }); // as in another process
    await other.call('api', make);
    const throttling = new SyncError('throttled', 'slow down', { retryAfterMs: 60_000 });

    expect(await failureOf(gate.call('api', () => Promise.reject(throttling)))).toBe(throttling);

    const { bucket, now } = await stored();
    expect(bucket.rate).toBe(40);
    expect(bucket.closedUntil - now).toBeGreaterThan(0);
    expect(bucket.closedUntil - now).toBeLessThanOrEqual(60_000);
    expect(logged).toContain('the vendor throttled');
    const { caller } = callerOf(false);
    caller.countCall('api'); // within a page, too
    for (const closed of [gate, gateOf({ perSecond: 80, burst: 10 })]) {
      const error = await failureOf(callAs(caller, () => closed.call('api', make)));
      expect(error).toMatchObject({ kind: 'throttled', vendorCode: QUOTA_CODE });
      expect((error as SyncError).message).toContain('asked for a pause');
    }
    expect(await gate.call('another api', make)).toBe('answer');
  });

  it('slows down once for calls that were under way together, however late it hears of one', async () => {
    let isSlow = false;
    let underWay = 0;
    const slow: Pick<CallBucketRepository, 'change'> = {
      change: async (key, change) => {
        if (isSlow) await delay(1_100); // a call that begins so long after a halving is news
        return buckets.change(key, change);
      },
    };
    const refuse = async () => {
      underWay += 1;
      await eventually('both are under way', () => underWay === 2);
      isSlow = true;
      throw new SyncError('throttled', 'slow down');
    };
    const gates = [buckets, slow].map((store) => gateOf({ perSecond: 80, burst: 10 }, 100, store));

    await Promise.all(gates.map((gate) => failureOf(gate.call('api', refuse))));

    expect((await stored()).bucket.rate).toBe(40);
  });

  it('waits in place for a vendor that wants to be left alone for a moment only', async () => {
    const gate = gateOf();
    const throttling = new SyncError('throttled', 'slow down', { retryAfterMs: 1_500 });
    const begin = performance.now();
    await failureOf(gate.call('api', () => Promise.reject(throttling)));

    expect(await callAs(callerOf(false).caller, () => gate.call('api', make))).toBe('answer');

    expect(performance.now() - begin).toBeGreaterThan(1_490);
  });

  it('makes a courtesy at once, and lets later calls wait for it', async () => {
    const gate = gateOf(SPENT_SOON);
    for (let call = 0; call < 4; call += 1) {
      expect(await gate.call('api', make, { courtesy: true })).toBe('answer');
    }
    expect(await failureOf(gate.call('api', make))).toMatchObject({ vendorCode: QUOTA_CODE });
  });

  describe('while Postgres is away', () => {
    const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const store = { change: () => Promise.reject(away) };

    it('makes no call, and takes it for no trouble of the vendor', async () => {
      const error = await failureOf(gateOf(SPENT_SOON, 100, store).call('api', make));
      expect(error).toMatchObject({ kind: 'unavailable', vendorCode: 'MUSTER_DATABASE', cause: away });
    });

    it('still signs out', async () => {
      const gate = gateOf(SPENT_SOON, 100, store);
      expect(await gate.call('api', make, { courtesy: true })).toBe('answer');
      expect(logged).toContain('could not be counted');
    });

    it("lets a throttled call's own error through", async () => {
      let isAway = false;
      const sometimes: Pick<CallBucketRepository, 'change'> = {
        change: (key, change) => (isAway ? Promise.reject(away) : buckets.change(key, change)),
      };
      const throttling = new SyncError('throttled', 'slow down');
      const call = gateOf(SPENT_SOON, 100, sometimes).call('api', () => {
        isAway = true;
        return Promise.reject(throttling);
      });
      expect(await failureOf(call)).toBe(throttling);
      expect(logged).toContain('could not be slowed down');
    });
  });
});
