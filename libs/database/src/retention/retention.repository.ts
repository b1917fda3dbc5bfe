import type { Retention } from '#platform';

import type { Database } from '../database.js';
import { isLockTimeout } from '../errors.js';
import { KEY_RETENTION_HOURS } from '../idempotency/idempotency.repository.js';
import { doPartitionWork, findPartitionWork } from './change-partitions.js';
import type { PartitionPlan } from './plan-partitions.js';

/** So much longer tombstones are kept than a prune can be undone: an undoing that was let in finds them all. */
const UNDO_TIME = '1 hour';
/** So much longer than changes are kept the last of them is there: until its month is over, and dropped. */
const DROP_TIME = '40 days';
/** A schedule of every minute has 43,200 runs in that time. */
export const SCHEDULE_RUN_DAYS = 30;
/** Time enough to mend a receiver and have what it missed sent again. */
const DEAD_LETTER_DAYS = 30;

/** Removes what is older than it is to be kept, and makes room for what is to come. */
export class RetentionRepository {
  constructor(
    private readonly database: Database,
    private readonly days: Retention,
  ) {}

  /**
   * Keeps a monthly partition of changes ready for this month and the next, and drops those of months that
   * are over for longer than changes are kept. One query when there is nothing to do. Returns what was done:
   * undefined is nothing, also because another process was at it or the table too busy; call it again later.
   */
  async keepChangePartitions(): Promise<PartitionPlan | undefined> {
    if ((await findPartitionWork(this.database.pool, this.days.changes)) === undefined) return undefined;
    try {
      return await this.database.transaction((client) => doPartitionWork(client, this.days.changes));
    } catch (error) {
      if (isLockTimeout(error)) return undefined;
      throw error;
    }
  }

  /**
   * Removes at most `limit` tombstones that have been kept long enough, and returns how many it removed.
   * Their changes stay, and with them what they are about: so many former resources go at most, too, of those
   * whose changes are gone. Live resources are not touched, nor what comes back at the same moment.
   */
  async removeTombstones(limit: number): Promise<number> {
    const { pool } = this.database;
    const removed = await pool.query(
      `WITH removed AS (
         DELETE FROM resource WHERE id IN (
           SELECT id FROM resource WHERE deleted_at < now() - $1 * interval '1 day' - interval '${UNDO_TIME}'
           ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING id, tenant_id, account_id, resource_type, native_id, name, deleted_at
       )
       INSERT INTO former_resource (id, tenant_id, account_id, resource_type, native_id, name, deleted_at)
       SELECT * FROM removed
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, deleted_at = excluded.deleted_at`,
      [this.days.tombstones, limit],
    );
    await pool.query(
      `DELETE FROM former_resource WHERE id IN (
         SELECT id FROM former_resource WHERE deleted_at < now() - $1 * interval '1 day' - interval '${DROP_TIME}'
         ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [this.days.changes, limit],
    );
    return removed.rowCount ?? 0;
  }

  /**
   * Removes at most `limit` events that have been kept long enough, and returns how many it removed. The last of them
   * is noted in the same transaction: see {@link FeedRepository}.
   */
  async removeEvents(limit: number): Promise<number> {
    const { rows } = await this.database.pool.query<{ removed: number }>(
      `WITH removed AS (
         DELETE FROM outbox_event WHERE id IN (
           SELECT id FROM outbox_event WHERE at < now() - $1 * interval '1 day' ORDER BY at LIMIT $2
           FOR UPDATE SKIP LOCKED)
         RETURNING transaction_id, id
       ), noted AS (
         UPDATE outbox_horizon SET transaction_id = last.transaction_id, id = last.id
         FROM (SELECT * FROM removed ORDER BY transaction_id DESC, id DESC LIMIT 1) AS last
         WHERE (last.transaction_id, last.id) > (outbox_horizon.transaction_id, outbox_horizon.id)
       )
       SELECT count(*)::int AS removed FROM removed`,
      [this.days.events, limit],
    );
    return rows[0]?.removed ?? 0;
  }

  /** The same for entries of the audit log, with what came of them. */
  async removeAuditEntries(limit: number): Promise<number> {
    return this.removeOlder('audit_entry', this.days.audit, limit);
  }

  /** The same for idempotency keys, which are kept for a day. */
  async removeIdempotencyKeys(limit: number): Promise<number> {
    const { rowCount } = await this.database.pool.query(
      `DELETE FROM idempotency_key WHERE (credential_id, key_hash) IN (
         SELECT credential_id, key_hash FROM idempotency_key
         WHERE created_at < now() - $1 * interval '1 hour' ORDER BY created_at LIMIT $2
         FOR UPDATE SKIP LOCKED)`,
      [KEY_RETENTION_HOURS, limit],
    );
    return rowCount ?? 0;
  }

  /** The same for what came of schedules' times. */
  async removeScheduleRuns(limit: number): Promise<number> {
    return this.removeOlder('schedule_run', SCHEDULE_RUN_DAYS, limit);
  }

  /** The same for messages that no receiver took. */
  async removeDeadLetters(limit: number): Promise<number> {
    return this.removeOlder('webhook_dead_letter', DEAD_LETTER_DAYS, limit);
  }

  /** The same for webhooks' former secrets, whose time is over. */
  async removeFormerSecrets(limit: number): Promise<number> {
    const { rowCount } = await this.database.pool.query(
      `UPDATE webhook SET sealed_former_secret = NULL, former_secret_until = NULL WHERE id IN (
         SELECT id FROM webhook WHERE former_secret_until <= now() ORDER BY former_secret_until LIMIT $1
         FOR UPDATE SKIP LOCKED)`,
      [limit],
    );
    return rowCount ?? 0;
  }

  private async removeOlder(
    table: 'audit_entry' | 'schedule_run' | 'webhook_dead_letter',
    days: number,
    limit: number,
  ): Promise<number> {
    const { rowCount } = await this.database.pool.query(
      `DELETE FROM ${table} WHERE id IN (
         SELECT id FROM ${table} WHERE at < now() - $1 * interval '1 day' ORDER BY at LIMIT $2
         FOR UPDATE SKIP LOCKED)`,
      [days, limit],
    );
    return rowCount ?? 0;
  }
}
