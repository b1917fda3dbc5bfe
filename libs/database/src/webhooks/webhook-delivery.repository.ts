import { randomUUID } from 'node:crypto';

import { v7 as uuidv7 } from 'uuid';

import type { EventType } from '#domain';

import type { Database } from '../database.js';
import type { FeedPosition } from '../outbox/feed.repository.js';
import { newsBehind } from '../outbox/news-behind.js';
import { storableText, toJsonPayload } from '../storable-text.js';

/** A webhook that this worker tells: nobody else does until the lease ends. */
export interface LeasedWebhook {
  id: string;
  tenantId: string;
  url: string;
  types: EventType[];
  sealedSecret: Buffer;
  /** The secret before, with which messages are signed as well until then. */
  sealedFormerSecret: Buffer | null;
  formerSecretUntil: Date | null;
  /** When its owner last changed it. */
  changedAt: Date;
  /** Up to where it has been told. */
  position: FeedPosition;
  /** At the event that comes next. */
  attempts: number;
  leaseToken: string;
}

/** A message that is to be sent again. */
export interface ReplayedLetter {
  id: string;
  messageId: string;
  message: object;
}

/** A message that was not taken. */
export interface UndeliveredMessage {
  messageId: string;
  message: object;
  attempts: number;
  failure: string;
}

/** Of the webhooks `w`: there is something to tell. */
const HAS_NEWS = `(EXISTS (SELECT FROM webhook_dead_letter letter WHERE letter.webhook_id = w.id
    AND letter.replay_at IS NOT NULL)
  OR ${newsBehind({ tenantId: 'w.tenant_id', transactionId: 'w.told_transaction_id', id: 'w.told_id' })})`;

/** What tells webhooks. */
export class WebhookDeliveryRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes webhooks that there is something to tell, and whose time has come, those that have waited longest first.
   * @param busyTenants whose are left for later
   */
  async claim(leaseMs: number, limit: number, busyTenants: readonly string[]): Promise<LeasedWebhook[]> {
    const leaseToken = randomUUID();
    const { rows } = await this.database.pool.query<LeasedWebhook>(
      `UPDATE webhook SET lease_token = $1, lease_until = now() + $2 * interval '1 millisecond'
       WHERE id IN (
         SELECT w.id FROM webhook w
         WHERE w.paused_at IS NULL AND w.next_attempt_at <= now()
           AND (w.lease_until IS NULL OR w.lease_until <= now()) AND w.tenant_id <> ALL ($4::uuid[]) AND ${HAS_NEWS}
         ORDER BY w.next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING id, tenant_id AS "tenantId", url, types, sealed_secret AS "sealedSecret",
         sealed_former_secret AS "sealedFormerSecret", former_secret_until AS "formerSecretUntil",
         updated_at AS "changedAt", attempts, lease_token AS "leaseToken",
         jsonb_build_object('transactionId', told_transaction_id::text, 'id', told_id::text) AS position`,
      [leaseToken, leaseMs, limit, busyTenants],
    );
    return rows;
  }

  /** It is ours for longer. False when it is not ours any more: see {@link hold}. */
  async renew(webhook: LeasedWebhook, leaseMs: number): Promise<boolean> {
    return this.hold(webhook, leaseMs);
  }

  /** It was told up to there, and is told on. False when it is not ours any more: see {@link hold}. */
  async advance(webhook: LeasedWebhook, position: FeedPosition, leaseMs: number): Promise<boolean> {
    return this.hold(
      webhook,
      leaseMs,
      `told_transaction_id = $5::xid8, told_id = $6, attempts = 0, delivered_at = now(), failure = NULL,`,
      [position.transactionId, position.id],
    );
  }

  /** There is nothing more to tell, up to there: it is anybody's again. */
  async release(webhook: LeasedWebhook, position: FeedPosition): Promise<boolean> {
    return this.write(
      webhook,
      `told_transaction_id = $3::xid8, told_id = $4, next_attempt_at = now(), lease_token = NULL, lease_until = NULL`,
      [position.transactionId, position.id],
    );
  }

  /** It did not take what comes next, and is tried again. */
  async putOff(webhook: LeasedWebhook, failure: string, delayMs: number): Promise<boolean> {
    return this.write(
      webhook,
      `attempts = attempts + 1, failed_at = now(), failure = $3,
       next_attempt_at = now() + $4 * interval '1 millisecond', lease_token = NULL, lease_until = NULL`,
      [storableText(failure), delayMs],
    );
  }

  /** It took this message never: that is kept, and what comes behind it is told. */
  async bury(
    webhook: LeasedWebhook,
    { messageId, message, attempts, failure }: UndeliveredMessage,
    position: FeedPosition,
  ): Promise<boolean> {
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `UPDATE webhook SET told_transaction_id = $3::xid8, told_id = $4, attempts = 0, failed_at = now(), failure = $5
         WHERE id = $1 AND lease_token = $2`,
        [webhook.id, webhook.leaseToken, position.transactionId, position.id, storableText(failure)],
      );
      if (rowCount === 0) return false;
      await client.query(
        `INSERT INTO webhook_dead_letter (id, tenant_id, webhook_id, message_id, message, attempts, failure)
         VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
        [
          uuidv7(),
          webhook.tenantId,
          webhook.id,
          messageId,
          toJsonPayload(message),
          attempts,
          storableText(failure),
        ],
      );
      return true;
    });
  }

  /** Goes on behind what was removed before it could be told. */
  async skipRemoved(webhook: LeasedWebhook, failure: string): Promise<boolean> {
    return this.write(
      webhook,
      `told_transaction_id = (SELECT transaction_id FROM outbox_horizon), told_id = (SELECT id FROM outbox_horizon),
       attempts = 0, failed_at = now(), failure = $3, next_attempt_at = now(), lease_token = NULL, lease_until = NULL`,
      [failure],
    );
  }

  /** Dead letters that somebody wants sent again, oldest first. */
  async replays({ id }: LeasedWebhook, limit: number): Promise<ReplayedLetter[]> {
    const { rows } = await this.database.pool.query<ReplayedLetter>(
      `SELECT id, message_id AS "messageId", message FROM webhook_dead_letter
       WHERE webhook_id = $1 AND replay_at IS NOT NULL ORDER BY id LIMIT $2`,
      [id, limit],
    );
    return rows;
  }

  /** What came of sending it again: it is gone, or waits for somebody to ask again. */
  async endReplay({ id }: ReplayedLetter, failure?: string): Promise<void> {
    await (failure === undefined
      ? this.database.pool.query('DELETE FROM webhook_dead_letter WHERE id = $1', [id])
      : this.database.pool.query(
          `UPDATE webhook_dead_letter SET replay_at = NULL, attempts = attempts + 1, failure = $2, at = now()
           WHERE id = $1`,
          [id, storableText(failure)],
        ));
  }

  /**
   * Keeps it, unless its owner has changed it since it was claimed: then it is let go, and whoever takes it next goes by
   * what it is now, by another secret say.
   */
  private async hold(
    { id, leaseToken, changedAt }: LeasedWebhook,
    leaseMs: number,
    what = '',
    values: readonly unknown[] = [],
  ): Promise<boolean> {
    const { rows } = await this.database.pool.query<{ isOurs: boolean }>(
      `UPDATE webhook SET ${what} lease_token = CASE WHEN updated_at = $3 THEN lease_token END,
         lease_until = CASE WHEN updated_at = $3 THEN now() + $4 * interval '1 millisecond' END
       WHERE id = $1 AND lease_token = $2 RETURNING lease_token IS NOT NULL AS "isOurs"`,
      [id, leaseToken, changedAt, leaseMs, ...values],
    );
    return rows[0]?.isOurs ?? false;
  }

  private async write(
    { id, leaseToken }: LeasedWebhook,
    what: string,
    values: readonly unknown[],
  ): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `UPDATE webhook SET ${what} WHERE id = $1 AND lease_token = $2`,
      [id, leaseToken, ...values],
    );
    return rowCount === 1;
  }
}
