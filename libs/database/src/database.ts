import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';

import { endAudit, pendingAuditEntry } from './acting-tenant.js';
import { insertAuditEntry } from './audit/insert-audit-entries.js';
import { PrismaClient } from './generated/client.js';
import { TenantPool } from './tenant-pool.js';
import { TracedClient } from './traced-client.js';

/** A statement that each connection prepares once, by its name, which no other statement may have. */
export interface PreparedStatement {
  name: string;
  text: string;
  values: unknown[];
}

/** Runs one SQL statement: a pool, or a client inside a transaction. */
export interface Querier {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
  query<Row extends pg.QueryResultRow>(statement: PreparedStatement): Promise<pg.QueryResult<Row>>;
}

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Told of connections that break while idle; the pool replaces them. */
  onIdleError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** The process's connection to Postgres: one pool, used by Prisma and by our own SQL. */
export class Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;

  constructor(options: DatabaseOptions) {
    this.pool = new TenantPool({
      connectionString: options.url,
      max: options.poolSize,
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      Client: TracedClient,
    });
    this.pool.on('error', (error) => options.onIdleError?.(error));
    surviveBrokenConnections(this.pool);
    // Not Prisma's default errors, which quote a call's data: that would put access keys into the log.
    this.prisma = new PrismaClient({ adapter: new PrismaPg(this.pool), errorFormat: 'minimal' });
  }

  /**
   * Runs `work` in a transaction: commits when it returns, rolls back and rethrows when it throws. What it has
   * written for a caller is committed with the caller's entry in the audit log: see `auditAs`.
   */
  async transaction<T>(work: (client: Querier) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      const entry = pendingAuditEntry();
      const isRecorded = entry !== undefined && (await insertAuditEntry(client, entry));
      await client.query('COMMIT');
      if (isRecorded) endAudit();
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((rollbackError: unknown) => {
        broken = rollbackError as Error; // the connection is gone: the server rolls back by itself
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.prisma.$disconnect();
    await this.pool.end();
  }
}

/**
 * A pool listens to its idle connections only. One that breaks between two statements, or in the moment in
 * which it is handed out, would end the process; its next statement fails by itself.
 */
function surviveBrokenConnections(pool: pg.Pool): void {
  pool.on('connect', (client) => client.on('error', () => undefined));
}
