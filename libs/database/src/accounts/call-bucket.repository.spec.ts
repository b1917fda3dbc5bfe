import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type CallBucket, NEW_BUCKET, takeCalls, throttled } from '#domain';

import { SyncFixture } from '../testing/sync-fixture.js';
import { CallBucketRepository } from './call-bucket.repository.js';

const TERMS = { quota: { perSecond: 0.001, burst: 40 }, share: 1 };
const REQUEST = { calls: 1, maxWaitMs: 0, enough: 1, made: 0, succeeded: 0 };

describe('CallBucketRepository', () => {
  let sync: SyncFixture;
  let buckets: CallBucketRepository;

  beforeAll(async () => {
    sync = await SyncFixture.open();
    buckets = new CallBucketRepository(sync.database);
  });
  afterAll(() => sync.close());

  const look = async (accountId: string, api: string) =>
    buckets.change({ accountId, api }, (bucket, now) => ({ bucket, answer: { bucket, now } }));

  it('is new until it is used, and then what it was left as, to the microsecond', async () => {
    const accountId = await sync.addAccount();
    const { bucket: fresh, now } = await look(accountId, 'a');
    expect(fresh).toEqual(NEW_BUCKET);
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000); // Postgres is on this machine
    expect(await sync.rows('SELECT FROM call_bucket WHERE account_id = $1', [accountId])).toHaveLength(0);
    const left: CallBucket = {
      rate: 0.1234567890123,
      learnedRate: 98.7,
      fullAt: 1_800_000_000_000.123,
      closedUntil: 1_800_000_000_001.5,
      throttledAt: 1_800_000_000_002.001,
      raisedAt: 1_800_000_000_003,
      recentCalls: 17.25,
      countedAt: 1_800_000_000_004,
      countedSince: 1_800_000_000_005,
    };

    await buckets.change({ accountId, api: 'a' }, () => ({ bucket: left, answer: undefined }));

    const { bucket } = await look(accountId, 'a');
    for (const [name, value] of Object.entries(left)) {
      expect(bucket[name as keyof CallBucket]).toBeCloseTo(value as number, 2);
    }
    await buckets.change({ accountId, api: 'a' }, () => ({ bucket: NEW_BUCKET, answer: undefined }));
    expect((await look(accountId, 'a')).bucket).toMatchObject(NEW_BUCKET);
    expect((await look(accountId, 'b')).bucket).toEqual(NEW_BUCKET);
    expect((await look(await sync.addAccount(), 'a')).bucket).toEqual(NEW_BUCKET);
  });

  it('gives each call to one of many who ask at once, and none too many', async () => {
    const accountId = await sync.addAccount();
    const key = { accountId, api: 'a' };

    const answers = await Promise.all(
      Array.from({ length: 60 }, () =>
        buckets.change(key, (bucket, now) => takeCalls(bucket, TERMS, REQUEST, now)),
      ),
    );

    expect(answers.filter((answer) => 'calls' in answer)).toHaveLength(40);
    expect(answers.filter((answer) => 'waitMs' in answer)).toHaveLength(20);
  });

  it('halves once for many who are throttled at once', async () => {
    const accountId = await sync.addAccount();
    const key = { accountId, api: 'a' };
    const quota = { perSecond: 80, burst: 10 };
    const beganAt = performance.now();
    const event = () => ({ beganAgoMs: performance.now() - beganAt, made: 0, retryAfterMs: 60_000 });

    await Promise.all(
      Array.from({ length: 20 }, () =>
        buckets.change(key, (bucket, now) => ({
          bucket: throttled(bucket, { quota, share: 1 }, event(), now),
          answer: undefined,
        })),
      ),
    );

    const { bucket, now } = await look(accountId, 'a');
    expect(bucket.rate).toBe(40);
    expect(bucket.closedUntil - now).toBeGreaterThan(0);
    expect(bucket.closedUntil - now).toBeLessThanOrEqual(60_000);
  });

  it('gives up on what others never let it change', async () => {
    const accountId = await sync.addAccount();
    const key = { accountId, api: 'a' };
    await buckets.change(key, (bucket) => ({ bucket: { ...bucket }, answer: undefined }));
    await sync.database.pool.query(
      `CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER never BEFORE UPDATE ON call_bucket FOR EACH ROW EXECUTE FUNCTION skip()`,
    );

    const change = buckets.change(key, (bucket) => ({ bucket: { ...bucket }, answer: undefined }));

    await expect(change).rejects.toThrow('change without end');
    await sync.database.pool.query('DROP TRIGGER never ON call_bucket');
  });

  it('goes with its account', async () => {
    const accountId = await sync.addAccount();
    await buckets.change({ accountId, api: 'a' }, (bucket) => ({ bucket: { ...bucket }, answer: undefined }));

    await sync.accounts.remove(sync.tenantId, accountId);
    while (!(await sync.accounts.clearRemoved(100)));

    expect(await sync.rows('SELECT FROM call_bucket WHERE account_id = $1', [accountId])).toHaveLength(0);
  });
});
