import { v7 as uuidv7 } from 'uuid';

import type { EventType } from '#domain';

import type { ListWindow } from '../accounts/account.repository.js';
import type { Database } from '../database.js';

/** A webhook as a caller names it: another tenant's is the same as none. */
export interface WebhookKey {
  tenantId: string;
  id: string;
}

/** What its owner decides about a webhook. */
export interface WebhookTerms {
  name: string;
  url: string;
  /** Of which types of events it is told; none: of all. */
  types: readonly EventType[];
}

export interface NewWebhook extends WebhookTerms {
  tenantId: string;
  /** Seals its secret for the id that it gets. */
  sealSecret: (id: string) => Promise<Uint8Array>;
}

/** A webhook without its secret. */
export interface Webhook extends WebhookTerms {
  id: string;
  createdAt: Date;
  updatedAt: Date;
  pausedAt: Date | null;
  /** At the event that comes next. */
  attempts: number;
  nextAttemptAt: Date;
  deliveredAt: Date | null;
  failedAt: Date | null;
  failure: string | null;
  /** Until when messages are signed with the secret before the present one as well; null when they are not. */
  formerSecretUntil: Date | null;
  deadLetters: number;
}

/** A message that a receiver did not take. */
export interface DeadLetter {
  id: string;
  /** The whole CloudEvent. */
  message: object;
  attempts: number;
  failure: string;
  at: Date;
  replayAt: Date | null;
}

const COLUMNS = `w.id, w.name, w.url, w.types, w.created_at AS "createdAt", w.updated_at AS "updatedAt",
  w.paused_at AS "pausedAt", w.attempts, w.next_attempt_at AS "nextAttemptAt", w.delivered_at AS "deliveredAt",
  w.failed_at AS "failedAt", w.failure,
  CASE WHEN w.former_secret_until > now() THEN w.former_secret_until END AS "formerSecretUntil",
  (SELECT count(*)::int FROM webhook_dead_letter letter WHERE letter.webhook_id = w.id) AS "deadLetters"`;
const OLDEST = '00000000-0000-0000-0000-000000000000';

/** Webhooks as their owners see and change them. */
export class WebhookRepository {
  constructor(private readonly database: Database) {}

  /**
   * Adds a webhook, which is told of what happens from now on, and returns its id.
   * @param most how many a tenant may have; undefined when it has as many
   */
  async create({ tenantId, sealSecret, ...terms }: NewWebhook, most: number): Promise<string | undefined> {
    const id = uuidv7();
    const sealed = await sealSecret(id);
    return this.database.transaction(async (client) => {
      // One at a time, or two could both be the last that there may be.
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`webhooks ${tenantId}`]);
      const { rowCount } = await client.query(
        `INSERT INTO webhook (id, tenant_id, name, url, types, sealed_secret, told_transaction_id, told_id)
         SELECT $1, $2, $3, $4, $5, $6, pg_snapshot_xmin(pg_current_snapshot()), 0
         WHERE (SELECT count(*) FROM webhook WHERE tenant_id = $2) < $7`,
        [id, tenantId, terms.name, terms.url, terms.types, sealed, most],
      );
      return rowCount === 1 ? id : undefined;
    });
  }

  async find({ tenantId, id }: WebhookKey): Promise<Webhook | undefined> {
    const { rows } = await this.database.pool.query<Webhook>(
      `SELECT ${COLUMNS} FROM webhook w WHERE w.id = $1 AND w.tenant_id = $2`,
      [id, tenantId],
    );
    return rows[0];
  }

  /** A page of a tenant's webhooks, oldest first, and how many there are. */
  async list(
    tenantId: string,
    { limit, offset, marker }: ListWindow,
  ): Promise<{ webhooks: Webhook[]; total: number }> {
    const { pool } = this.database;
    const [counted, { rows }] = await Promise.all([
      pool.query<{ total: number }>('SELECT count(*)::int AS total FROM webhook WHERE tenant_id = $1', [
        tenantId,
      ]),
      pool.query<Webhook>(
        `SELECT ${COLUMNS} FROM webhook w WHERE w.tenant_id = $1 AND w.id > $2 ORDER BY w.id LIMIT $3 OFFSET $4`,
        [tenantId, marker ?? OLDEST, limit, marker === undefined ? offset : 0],
      ),
    ]);
    return { webhooks: rows, total: counted.rows[0]?.total ?? 0 };
  }

  /** Replaces a webhook's terms, by which it is tried at once. False when the tenant has no such one. */
  async update(key: WebhookKey, { name, url, types }: WebhookTerms): Promise<boolean> {
    return this.change(
      key,
      'name = $3, url = $4, types = $5, attempts = 0, next_attempt_at = now(), failure = NULL',
      [name, url, types],
    );
  }

  /** Lets it be told of nothing until it is resumed. */
  async pause(key: WebhookKey): Promise<boolean> {
    return this.change(key, 'paused_at = coalesce(paused_at, now())');
  }

  /** Goes on from where it was paused, at once. */
  async resume(key: WebhookKey): Promise<boolean> {
    return this.change(key, 'paused_at = NULL, attempts = 0, next_attempt_at = now()');
  }

  /**
   * Gives it another secret. Messages are signed with the one before as well for the overlap; with one before that no
   * longer.
   * @returns until when; undefined when the tenant has no such webhook
   */
  async replaceSecret(
    { tenantId, id }: WebhookKey,
    sealed: Uint8Array,
    overlapSeconds: number,
  ): Promise<{ formerSecretUntil: Date | null } | undefined> {
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<{ formerSecretUntil: Date | null }>(
        `UPDATE webhook SET sealed_secret = $3, updated_at = now(),
           sealed_former_secret = CASE WHEN $4 > 0 THEN sealed_secret END,
           former_secret_until = CASE WHEN $4 > 0 THEN now() + make_interval(secs => $4) END
         WHERE id = $1 AND tenant_id = $2 RETURNING former_secret_until AS "formerSecretUntil"`,
        [id, tenantId, sealed, overlapSeconds],
      );
      return rows[0];
    });
  }

  /** What its messages are signed with, sealed for its id. */
  async findSecret({ tenantId, id }: WebhookKey): Promise<Uint8Array | undefined> {
    const { rows } = await this.database.pool.query<{ sealed: Buffer }>(
      'SELECT sealed_secret AS sealed FROM webhook WHERE id = $1 AND tenant_id = $2',
      [id, tenantId],
    );
    return rows[0]?.sealed;
  }

  /** Removes it with its dead letters. */
  async remove({ tenantId, id }: WebhookKey): Promise<boolean> {
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query('DELETE FROM webhook WHERE id = $1 AND tenant_id = $2', [
        id,
        tenantId,
      ]);
      return rowCount === 1;
    });
  }

  /** What it did not take, oldest first. Undefined when the tenant has no such webhook. */
  async deadLetters(
    { tenantId, id }: WebhookKey,
    { limit, marker }: { limit: number; marker?: string },
  ): Promise<DeadLetter[] | undefined> {
    if ((await this.findSecret({ tenantId, id })) === undefined) return undefined;
    const { rows } = await this.database.pool.query<DeadLetter>(
      `SELECT id, message, attempts, failure, at, replay_at AS "replayAt"
       FROM webhook_dead_letter WHERE webhook_id = $1 AND tenant_id = $2 AND id > $3 ORDER BY id LIMIT $4`,
      [id, tenantId, marker ?? OLDEST, limit],
    );
    return rows;
  }

  /**
   * Has dead letters sent again, at once: one, or all of them. How many these are; undefined when the tenant has no such
   * webhook.
   */
  async replay({ tenantId, id }: WebhookKey, letterId?: string): Promise<number | undefined> {
    return this.database.transaction(async (client) => {
      const due = await client.query(
        'UPDATE webhook SET next_attempt_at = now(), attempts = 0 WHERE id = $1 AND tenant_id = $2',
        [id, tenantId],
      );
      if (due.rowCount === 0) return undefined;
      const { rowCount } = await client.query(
        `UPDATE webhook_dead_letter SET replay_at = now()
         WHERE webhook_id = $1 AND tenant_id = $2 AND ($3::uuid IS NULL OR id = $3)`,
        [id, tenantId, letterId ?? null],
      );
      return rowCount ?? 0;
    });
  }

  private async change({ tenantId, id }: WebhookKey, what: string, values: unknown[] = []): Promise<boolean> {
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `UPDATE webhook SET ${what}, updated_at = now() WHERE id = $1 AND tenant_id = $2`,
        [id, tenantId, ...values],
      );
      return rowCount === 1;
    });
  }
}
