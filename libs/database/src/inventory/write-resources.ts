import type { PreparedStatement } from '../database.js';
import {
  bigintArray,
  byteaArray,
  jsonArray,
  jsonbArray,
  textArray,
  timestampArray,
  uuidArray,
} from '../postgres-array.js';
import { storableJson, storableText } from '../storable-text.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import type { Change } from './find-changes.js';
import type { PageTurn } from './page-turn.js';
import { type ResourceRow, storableTime } from './resource-row.js';

/**
 * A page's rows in one statement. Not COPY: that has the same JSON to parse, can neither update nor say what
 * it did, and is no faster.
 */
const INSERT = `
  INSERT INTO resource (tenant_id, account_id, vendor, resource_type, scope_key, changed_by_task_id, id,
    native_id, native_hash, content_hash, fingerprint, name, status, native_status, region_id, zone_id,
    addresses, vendor_created_at, tags, properties, relations)
  SELECT $1, $2, $3, $4, $5, $6, id, native_id, native_hash, content_hash, fingerprint, name, status,
    native_status, region_id, zone_id, addresses::text[], vendor_created_at, tags, properties, relations
  FROM unnest($7::uuid[], $8::text[], $9::bigint[], $10::bytea[], $11::bytea[], $12::text[], $13::text[],
    $14::text[], $15::text[], $16::text[], $17::text[], $18::timestamptz[], $19::jsonb[],
    $20::json[], $21::jsonb[])
    AS item (id, native_id, native_hash, content_hash, fingerprint, name, status, native_status, region_id,
      zone_id, addresses, vendor_created_at, tags, properties, relations)`;

const UPSERT = `${INSERT}
  ON CONFLICT (account_id, resource_type, scope_key, native_id) DO UPDATE SET
    name = excluded.name, status = excluded.status, native_status = excluded.native_status,
    region_id = excluded.region_id, zone_id = excluded.zone_id, addresses = excluded.addresses,
    tags = excluded.tags, properties = excluded.properties, relations = excluded.relations,
    content_hash = excluded.content_hash, fingerprint = excluded.fingerprint,
    vendor_created_at = excluded.vendor_created_at,
    changed_by_task_id = excluded.changed_by_task_id, changed_at = now(),
    deleted_at = NULL, deleted_by_unit_id = NULL`;

/** The statements that write what a page changes. Rows that are new are merely inserted, which takes a tenth less. */
export async function prepareWrites(
  unit: LeasedUnit,
  changes: readonly Change[],
  turn: PageTurn,
): Promise<PreparedStatement[]> {
  const { tenantId, accountId, vendor, resourceType, scopeKey, taskId } = unit;
  const statements: PreparedStatement[] = [];
  for (const [name, text, those] of [
    ['insert-resources', INSERT, changes.filter(({ kind }) => kind === 'CREATED')],
    ['upsert-resources', UPSERT, changes.filter(({ kind }) => kind !== 'CREATED')],
  ] as const) {
    if (those.length === 0) continue;
    const columns = columnsOf(those);
    await turn.breathe();
    const documents = documentsOf(those);
    await turn.breathe();
    const values = [tenantId, accountId, vendor, resourceType, scopeKey, taskId, ...columns, ...documents];
    statements.push({ name, text, values });
  }
  return statements;
}

function columnsOf(changes: readonly Change[]): Buffer[] {
  const rows = changes.map(({ row }) => row);
  const resources = rows.map(({ resource }) => resource);
  const texts = (values: (string | null | undefined)[]) =>
    textArray(values.map((value) => storableText(value ?? null)));
  return [
    uuidArray(changes.map(({ id }) => id)),
    textArray(rows.map(({ nativeId }) => nativeId)),
    bigintArray(rows.map(({ nativeHash }) => nativeHash)),
    byteaArray(rows.map(({ contentHash }) => contentHash)),
    byteaArray(rows.map(({ fingerprint }) => fingerprint)),
    texts(resources.map(({ name }) => name)),
    texts(resources.map(({ status }) => status)),
    texts(resources.map(({ nativeStatus }) => nativeStatus)),
    texts(resources.map(({ regionId }) => regionId)),
    texts(resources.map(({ zoneId }) => zoneId)),
    texts(resources.map(({ addresses }) => arrayLiteral(addresses))),
    timestampArray(resources.map(({ createdAt }) => storableTime(createdAt) ?? null)),
  ];
}

function documentsOf(changes: readonly Change[]): Buffer[] {
  const texts = (part: keyof ResourceRow['json']) =>
    changes.map(({ row }) => storableJson(row.json[part], row.resource[part]));
  return [jsonbArray(texts('tags')), jsonArray(texts('properties')), jsonbArray(texts('relations'))];
}

/** A `text[]` as Postgres writes it: an array of arrays would have to be rectangular. */
function arrayLiteral(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
