import { type CallBucket, type CallChange, NEW_BUCKET } from '#domain';

import type { Database } from '../database.js';

/** Which bucket: one account's calls of one of its vendor's APIs. */
export interface BucketKey {
  accountId: string;
  /** The adapter's name of the API. */
  api: string;
}

/** Each try that fails means that somebody else's has succeeded; so many in a row are no accident. */
const MAX_TRIES = 100;

interface StoredBucket extends CallBucket {
  version: string;
}

/** The columns of `CallBucket`, in its order. */
const COLUMNS = `rate, learned_rate, full_at, closed_until, throttled_at, raised_at, recent_calls, counted_at,
  counted_since`;
const milliseconds = (time: string) => `(extract(epoch FROM ${time}) * 1000)::double precision`;
const time = (parameter: number) => `to_timestamp($${String(parameter)}::double precision / 1000)`;
const VALUES = [`$3`, `$4`, time(5), time(6), time(7), time(8), `$9`, time(10), time(11)].join(', ');

/**
 * The buckets out of which all workers take calls. Nobody holds a lock on one while it thinks, since a
 * worker that stops in the middle would stop the account's others: who was overtaken thinks again.
 */
export class CallBucketRepository {
  constructor(private readonly database: Database) {}

  /**
   * Changes a bucket, which is new when nobody has used it yet, and returns the answer of the change that
   * counted.
   * @param change pure: it may be called several times. Is given the time by Postgres' clock, in milliseconds
   */
  async change<Answer>(
    key: BucketKey,
    change: (bucket: CallBucket, now: number) => CallChange<Answer>,
  ): Promise<Answer> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { stored, now } = await this.load(key);
      const before = stored ?? NEW_BUCKET;
      const { bucket, answer } = change(before, now);
      if (bucket === before || (await this.save(key, bucket, stored?.version))) return answer;
    }
    throw new Error(`The calls of ${key.api} for account ${key.accountId} change without end.`);
  }

  private async load({ accountId, api }: BucketKey): Promise<{ stored?: StoredBucket; now: number }> {
    const { rows } = await this.database.pool.query<(StoredBucket | { version: null }) & { now: number }>(
      `SELECT ${milliseconds('clock_timestamp()')} AS now, rate, learned_rate AS "learnedRate",
         ${milliseconds('full_at')} AS "fullAt", ${milliseconds('closed_until')} AS "closedUntil",
         ${milliseconds('throttled_at')} AS "throttledAt", ${milliseconds('raised_at')} AS "raisedAt",
         recent_calls AS "recentCalls", ${milliseconds('counted_at')} AS "countedAt",
         ${milliseconds('counted_since')} AS "countedSince", version
       FROM (SELECT) AS always LEFT JOIN call_bucket ON account_id = $1 AND api = $2`,
      [accountId, api],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('Postgres does not tell the time.');
    const { now, ...stored } = row;
    return stored.version === null ? { now } : { stored, now };
  }

  /** False when somebody else was faster. */
  private async save(
    { accountId, api }: BucketKey,
    bucket: CallBucket,
    version: string | undefined,
  ): Promise<boolean> {
    const values = [
      accountId,
      api,
      bucket.rate,
      bucket.learnedRate,
      bucket.fullAt,
      bucket.closedUntil,
      bucket.throttledAt,
      bucket.raisedAt,
      bucket.recentCalls,
      bucket.countedAt,
      bucket.countedSince,
    ];
    const { rowCount } =
      version === undefined
        ? await this.database.pool.query(
            `INSERT INTO call_bucket (account_id, api, ${COLUMNS}, version) VALUES ($1, $2, ${VALUES}, 1)
             ON CONFLICT DO NOTHING`,
            values,
          )
        : await this.database.pool.query(
            `UPDATE call_bucket SET (${COLUMNS}, version) = ROW (${VALUES}, version + 1)
             WHERE account_id = $1 AND api = $2 AND version = $12`,
            [...values, version],
          );
    return rowCount === 1;
  }
}
