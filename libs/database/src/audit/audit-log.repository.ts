import type { Database } from '../database.js';
import { type AuditEntry, type AuditOutcome } from './audit-entry.js';
import { type AuditRecord, insertAuditRecords } from './insert-audit-entries.js';

/** Which entries to read. */
export interface AuditFilter {
  action?: string;
  credentialId?: string;
  /** Not before. */
  since?: Date;
  /** Before. */
  until?: Date;
}

/** Which page of them: so many, from behind the marker on. */
export interface AuditWindow {
  limit: number;
  /** The id of the last entry of the page before. */
  marker?: string;
}

/** An entry as lists show it. */
export interface ListedAuditEntry {
  id: string;
  at: Date;
  source: string;
  credentialId: string | null;
  actor: string;
  action: string;
  targets: string[];
  method: string | null;
  path: string | null;
  clientAddress: string | null;
  userAgent: string | null;
  requestId: string | null;
  /** Null: the process died before it was written. */
  outcome: AuditOutcome['outcome'] | null;
  status: number | null;
  errorCode: string | null;
  resultId: string | null;
}

/** Behind every entry. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The log of who asked for which write, and what came of it. */
export class AuditLogRepository {
  constructor(private readonly database: Database) {}

  /** Adds records; those that are there are left as they are. */
  async add(records: readonly AuditRecord[]): Promise<void> {
    await insertAuditRecords(this.database.pool, records);
  }

  /** Adds what concerns all tenants to the log of each. */
  async addForEach(toEntry: (tenantId: string) => AuditEntry): Promise<AuditEntry[]> {
    const { rows } = await this.database.pool.query<{ id: string }>('SELECT id FROM tenant ORDER BY id');
    const entries = rows.map(({ id }) => toEntry(id));
    await this.add(entries.map((entry) => ({ entry })));
    return entries;
  }

  /** A page of a tenant's entries, newest first. */
  async list(tenantId: string, filter: AuditFilter, window: AuditWindow): Promise<ListedAuditEntry[]> {
    const { rows } = await this.database.pool.query<ListedAuditEntry>(
      `SELECT e.id, e.at, e.source, e.credential_id AS "credentialId", e.actor, e.action, e.targets, e.method,
         e.path, e.client_address AS "clientAddress", e.user_agent AS "userAgent",
         e.request_id AS "requestId", o.outcome, o.status, o.error_code AS "errorCode",
         o.result_id AS "resultId"
       FROM audit_entry e LEFT JOIN audit_outcome o ON o.entry_id = e.id
       WHERE e.tenant_id = $1 AND e.id < $2 AND e.id < $3 AND e.id >= $4
         AND ($5::text IS NULL OR e.action = $5) AND ($6::uuid IS NULL OR e.credential_id = $6)
       ORDER BY e.id DESC LIMIT $7`,
      [
        tenantId,
        window.marker ?? LAST_ID,
        filter.until === undefined ? LAST_ID : firstIdOf(filter.until),
        firstIdOf(filter.since ?? new Date(0)),
        filter.action ?? null,
        filter.credentialId ?? null,
        window.limit,
      ],
    );
    return rows;
  }
}

/** The least UUIDv7 of a time: its first 48 bits are the milliseconds. */
function firstIdOf(time: Date): string {
  const milliseconds = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7000-8000-000000000000`;
}
