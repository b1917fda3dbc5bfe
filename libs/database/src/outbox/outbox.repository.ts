import type { NewEvent } from '#domain';

import type { Database } from '../database.js';

/** How far a consumer has read: the last event it was given. Digits: they are more than a number keeps. */
export interface OutboxPosition {
  transactionId: string;
  id: string;
}

/** An event as it was written. */
export type OutboxEvent = NewEvent & { position: OutboxPosition; tenantId: string; at: Date };

const BEFORE_THE_FIRST: OutboxPosition = { transactionId: '0', id: '0' };

/** Reads the outbox, for what passes events on. */
export class OutboxRepository {
  constructor(private readonly database: Database) {}

  /**
   * The next events behind a position, of all tenants. Who goes on from the last one's position misses none
   * and gets none twice: an event is given only once no running transaction can still write one before it.
   * Ids alone could not promise that, since they are drawn before the commit. So a transaction that stays
   * open delays the events of all that began after it.
   *
   * Events of one unit come in the order in which they happened. Those of different units may not: the
   * order is that in which transactions first wrote.
   */
  async readAfter(position: OutboxPosition | undefined, limit: number): Promise<readonly OutboxEvent[]> {
    const { transactionId, id } = position ?? BEFORE_THE_FIRST;
    const { rows } = await this.database.pool.query<OutboxEvent>(
      `SELECT jsonb_build_object('transactionId', transaction_id::text, 'id', id::text) AS position,
         tenant_id AS "tenantId", type, payload, at
       FROM outbox_event
       WHERE (transaction_id, id) > ($1::xid8, $2::bigint)
         AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
       ORDER BY transaction_id, id LIMIT $3`,
      [transactionId, id, limit],
    );
    return rows;
  }
}
