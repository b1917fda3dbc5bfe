import type { TaskState, Vendor } from '#domain';

import type { Database, Querier } from '../database.js';
import { newsBehind } from '../outbox/news-behind.js';

/** Work that is due and that no worker has, of one kind and vendor. Seconds are by Postgres' clock. */
export interface WaitingWork {
  vendor: Vendor;
  kind: 'run' | 'unit' | 'check';
  count: number;
  /** How long the first of it has been due, in seconds. */
  oldestSeconds: number;
}

/** How many tasks are in a state, or came to it lately. */
export interface TaskCount {
  vendor: Vendor;
  state: TaskState;
  count: number;
}

/** How old the last full sync of a vendor's accounts is. */
export interface VendorFreshness {
  vendor: Vendor;
  accounts: number;
  /** Those that have not had one yet. */
  neverSynced: number;
  /** Of the stalest, in seconds; since it was added, where there was none. */
  stalestSeconds: number;
}

/** The same, of one account. */
export interface AccountFreshness {
  /** Our id. */
  account: string;
  vendor: Vendor;
  seconds: number;
}

/** Webhooks that have yet to be told something, by what they wait for. */
export interface WebhooksBehind {
  /** `due`: for a worker; `telling`: for their turn, a worker has them; `retrying`: they did not take the message. */
  state: 'due' | 'telling' | 'retrying';
  count: number;
  /** How old the oldest event is that one of them has not been told, in seconds. */
  oldestSeconds: number;
}

/** How webhooks do that are not paused. */
export interface WebhookFigures {
  behind: WebhooksBehind[];
  /** Messages that were given up and are still kept. */
  deadLetters: number;
}

/** What Postgres knows of all of Muster's work, over all tenants: for operators only. */
export interface FleetFigures {
  waiting: WaitingWork[];
  openTasks: TaskCount[];
  /** Those that ended within the last hour. */
  endedTasks: TaskCount[];
  vendors: VendorFreshness[];
  /** The stalest accounts, the stalest first. */
  stalest: AccountFreshness[];
  webhooks: WebhookFigures;
}

/** No other lock has this number, which spells FLEE. */
const SNAPSHOT_LOCK = 0x464c4545;

/** What takes longer, in milliseconds, is given up: a database that is that busy has better to do. */
const STATEMENT_TIMEOUT_MS = 5_000;

/** Every vendor's and kind's work that waits for a worker, and since when. */
const WAITING = `
  SELECT vendor, kind, count(*)::int AS count,
    greatest(0, extract(epoch FROM now() - min(since)))::float AS "oldestSeconds"
  FROM (
    -- A sync is QUEUED since its account's status says waiting; enqueued_at is set anew by the reconciler.
    SELECT run.vendor, 'run' AS kind,
      coalesce(run.next_attempt_at, CASE run.mode WHEN 'sync' THEN account.sync_date ELSE run.created_at END) AS since
    FROM sync_run run JOIN vendor_account account ON account.id = run.account_id
    WHERE run.state IN ('QUEUED', 'RUNNING') AND run.planned_at IS NULL AND run.lease_token IS NULL
      AND (run.next_attempt_at IS NULL OR run.next_attempt_at <= now())
    UNION ALL
    SELECT vendor, 'unit', coalesce(greatest(waiting_since, next_attempt_at), enqueued_at)
    FROM sync_unit
    WHERE state IN ('QUEUED', 'WAITING') AND enqueued_at IS NOT NULL
      AND (state = 'QUEUED' OR next_attempt_at <= now())
    UNION ALL
    SELECT vendor, 'check', requested_at FROM account_check WHERE state <> 'DONE' AND lease_token IS NULL
  ) AS waiting
  GROUP BY vendor, kind ORDER BY vendor, kind`;

const OPEN_TASKS = `
  SELECT vendor, state, count(*)::int AS count FROM sync_task WHERE state IN ('QUEUED', 'RUNNING')
  GROUP BY vendor, state ORDER BY vendor, state`;

const ENDED_TASKS = `
  SELECT vendor, state, count(*)::int AS count FROM sync_task
  WHERE finished_at > now() - interval '1 hour' AND state NOT IN ('QUEUED', 'RUNNING')
  GROUP BY vendor, state ORDER BY vendor, state`;

const VENDORS = `
  SELECT vendor, count(*)::int AS accounts, (count(*) - count(last_success_at))::int AS "neverSynced",
    greatest(0, extract(epoch FROM now() - min(coalesce(last_success_at, create_time))))::float AS "stalestSeconds"
  FROM vendor_account WHERE removed_at IS NULL GROUP BY vendor ORDER BY vendor`;

const STALEST = `
  SELECT id AS account, vendor,
    greatest(0, extract(epoch FROM now() - coalesce(last_success_at, create_time)))::float AS seconds
  FROM vendor_account WHERE removed_at IS NULL
  ORDER BY coalesce(last_success_at, create_time) LIMIT $1`;

const BEHIND = `
  SELECT state, count(*)::int AS count, greatest(0, extract(epoch FROM now() - min(at)))::float AS "oldestSeconds"
  FROM (
    SELECT CASE WHEN w.lease_until > now() THEN 'telling' WHEN w.attempts > 0 THEN 'retrying' ELSE 'due' END AS state,
      ${newsBehind({ tenantId: 'w.tenant_id', transactionId: 'w.told_transaction_id', id: 'w.told_id' }, 'e.at')} AS at
    FROM webhook w WHERE w.paused_at IS NULL
  ) AS webhook
  WHERE at IS NOT NULL GROUP BY state ORDER BY state`;

/** Figures about everybody's work, over all tenants. Nothing of it is for callers of the API. */
export class FleetRepository {
  constructor(private readonly database: Database) {}

  /** @param accounts how many of the stalest accounts to name */
  async figures(accounts: number): Promise<FleetFigures> {
    return this.database.transaction(async (client) => {
      await limitStatements(client);
      const waiting = await client.query<WaitingWork>(WAITING);
      const openTasks = await client.query<TaskCount>(OPEN_TASKS);
      const endedTasks = await client.query<TaskCount>(ENDED_TASKS);
      const vendors = await client.query<VendorFreshness>(VENDORS);
      const stalest = await client.query<AccountFreshness>(STALEST, [accounts]);
      const behind = await client.query<WebhooksBehind>(BEHIND);
      const deadLetters = await client.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM webhook_dead_letter',
      );
      return {
        waiting: waiting.rows,
        openTasks: openTasks.rows,
        endedTasks: endedTasks.rows,
        vendors: vendors.rows,
        stalest: stalest.rows,
        webhooks: { behind: behind.rows, deadLetters: deadLetters.rows[0]?.count ?? 0 },
      };
    });
  }

  /**
   * The last figures that any process has taken; taken anew when they are older than that, by one process while the
   * others wait for it.
   * @param take what makes them; it must be JSON, and the same for all processes
   */
  async shared<Figures extends object>(maxAgeMs: number, take: () => Promise<Figures>): Promise<Figures> {
    const { pool } = this.database;
    const fresh = await readSnapshot<Figures>(pool, maxAgeMs);
    if (fresh !== undefined) return fresh;
    return this.database.transaction(async (client) => {
      await limitStatements(client);
      await client.query('SELECT pg_advisory_xact_lock($1)', [SNAPSHOT_LOCK]);
      const meanwhile = await readSnapshot<Figures>(client, maxAgeMs);
      if (meanwhile !== undefined) return meanwhile;
      const figures = await take();
      await client.query(
        `INSERT INTO fleet_snapshot (id, taken_at, figures) VALUES (1, clock_timestamp(), $1)
         ON CONFLICT (id) DO UPDATE SET taken_at = excluded.taken_at, figures = excluded.figures`,
        [JSON.stringify(figures)],
      );
      return figures;
    });
  }
}

async function readSnapshot<Figures>(querier: Querier, maxAgeMs: number): Promise<Figures | undefined> {
  const { rows } = await querier.query<{ figures: Figures }>(
    `SELECT figures FROM fleet_snapshot
     WHERE taken_at BETWEEN clock_timestamp() - $1 * interval '1 millisecond' AND clock_timestamp()`,
    [maxAgeMs],
  );
  return rows[0]?.figures;
}

async function limitStatements(client: Querier): Promise<void> {
  await client.query(`SET LOCAL statement_timeout = ${String(STATEMENT_TIMEOUT_MS)}`);
}
