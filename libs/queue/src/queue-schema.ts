import { DEFAULT_SCHEMA, LATEST_SCHEMA_VERSION, MIGRATION_ADVISORY_LOCK_KEY, runMigrations } from 'bullmq';
import pg from 'pg';

/**
 * What Postgres says when a schema, a table, a function, a column, a type or a unique index is not there:
 * BullMQ's statements are fixed, so some of its schema was lost.
 */
const LOST = new Set(['3F000', '42P01', '42883', '42703', '42704', '42P10']);

/** What it says when there is more of a schema than its ledger of migrations knows of. */
const HALF_THERE = new Set(['42P07', '42710', '42723', ...LOST]);

/** Where a schema goes that lost something, in place of one that went there before it. */
const SET_ASIDE = `${DEFAULT_SCHEMA}_set_aside`;

/** How long errors are put down to statements from before the last repair, in milliseconds. */
const REST_MS = 2_000;

/** The longest wait for another process that makes the schema, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;

export interface QueueSchemaOptions {
  url: string;
  /** Told when it was repaired, or couldn't be. */
  onEvent: (event: Error) => void;
}

/**
 * BullMQ's tables and functions in Postgres. Made at the start and, as what is in them is only a hint, made
 * anew when some of them are lost: the reconciler fills them again. One process at a time does it.
 */
export class QueueSchema {
  /** Which schema this process last knew to be whole. */
  private known: string | undefined;
  private mending: Promise<boolean> | undefined;
  private restUntil = -Infinity;

  constructor(private readonly options: QueueSchemaOptions) {}

  /**
   * Makes the schema, or brings it up to date.
   * @throws when Postgres doesn't answer or doesn't allow it.
   */
  async prepare(): Promise<void> {
    await this.locked(async (client) => {
      try {
        await this.migrate(client);
      } catch (error) {
        if (!HALF_THERE.has(codeOf(error))) throw error;
        await setAside(client);
        await this.migrate(client);
      }
    });
  }

  /**
   * Makes the schema anew if an error says that some of it was lost.
   * @returns whether it was, so that it is worth trying again what failed
   */
  async mendAfter(error: unknown): Promise<boolean> {
    if (!LOST.has(codeOf(error))) return false;
    if (performance.now() < this.restUntil) return true;
    this.mending ??= this.mend().finally(() => {
      this.mending = undefined;
      this.restUntil = performance.now() + REST_MS;
    });
    return this.mending;
  }

  private async mend(): Promise<boolean> {
    try {
      await this.locked(async (client) => {
        const current = await findSchema(client);
        if (current !== undefined && current === this.known) await setAside(client);
        await this.migrate(client);
      });
    } catch (error) {
      this.options.onEvent(new Error("The queue's tables could not be made anew.", { cause: error }));
      return false;
    }
    this.options.onEvent(new Error("The queue's tables were lost in part or whole; they were made anew."));
    return true;
  }

  private async migrate(client: pg.Client): Promise<void> {
    await runMigrations(client);
    this.known = await findSchema(client);
  }

  /** Runs `work` on a connection of its own, whose end also ends the lock: the one BullMQ migrates under. */
  private async locked(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({
      connectionString: this.options.url,
      application_name: 'muster-queue-schema',
      connectionTimeoutMillis: LOCK_TIMEOUT_MS,
      options: `-c lock_timeout=${LOCK_TIMEOUT_MS}`,
    });
    client.on('error', () => undefined); // what it is doing then fails by itself
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [
        MIGRATION_ADVISORY_LOCK_KEY,
        DEFAULT_SCHEMA,
      ]);
      await work(client);
    } finally {
      await client.end();
    }
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null | undefined)?.code);
}

async function findSchema(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ oid: string }>(
    'SELECT oid::text FROM pg_namespace WHERE nspname = $1',
    [DEFAULT_SCHEMA],
  );
  return rows[0]?.oid;
}

/**
 * Renames the schema: unlike dropping, that waits for no statement in it, and destroys nothing of other
 * programs whose queues it may hold.
 * @throws when a newer BullMQ made it, which then also knows why we miss something there.
 */
async function setAside(client: pg.Client): Promise<void> {
  const version = await findVersion(client);
  if (version > LATEST_SCHEMA_VERSION) {
    throw new Error(
      `A newer BullMQ made them, in version ${version}; this one knows ${LATEST_SCHEMA_VERSION}.`,
    );
  }
  await client.query(
    `BEGIN; DROP SCHEMA IF EXISTS ${SET_ASIDE} CASCADE;
     ALTER SCHEMA ${DEFAULT_SCHEMA} RENAME TO ${SET_ASIDE}; COMMIT`,
  );
}

/** The version of the schema; 0 when it doesn't say. */
async function findVersion(client: pg.Client): Promise<number> {
  const ledger = `${DEFAULT_SCHEMA}.migration`;
  const there = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    ledger,
  ]);
  if (there.rows[0]?.there !== true) return 0;
  const { rows } = await client.query<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${ledger}`,
  );
  return rows[0]?.version ?? 0;
}
