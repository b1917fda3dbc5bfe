import type { ListWindow } from '../accounts/account.repository.js';
import type { ResourceFilter } from './resource.repository.js';

/** A statement with its values. */
export interface Query {
  text: string;
  values: unknown[];
}

/** A filter by a list of values. */
interface ListFilter {
  column: string;
  values: readonly string[];
}

/** Longer values are not in the indexes (migration 0021). */
const MAX_INDEXED_BYTES = 1_000;
/** No id is behind it. */
const LAST_ID = `'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`;

const LISTED = `resource.id, native_id AS "nativeId", name, vendor, resource_type AS "resourceType",
  account_id AS "accountId", region_id AS "regionId", properties::text AS "propertiesText",
  coalesce(vendor_created_at, first_seen_at) AS "createdAt"`;

/**
 * A page of a tenant's live resources in id order. Its ids come from an index alone, so that passing over an
 * offset reads no rows; only the page's are.
 */
export function toListQuery(tenantId: string, filter: ResourceFilter, window: ListWindow): Query {
  const { limit, marker } = window;
  const offset = marker === undefined ? window.offset : 0;
  const query = new Values();
  const lists = listsOf(filter);
  // The list that finds the least leads; of the values of one index alone the ids are in order.
  const leading = lists.find((list) => list.values.length > 1 && isIndexed(list));
  const conditions = conditionsOf(query, tenantId, filter).concat(
    lists.filter((list) => list !== leading).flatMap((list) => listConditions(query, list)),
    marker === undefined ? [] : [`id > ${query.place(marker)}`],
  );
  const page =
    leading === undefined
      ? `page AS (${inOrder(conditions)} OFFSET ${query.place(offset)} LIMIT ${query.place(limit)})`
      : mergedPage(query, leading, conditions, { limit, offset });
  return query.of(
    `WITH ${page}
     SELECT ${LISTED} FROM page JOIN resource ON resource.id = page.id ORDER BY resource.id`,
  );
}

/** How many of a tenant's live resources a filter finds. */
export function toCountQuery(tenantId: string, filter: ResourceFilter): Query {
  const query = new Values();
  const conditions = conditionsOf(query, tenantId, filter).concat(
    listsOf(filter).flatMap((list) => listConditions(query, list)),
  );
  return query.of(`SELECT count(*)::int AS count FROM resource WHERE ${conditions.join(' AND ')}`);
}

/**
 * The page's ids where one of many values leads. Each value has ids in order, and the page may come from a few
 * of them or from all. So first the beginnings of all, short ones, say behind which id the page cannot go: then
 * of n values some 2 √n pages are read, rather than n of them.
 */
function mergedPage(
  query: Values,
  { column, values }: ListFilter,
  conditions: readonly string[],
  { limit, offset }: { limit: number; offset: number },
): string {
  const wanted = [...new Set(values)];
  const end = limit + offset;
  const beginning = Math.ceil(end / Math.sqrt(wanted.length));
  const ofEach = (ids: string) => `FROM wanted CROSS JOIN LATERAL (${ids}) AS found ORDER BY found.id`;
  const ofValue = [...conditions, `${column} = wanted.value`, fitsIndex(column)];
  const within = [...ofValue, 'id <= (SELECT id FROM farthest)'];
  return `
    wanted AS MATERIALIZED (SELECT unnest(${query.place(wanted)}::text[]) AS value),
    -- No coalesce where it is compared: behind row-level security Postgres would take that for no index' business.
    farthest AS MATERIALIZED (SELECT coalesce((
      SELECT found.id ${ofEach(`${inOrder(ofValue)} LIMIT ${query.place(beginning)}`)}
      OFFSET ${query.place(end - 1)} LIMIT 1), ${LAST_ID}) AS id),
    page AS (
      SELECT found.id ${ofEach(`${inOrder(within)} LIMIT ${query.place(end)}`)}
      OFFSET ${query.place(offset)} LIMIT ${query.place(limit)})`;
}

/**
 * In id order, since the vendor is one: but that Postgres does not see of a list of one, so that it cannot take
 * the primary key for the order, which would pass through all that others have, or what is of other types.
 */
function inOrder(conditions: readonly string[]): string {
  return `SELECT id FROM resource WHERE ${conditions.join(' AND ')} ORDER BY vendor, id`;
}

/** The lists of a filter, first the ones that find the least. */
function listsOf({ nativeIds, names, regionIds }: ResourceFilter): ListFilter[] {
  return [
    { column: 'native_id', values: nativeIds },
    { column: 'name', values: names },
    { column: 'region_id', values: regionIds },
  ].filter((list): list is ListFilter => list.values !== undefined);
}

function conditionsOf(query: Values, tenantId: string, { vendor, type }: ResourceFilter): string[] {
  return [
    `tenant_id = ${query.place(tenantId)}`,
    `vendor = ANY (${query.place([vendor])})`,
    'deleted_at IS NULL',
    ...(type === undefined ? [] : [`resource_type = ${query.place(type)}`]),
  ];
}

function listConditions(query: Values, list: ListFilter): string[] {
  const [value, ...others] = list.values;
  // For one value an index is in id order, which Postgres doesn't see of a list of one.
  const isOne = value !== undefined && others.length === 0;
  const condition = isOne
    ? `${list.column} = ${query.place(value)}`
    : `${list.column} = ANY (${query.place(list.values)})`;
  return isIndexed(list) ? [condition, fitsIndex(list.column)] : [condition];
}

function isIndexed({ values }: ListFilter): boolean {
  return values.every((value) => Buffer.byteLength(value) <= MAX_INDEXED_BYTES);
}

/** Lets Postgres see that an index has all that is asked for. */
function fitsIndex(column: string): string {
  return `octet_length(${column}) <= ${String(MAX_INDEXED_BYTES)}`;
}

/** Values of a statement, in the order of their places. */
class Values {
  private readonly values: unknown[] = [];

  place(value: unknown): string {
    return `$${String(this.values.push(value))}`;
  }

  of(text: string): Query {
    return { text, values: this.values };
  }
}
