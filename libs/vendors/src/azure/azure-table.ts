import type { JsonObject, Relation, RelationKind, Resource, Scope } from '#domain';
import { defineResourceTable, type Page, required, type ResourceTable } from '#vendor-kit';

import type { AzureConnection } from './connection.js';
import { textAt, textsAt, without } from './document.js';
import { graphPages, type GraphRow } from './resource-graph.js';
import {
  AZURE_TYPES,
  type AzureResourceType,
  nativeIdOf,
  OTHER_TYPE,
  readAction,
  resourceOfId,
} from './resource-types.js';
import { type Condition, provisioningState } from './statuses.js';

/** The columns that Resource Graph has of every resource, but for what repeats the id. */
const COLUMNS =
  'id, name, type, kind, location, managedBy, sku, plan, zones, identity, extendedLocation, tags, properties';

/** What makes rows of something: a pipeline of KQL in front of the order and the columns. */
export interface GraphSource {
  /** `resources | where type =~ '…'`. */
  rows: string;
  /** Columns beside the usual ones. */
  columns?: readonly string[];
}

/** How a type is read from Resource Graph. What differs from type to type is data, or a function of a row. */
export interface AzureTable {
  type: AzureResourceType;
  /** Where its rows are, one source after the other. Default: all rows of Azure's types that it is. */
  sources?: readonly GraphSource[];
  /** The actions without which Resource Graph leaves rows out. Default: to read those types. */
  permissions?: readonly string[];
  /** Default: by `provisioningState`, for what is there rather than runs. */
  condition?: (row: GraphRow) => Condition;
  /** Paths in `properties`, of which the first that has a time is when it was created. */
  createdAt?: readonly string[];
  /** IP addresses. */
  addresses?: (row: GraphRow) => readonly string[];
  /** Kinds, and paths in `properties` to the ids of what it stands to so. */
  relations?: readonly (readonly [RelationKind, string])[];
  /** Further relations: kinds and ids. */
  moreRelations?: (row: GraphRow) => readonly (readonly [RelationKind, string])[];
  /** Fields of `properties` that are left out: they list what refers to it, or are resources of their own. */
  omitted?: readonly string[];
  /** Columns that are not part of Azure's own document. */
  unshown?: readonly string[];
  /** JSON Pointers to what changes by itself, see `ResourceTable`. */
  volatile?: readonly `/${string}`[];
  /** What a row holds, where its resources are parts of it. */
  parts?: (row: GraphRow) => readonly GraphRow[];
}

/** The rows of some of Azure's types. */
export function rowsOf(azureTypes: readonly string[], table = 'resources'): string {
  return `${table} | where type in~ (${azureTypes.map((type) => `'${type.toLowerCase()}'`).join(', ')})`;
}

/** Declares a table of Resource Graph. */
export function defineAzureTable(table: AzureTable): ResourceTable<AzureConnection, GraphRow> {
  const { type, volatile, parts = (row) => [row] } = table;
  const azureTypes = type === OTHER_TYPE ? [] : AZURE_TYPES[type];
  const { sources = [{ rows: rowsOf(azureTypes) }], permissions = azureTypes.map(readAction) } = table;
  return defineResourceTable<AzureConnection, GraphRow>({
    type,
    permissions,
    ...(volatile === undefined ? {} : { volatile }),

    async *pages({ connection, scope, resumeAt, signal }) {
      const { access } = connection;
      signal.throwIfAborted();
      await access.checkEnabled(scope.key, signal);
      for await (const { items, ...rest } of rowPages(sources, { connection, scope, resumeAt, signal })) {
        const page: Page<GraphRow> = { items: eachOnce(items.flatMap(parts)), ...rest };
        if (page.resumeAt === undefined) {
          // Asked again at the end: only then does it tell that nothing was left out of what came before.
          await access.checkEnabled(scope.key, signal);
          await access.checkActions(permissions, scope.key, signal);
        }
        yield page;
      }
    },

    toResource: (row) => resourceOf(row, table),
  });
}

/** A page is written in one statement, which takes no resource twice. */
function eachOnce(rows: readonly GraphRow[]): GraphRow[] {
  return [...new Map(rows.map((row) => [nativeIdOf(row.id), row])).values()];
}

interface Reading {
  connection: AzureConnection;
  scope: Scope;
  resumeAt: string | undefined;
  signal: AbortSignal;
}

/**
 * The pages of all sources, one source after the other. A place is the number of the source and the place in it:
 * `1:950:/subscriptions/…`. Pages without rows are passed over but for the last.
 */
async function* rowPages(
  sources: readonly GraphSource[],
  { connection, scope, resumeAt, signal }: Reading,
): AsyncGenerator<Page<GraphRow>, void, undefined> {
  const { client, rowsPerPage } = connection;
  const [first, place] = placeOf(resumeAt);
  for (const [index, source] of sources.slice(first).entries()) {
    const number = first + index;
    const query = { query: queryOf(source), subscriptions: [scope.key] };
    const options = { rowsPerPage, resumeAt: index === 0 ? place : undefined };
    for await (const { rows, resumeAt: next } of graphPages(client, query, options, signal)) {
      const isLast = next === undefined && number === sources.length - 1;
      if (isLast) yield { items: rows };
      else if (rows.length > 0) {
        yield {
          items: rows,
          resumeAt: next === undefined ? `${String(number + 1)}:` : `${String(number)}:${next}`,
        };
      }
    }
  }
}

function placeOf(resumeAt: string | undefined): [number, string | undefined] {
  if (resumeAt === undefined) return [0, undefined];
  const split = resumeAt.indexOf(':');
  return [Number(resumeAt.slice(0, split)), resumeAt.slice(split + 1) || undefined];
}

/** Ordered by id: without a fixed order, pages repeat rows and leave others out. */
function queryOf({ rows, columns = [] }: GraphSource): string {
  return `${rows} | order by id asc | project ${[COLUMNS, ...columns].join(', ')}`;
}

/** The resource that a row is. */
export function resourceOf(row: GraphRow, table: AzureTable): Resource {
  const { condition = provisioningState, addresses } = table;
  const id = required(row.id, 'id');
  const properties = row.properties ?? {};
  const { status, nativeStatus } = condition(row);
  const createdAt = (table.createdAt ?? [])
    .map((path) => Date.parse(textAt(properties, path) ?? ''))
    .find((time) => time > 0);
  return {
    nativeId: nativeIdOf(id),
    name: row.name || (id.split('/').at(-1) ?? id),
    status,
    ...(nativeStatus === undefined ? {} : { nativeStatus }),
    regionId: row.location ?? '',
    // What spans zones is in none.
    ...(row.zones?.length === 1 ? { zoneId: row.zones[0] } : {}),
    addresses: [...new Set(addresses?.(row) ?? [])],
    tags: tagsOf(row),
    ...(createdAt === undefined ? {} : { createdAt: new Date(createdAt) }),
    properties: documentOf(row, table),
    relations: relationsOf(row, table),
  };
}

function tagsOf({ tags }: GraphRow): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags ?? {})
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** The row, without the columns that it has nothing in, and without its tags, which are the resource's. */
function documentOf(row: GraphRow, { omitted = [], unshown = [] }: AzureTable): JsonObject {
  const isEmpty = (value: unknown) => value === null || value === undefined || value === '';
  const document = Object.fromEntries(
    Object.entries(row).filter(([, value]) => !isEmpty(value)),
  ) as JsonObject;
  const shown = without(document, ['tags', ...unshown]);
  return row.properties ? { ...shown, properties: without(row.properties, omitted) } : shown;
}

const GROUP_OF = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+(?=\/)/i;

function relationsOf(row: GraphRow, { relations = [], moreRelations }: AzureTable): Relation[] {
  const group = GROUP_OF.exec(row.id)?.[0];
  const links: (readonly [RelationKind, string])[] = [
    ...relations.flatMap(([kind, path]) =>
      textsAt(row.properties ?? undefined, path).map((id) => [kind, id] as const),
    ),
    ...(moreRelations?.(row) ?? []),
    ...(group === undefined ? [] : [['contained_in', group] as const]),
  ];
  const own = nativeIdOf(row.id);
  const found = links.flatMap(([kind, id]) => {
    const target = resourceOfId(id);
    return target === undefined || target.nativeId === own ? [] : [{ kind, ...target }];
  });
  return [...new Map(found.map((relation) => [`${relation.kind} ${relation.nativeId}`, relation])).values()];
}
