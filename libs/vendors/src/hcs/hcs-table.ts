import type { JsonObject, JsonValue, Relation, RelationKind, Resource, ResourceStatus, Scope } from '#domain';
import { defineResourceTable, type Listing, type Page, required, type ResourceTable } from '#vendor-kit';

import { inOrder, textAt, textsAt, withoutEmpty } from '../shared/huawei-api/document.js';
import type { Words } from '../shared/huawei-api/service-states.js';
import { type HcsConnection, placeOf, type ProjectScope } from './connection.js';
import type { HcsService } from './endpoints.js';
import { byMarker, type Paging } from './paging.js';
import type { HcsResourceType } from './resource-types.js';

/** How a type is read. What differs from type to type is data, or a function of an item. */
export interface HcsTable {
  type: HcsResourceType;
  service: HcsService;
  /** The IAM action that lists it. */
  action: string;
  path: (place: ProjectScope) => string;
  /** Where the answer has the items. */
  list: string;
  /** The most that the service gives at once. */
  maxPageSize: number;
  /** Default: by marker. */
  paging?: Paging;
  query?: readonly (readonly [name: string, value: string])[];
  /** A path to its id; default `id`. */
  id?: string;
  /** A path to its name; default `name`. */
  name?: string;
  /** A path to the service's word for how it is, and what the words mean. Default: it is there. */
  state?: readonly [path: string, words: Words];
  /** What is true whatever the word says. */
  status?: (item: JsonObject) => ResourceStatus | undefined;
  /** Paths to when it was created. */
  created?: readonly string[];
  /** Paths to IP addresses. */
  addresses?: readonly string[];
  /** Kinds, our types, and paths to ids of what it stands to so. */
  relations?: readonly (readonly [kind: RelationKind, type: HcsResourceType, path: string])[];
  /** Whether an item has the relations to a type that its fields name. Default: it has. */
  isRelated?: (item: JsonObject, type: HcsResourceType) => boolean;
  /** Paths to the project that it is of, where a list may have others' too: an administrator sees all. */
  owner?: readonly string[];
  /** Fields that are lists without an order of their own. */
  unordered?: readonly string[];
}

/** Declares a table. */
export function defineHcsTable(table: HcsTable): ResourceTable<HcsConnection, JsonObject> {
  return defineResourceTable<HcsConnection, JsonObject>({
    type: table.type,
    permissions: [table.action],
    pages: (listing) => pagesOf(table, listing),
    toResource: (item, scope) => resourceOf(item, scope, table),
  });
}

async function* pagesOf(
  table: HcsTable,
  { connection, scope, resumeAt, signal }: Listing<HcsConnection>,
): AsyncGenerator<Page<JsonObject>> {
  signal.throwIfAborted();
  const { service, action, path, list, maxPageSize, paging = byMarker, query = [], owner = [] } = table;
  const project = placeOf(scope.key);
  const isOwn = (item: JsonObject) => (textAt(item, ...owner) ?? project.projectId) === project.projectId;
  const pages = paging({
    call: { ...connection.serviceCall(service, project, path(project)), action, query },
    list,
    pageSize: Math.min(connection.pageSize, maxPageSize),
    idOf: (item) => idOf(item, table),
    get: (call) => connection.get(call, signal),
    resumeAt,
  });
  for await (const { items, ...place } of pages) {
    // A page is written in one statement, which takes no resource twice.
    const found = new Map((items as JsonObject[]).map((item) => [idOf(item, table), item]));
    yield { items: [...found.values()].filter(isOwn), ...place };
    signal.throwIfAborted();
  }
}

function idOf(item: JsonValue, { id = 'id' }: HcsTable): string {
  return required(textAt(item, id), id);
}

function resourceOf(item: JsonObject, { key }: Scope, table: HcsTable): Resource {
  const { name = 'name', state, created = [], addresses = [] } = table;
  const nativeId = idOf(item, table);
  const word = state === undefined ? undefined : textAt(item, state[0]);
  const createdAt = timeOf(textAt(item, ...created));
  const zone = textAt(item, 'availability_zone', 'OS-EXT-AZ:availability_zone');
  return {
    nativeId,
    name: textAt(item, name) ?? nativeId,
    status: table.status?.(item) ?? statusOf(word, state?.[1]),
    ...(word === undefined ? {} : { nativeStatus: word }),
    regionId: placeOf(key).region,
    ...(zone === undefined ? {} : { zoneId: zone }),
    addresses: [...new Set(addresses.flatMap((at) => textsAt(item, at)))],
    tags: tagsOf(item),
    ...(createdAt > 0 ? { createdAt: new Date(createdAt) } : {}),
    properties: withoutEmpty(inOrder(item, table.unordered ?? [])),
    relations: relationsOf(item, table),
  };
}

/** What has no state is just there. */
function statusOf(word: string | undefined, words: Words | undefined): ResourceStatus {
  return words === undefined ? 'available' : (words[word?.toLowerCase() ?? ''] ?? 'unknown');
}

function relationsOf(item: JsonObject, { relations = [], isRelated = () => true }: HcsTable): Relation[] {
  return relations
    .filter(([, type]) => isRelated(item, type))
    .flatMap(([kind, type, at]) =>
      [...new Set(textsAt(item, at))].map((nativeId) => ({ kind, type, nativeId })),
    );
}

/** Times without a zone are UTC: `2025-03-04 05:06:07`. */
function timeOf(text = ''): number {
  const isBare = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$/.test(text);
  return Date.parse(isBare ? `${text.replace(' ', 'T')}Z` : text);
}

/** Services have them as an object, as `key=value`, or as `{ key, value }`. */
function tagsOf({ tags, metadata }: JsonObject): Record<string, string> {
  const labels =
    typeof metadata === 'object' && metadata !== null ? (metadata as JsonObject)['labels'] : null;
  const pairs = [tags, labels].flatMap((found): (readonly [string, JsonValue])[] => {
    if (typeof found !== 'object' || found === null) return [];
    return Array.isArray(found) ? found.map(pairOf) : Object.entries(found);
  });
  return Object.fromEntries(
    pairs
      .filter(([name]) => name !== '')
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function pairOf(tag: JsonValue): readonly [string, JsonValue] {
  if (typeof tag === 'string') {
    const split = tag.indexOf('=');
    return split < 0 ? [tag, ''] : [tag.slice(0, split), tag.slice(split + 1)];
  }
  return [textAt(tag, 'key') ?? '', textAt(tag, 'value') ?? ''];
}
