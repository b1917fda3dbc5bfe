import type { Querier } from '../database.js';
import { toJsonPayload } from '../storable-text.js';
import type { AuditEntry, AuditOutcome } from './audit-entry.js';

/** An entry, and what came of it, where that is known. */
export interface AuditRecord {
  entry: AuditEntry;
  outcome?: AuditOutcome;
}

/** The records as rows `e`, with the credential of each as `c`. One of a credential that nobody has is left out. */
const RECORDS = `
  FROM jsonb_to_recordset($1::jsonb) AS e(id uuid, at timestamptz, source text, "tenantId" uuid,
      "credentialId" uuid, actor text, action text, targets text[], method text, path text,
      "clientAddress" text, "userAgent" text, "requestId" text, outcome text, status int, "errorCode" text,
      "resultId" text)
    LEFT JOIN api_credential c ON c.id = e."credentialId"
  WHERE coalesce(e."tenantId", c.tenant_id) IS NOT NULL`;

const ENTRIES = `
  INSERT INTO audit_entry (id, tenant_id, at, source, credential_id, actor, action, targets, method, path,
    client_address, user_agent, request_id)
  SELECT e.id, coalesce(e."tenantId", c.tenant_id), e.at, e.source, e."credentialId",
    coalesce(e.actor, c.name, ''), e.action, e.targets, e.method, e.path, e."clientAddress", e."userAgent",
    e."requestId" ${RECORDS}`;

/**
 * Adds the entry of the write that a transaction has made, to be committed with it.
 * @returns whether it was added: not if nothing has been written
 */
export async function insertAuditEntry(client: Querier, entry: AuditEntry): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'insert-audit-entry',
    text: `${ENTRIES} AND pg_current_xact_id_if_assigned() IS NOT NULL`,
    values: [toJsonPayload([entry])],
  });
  return rowCount === 1;
}

/** Adds records: of entries that are there already, with the write that they tell of, the outcome. */
export async function insertAuditRecords(client: Querier, records: readonly AuditRecord[]): Promise<void> {
  const rows = records.map(({ entry, outcome }) => ({ ...entry, ...outcome }));
  await client.query({
    name: 'insert-audit-records',
    text: `WITH entries AS (${ENTRIES} ON CONFLICT (id) DO NOTHING)
      INSERT INTO audit_outcome (entry_id, outcome, status, error_code, result_id)
      SELECT e.id, e.outcome, e.status, e."errorCode", e."resultId" ${RECORDS} AND e.outcome IS NOT NULL
      ON CONFLICT (entry_id) DO NOTHING`,
    values: [toJsonPayload(rows)],
  });
}
