import type { JsonObject, Relation } from '#domain';

import type { Querier } from '../database.js';
import { toJsonPayload } from '../storable-text.js';
import { diffDocuments, MAX_COMPARISONS } from './diff-documents.js';
import { type ResourceRow, storableTime } from './resource-row.js';
import { withoutVolatile } from './without-volatile.js';

/** Pairs of values compared for all patches of a page, a second at worst; 250 changed machines take half. */
const MAX_PAGE_COMPARISONS = 150_000;
/** What a patch may use even then: enough to tell which fields of a resource changed. */
const MIN_COMPARISONS = 200;

/** An update that is about to be written. */
export interface Update {
  /** The stored row's. */
  id: string;
  row: ResourceRow;
}

/** A resource's columns, as they are stored. */
interface StoredState {
  id: string;
  name: string;
  status: string;
  native_status: string | null;
  region_id: string;
  zone_id: string | null;
  addresses: string[];
  tags: JsonObject;
  vendor_created_at: Date | null;
  properties: JsonObject;
  relations: Relation[];
}

/**
 * JSON Patches, as JSON, from the stored state of these resources to their new one, by row id. Only rows
 * that change are read, in one query. A patch fits a resource as the API shows it (`ResourceDetailsDto`).
 * @param volatile JSON Pointers into `properties` to what is left out
 */
export async function createPatches(
  client: Querier,
  updates: readonly Update[],
  volatile: readonly string[] = [],
): Promise<Map<string, string>> {
  if (updates.length === 0) return new Map();
  const { rows } = await client.query<StoredState>(
    `SELECT id, name, status, native_status, region_id, zone_id, addresses, tags, vendor_created_at,
       properties, relations
     FROM resource WHERE id = ANY($1::uuid[])`,
    [updates.map(({ id }) => id)],
  );
  const stored = new Map(rows.map((state) => [state.id, state]));
  const patches = new Map<string, string>();
  let left = MAX_PAGE_COMPARISONS;
  for (const { id, row } of updates) {
    const state = stored.get(id);
    if (state === undefined)
      throw new Error(`The row of resource ${id} is gone, though only tombstones ever go.`);
    const [before, after] = [toDocument(state, volatile), toDocument(toState(id, row), volatile)];
    const limit = Math.max(MIN_COMPARISONS, Math.min(MAX_COMPARISONS, left));
    const { patch, comparisons } = diffDocuments(before, after, limit);
    left -= comparisons;
    patches.set(id, JSON.stringify(patch));
  }
  return patches;
}

function toState(id: string, { resource }: ResourceRow) {
  return {
    id,
    name: resource.name,
    status: resource.status,
    native_status: resource.nativeStatus ?? null,
    region_id: resource.regionId,
    zone_id: resource.zoneId ?? null,
    addresses: resource.addresses,
    tags: resource.tags,
    vendor_created_at: storableTime(resource.createdAt) ?? null,
    properties: resource.properties,
    relations: resource.relations,
  };
}

/** What a patch is about, in the API's spelling and with the text that Postgres holds. */
function toDocument(
  state: ReturnType<typeof toState> | StoredState,
  volatile: readonly string[],
): JsonObject {
  const text = toJsonPayload({
    name: state.name,
    status: state.status,
    native_status: state.native_status,
    region_id: state.region_id,
    zone_id: state.zone_id,
    addresses: state.addresses,
    tags: state.tags,
    create_time: state.vendor_created_at,
    properties: withoutVolatile(state.properties, volatile),
    relations: state.relations.map(({ kind, type, nativeId }) => ({ kind, type, native_id: nativeId })),
  });
  return JSON.parse(text) as JsonObject;
}
