import { setImmediate } from 'node:timers/promises';

import type { Querier } from '../database.js';
import {
  bigintArray,
  byteaArray,
  jsonbArray,
  textArray,
  timestampArray,
  uuidArray,
} from '../postgres-array.js';
import { storableText, toJsonPayload } from '../storable-text.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import type { Change } from './find-changes.js';
import { storableTime } from './resource-row.js';

/**
 * A page's rows in one statement. Not COPY: that has the same JSON to parse, can neither update nor say what
 * it did, and is no faster.
 */
const INSERT = `
  INSERT INTO resource (tenant_id, account_id, vendor, resource_type, scope_key, changed_by_task_id, id,
    native_id, native_hash, content_hash, fingerprint, name, status, native_status, region_id, zone_id,
    addresses, tags, properties, relations, vendor_created_at)
  SELECT $1, $2, $3, $4, $5, $6, id, native_id, native_hash, content_hash, fingerprint, name, status,
    native_status, region_id, zone_id, addresses::text[], tags, properties, relations, vendor_created_at
  FROM unnest($7::uuid[], $8::text[], $9::bigint[], $10::bytea[], $11::bytea[], $12::text[], $13::text[],
    $14::text[], $15::text[], $16::text[], $17::text[], $18::jsonb[], $19::jsonb[], $20::jsonb[],
    $21::timestamptz[])
    AS item (id, native_id, native_hash, content_hash, fingerprint, name, status, native_status, region_id,
      zone_id, addresses, tags, properties, relations, vendor_created_at)`;

const UPSERT = `${INSERT}
  ON CONFLICT (account_id, resource_type, scope_key, native_id) DO UPDATE SET
    name = excluded.name, status = excluded.status, native_status = excluded.native_status,
    region_id = excluded.region_id, zone_id = excluded.zone_id, addresses = excluded.addresses,
    tags = excluded.tags, properties = excluded.properties, relations = excluded.relations,
    content_hash = excluded.content_hash, fingerprint = excluded.fingerprint,
    vendor_created_at = excluded.vendor_created_at,
    changed_by_task_id = excluded.changed_by_task_id, changed_at = now(),
    deleted_at = NULL, deleted_by_unit_id = NULL`;

/** Documents that are written as text in one go: a millisecond or two. */
const DOCUMENTS_AT_ONCE = 200;

/** Writes what a page changes. Rows that are new are merely inserted, which takes a tenth less. */
export async function writeResources(
  client: Querier,
  unit: LeasedUnit,
  changes: readonly Change[],
): Promise<void> {
  const created = changes.filter(({ kind }) => kind === 'CREATED');
  const known = changes.filter(({ kind }) => kind !== 'CREATED');
  if (created.length > 0) {
    await client.query({ name: 'insert-resources', text: INSERT, values: await valuesOf(unit, created) });
  }
  if (known.length > 0) {
    await client.query({ name: 'upsert-resources', text: UPSERT, values: await valuesOf(unit, known) });
  }
}

async function valuesOf(unit: LeasedUnit, changes: readonly Change[]): Promise<unknown[]> {
  const rows = changes.map(({ row }) => row);
  const resources = rows.map(({ resource }) => resource);
  const texts = (values: (string | null | undefined)[]) =>
    textArray(values.map((value) => storableText(value ?? null)));
  return [
    unit.tenantId,
    unit.accountId,
    unit.vendor,
    unit.resourceType,
    unit.scopeKey,
    unit.taskId,
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
    await documents(resources.map(({ tags }) => tags)),
    await documents(resources.map(({ properties }) => properties)),
    await documents(resources.map(({ relations }) => relations)),
    timestampArray(resources.map(({ createdAt }) => storableTime(createdAt) ?? null)),
  ];
}

/** A `jsonb[]`, with pauses, or nothing else of the process would get on. */
async function documents(values: readonly unknown[]): Promise<Buffer> {
  const texts: string[] = [];
  for (let first = 0; first < values.length; first += DOCUMENTS_AT_ONCE) {
    await setImmediate();
    texts.push(...values.slice(first, first + DOCUMENTS_AT_ONCE).map(toJsonPayload));
  }
  await setImmediate();
  return jsonbArray(texts);
}

/** A `text[]` as Postgres writes it: an array of arrays would have to be rectangular. */
function arrayLiteral(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`;
}
