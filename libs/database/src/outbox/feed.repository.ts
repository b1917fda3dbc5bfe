import type { Vendor } from '#domain';

import { CHANGE_COLUMNS, JOIN_RESOURCE, type RecordedChange } from '../changes/recorded-change.js';
import type { Database } from '../database.js';
import { newsBehind } from './news-behind.js';
import type { OutboxEvent, OutboxPosition } from './outbox.repository.js';

/**
 * How far a tenant's consumer has read. In the feed of events `id` is an event's, in that of changes a change's: within
 * a transaction both are in the order in which it wrote.
 */
export type FeedPosition = OutboxPosition;

/** Where a feed begins that nothing was read of yet. */
export const FEED_BEGINNING: FeedPosition = { transactionId: '0', id: '0' };

/** Some of a feed, and from where it goes on. */
export interface FeedPage<Item> {
  items: Item[];
  /** Behind the last item; behind all there is if there are no more. */
  next: FeedPosition;
}

/** An event of a feed, with the vendor's id of the account that it is about; null if it is about none. */
export type FeedEvent = OutboxEvent & { account: string | null };

/** A change of a feed, and whose resource changed. */
export interface FeedChange extends RecordedChange {
  vendor: Vendor;
  /** The vendor's id of the account. */
  account: string;
  position: FeedPosition;
}

/** Which events a consumer wants; what is absent does not matter. */
export interface EventFilter {
  types?: readonly OutboxEvent['type'][];
  /** Those of a task, and of the syncs of other tasks that it waited for. */
  taskId?: string;
}

/** Whose feed somebody waits for, and behind where. */
export interface AwaitedFeed {
  tenantId: string;
  position: FeedPosition;
}

interface Edge {
  /** No transaction before this one is running. */
  edge: string;
  isGone: boolean;
}

/**
 * What a statement on a feed begins with: `edge`, up to which events are read (see {@link OutboxRepository.readAfter}),
 * and whether what is behind the position $2, $3 is not all there any more, or the position not of this database.
 */
const WITH_EDGE = `WITH edge AS (
    SELECT now.transaction_id, ($2::xid8, $3::bigint) <> ('0', 0)
      AND (($2::xid8, $3::bigint) < (horizon.transaction_id, horizon.id) OR $2::xid8 > now.transaction_id) AS is_gone
    FROM outbox_horizon horizon, pg_snapshot_xmin(pg_current_snapshot()) AS now (transaction_id))
  SELECT edge.transaction_id::text AS edge, edge.is_gone AS "isGone"`;

/** Of the events `e`: those of the task, whoever's sync made them. */
const OF_TASK = `e.payload ->> 'taskId' IN (SELECT $6::uuid::text UNION SELECT run.task_id::text
    FROM sync_task_run member JOIN sync_run run ON run.id = member.run_id WHERE member.task_id = $6::uuid)
  AND CASE WHEN e.payload ->> 'unitId' IS NULL THEN e.payload ->> 'taskId' = $6::uuid::text
    ELSE EXISTS (SELECT FROM sync_unit unit JOIN sync_task_run member ON member.run_id = unit.run_id
      WHERE unit.id = (e.payload ->> 'unitId')::uuid AND member.task_id = $6::uuid) END`;

/** Of the event `e`, from which change on it is to be read: `>=` this one. */
const FIRST_CHANGE = `CASE WHEN e.transaction_id = $2::xid8
  THEN greatest($3::bigint + 1, (e.payload ->> 'firstChangeId')::bigint)
  ELSE (e.payload ->> 'firstChangeId')::bigint END`;
const IN_RANGE = `c.id BETWEEN ${FIRST_CHANGE} AND (e.payload ->> 'lastChangeId')::bigint
  AND c.tenant_id = e.tenant_id`;

/**
 * The feeds of a tenant: what happened, in an order that never changes, for consumers that remember how far they have
 * read. What is removed because of its age leaves a mark, so that who comes too late is told.
 */
export class FeedRepository {
  constructor(private readonly database: Database) {}

  /** Events behind a position; undefined when some of them are not there any more. */
  async events(
    tenantId: string,
    position: FeedPosition,
    { types, taskId }: EventFilter,
    limit: number,
  ): Promise<FeedPage<FeedEvent> | undefined> {
    const { rows } = await this.database.pool.query<Edge & { event: FeedEvent | null; at: Date }>(
      `${WITH_EDGE}, event.at, CASE WHEN event.id IS NULL THEN NULL ELSE jsonb_build_object('tenantId', $1::uuid,
         'position', jsonb_build_object('transactionId', event.transaction_id::text, 'id', event.id::text),
         'type', event.type, 'payload', event.payload, 'account', account.account_id) END AS event
       FROM edge LEFT JOIN LATERAL (
         SELECT e.* FROM outbox_event e
         WHERE e.tenant_id = $1 AND (e.transaction_id, e.id) > ($2::xid8, $3::bigint)
           AND e.transaction_id < edge.transaction_id AND NOT edge.is_gone
           AND ($5::text[] IS NULL OR e.type = ANY ($5))
           ${taskId === undefined ? '' : `AND ${OF_TASK}`}
         ORDER BY e.transaction_id, e.id LIMIT $4) AS event ON true
       LEFT JOIN vendor_account account ON account.id = (event.payload ->> 'accountId')::uuid
       ORDER BY event.transaction_id, event.id`,
      [tenantId, ...valuesOf(position), limit, types ?? null, ...(taskId === undefined ? [] : [taskId])],
    );
    const items = rows.flatMap(({ event, at }) => (event === null ? [] : [{ ...event, at }]));
    return pageOf(rows, items, limit);
  }

  /** Changes behind a position, of all of the tenant's resources; undefined as of {@link events}. */
  async changes(
    tenantId: string,
    position: FeedPosition,
    limit: number,
  ): Promise<FeedPage<FeedChange> | undefined> {
    const { rows } = await this.database.pool.query<Edge & (FeedChange | { id: null })>(
      `${WITH_EDGE}, c.*
       FROM edge LEFT JOIN LATERAL (
         SELECT ${CHANGE_COLUMNS}, account.vendor, account.account_id AS account,
           jsonb_build_object('transactionId', c.transaction_id::text, 'id', c.id::text) AS position,
           c.transaction_id, c.id AS serial
         FROM (
           SELECT e.transaction_id, (e.payload ->> 'accountId')::uuid AS account_id, changes.*
           FROM outbox_event e CROSS JOIN LATERAL (
             (SELECT c.* FROM resource_change c
              WHERE c.task_id = (e.payload ->> 'taskId')::uuid AND c.unit_id = (e.payload ->> 'unitId')::uuid
                AND ${IN_RANGE} ORDER BY c.id LIMIT $4)
             UNION ALL
             (SELECT c.* FROM resource_change c
              WHERE e.payload ->> 'taskId' IS NULL AND c.task_id IS NULL AND ${IN_RANGE}
                AND EXISTS (SELECT FROM resource WHERE id = c.resource_id
                              AND account_id = (e.payload ->> 'accountId')::uuid
                            UNION ALL SELECT FROM former_resource WHERE id = c.resource_id
                              AND account_id = (e.payload ->> 'accountId')::uuid)
              ORDER BY c.id LIMIT $4)) AS changes
           WHERE e.tenant_id = $1 AND e.type = 'resources.changed' AND e.transaction_id >= $2::xid8
             AND e.transaction_id < edge.transaction_id AND NOT edge.is_gone
           ORDER BY e.transaction_id, changes.id LIMIT $4) AS c
         ${JOIN_RESOURCE}
         JOIN vendor_account account ON account.id = c.account_id) AS c ON true
       ORDER BY c.transaction_id, c.serial`,
      [tenantId, ...valuesOf(position), limit],
    );
    return pageOf(
      rows,
      rows.flatMap((row) => (row.id === null ? [] : [row])),
      limit,
    );
  }

  /** Behind all events there are. */
  async latest(): Promise<FeedPosition> {
    const { rows } = await this.database.pool.query<{ edge: string }>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS edge',
    );
    return { transactionId: rows[0]?.edge ?? '0', id: '0' };
  }

  /** Which of these have events behind their positions, by their places in the list. */
  async whichHaveNews(awaited: readonly AwaitedFeed[]): Promise<number[]> {
    const { rows } = await this.database.pool.query<{ place: number }>(
      `SELECT (place - 1)::int AS place
       FROM unnest($1::uuid[], $2::text[], $3::bigint[]) WITH ORDINALITY AS asked (tenant_id, transaction_id, id, place)
       WHERE ${newsBehind({ tenantId: 'asked.tenant_id', transactionId: 'asked.transaction_id::xid8', id: 'asked.id' })}`,
      [
        awaited.map(({ tenantId }) => tenantId),
        awaited.map(({ position }) => position.transactionId),
        awaited.map(({ position }) => position.id),
      ],
    );
    return rows.map(({ place }) => place);
  }

  /** What hides the positions of a tenant's feeds, 16 bytes; it never changes. Undefined when there is no such tenant. */
  async findKey(tenantId: string): Promise<Uint8Array | undefined> {
    const { rows } = await this.database.pool.query<{ key: string }>(
      'SELECT feed_key AS key FROM tenant WHERE id = $1',
      [tenantId],
    );
    const [found] = rows;
    return found === undefined ? undefined : Buffer.from(found.key.replaceAll('-', ''), 'hex');
  }
}

function valuesOf({ transactionId, id }: FeedPosition): [string, string] {
  return [transactionId, id];
}

function pageOf<Item extends { position: FeedPosition }>(
  [edge]: readonly Edge[],
  items: Item[],
  limit: number,
): FeedPage<Item> | undefined {
  if (edge === undefined) throw new Error('outbox_horizon has no row');
  if (edge.isGone) return undefined;
  const last = items.at(-1);
  const isAll = last === undefined || items.length < limit;
  return { items, next: isAll ? { transactionId: edge.edge, id: '0' } : last.position };
}
