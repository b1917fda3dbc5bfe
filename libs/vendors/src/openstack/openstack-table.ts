import type { JsonObject, JsonValue, Relation, RelationKind, Resource, ResourceStatus } from '#domain';
import { defineResourceTable, type Listing, type Page, required, type ResourceTable } from '#vendor-kit';

import type { OpenstackConnection } from './connection.js';
import { OpenstackError } from './openstack-error.js';
import { byMarker, type PagePlace, type Paging } from './paging.js';
import { type Extent, readScopeKey } from './scope-key.js';
import type { Place } from './service-client.js';
import type { ServiceKey } from './services.js';

/** A vendor's states in our words; what isn't here is `unknown`. */
export type States = Readonly<Record<string, ResourceStatus>>;

/** One id, several, or none. */
type Ids = string | null | undefined | readonly (string | null | undefined)[];

/** What a table makes of an item. Everything but the id may be missing. */
export interface OpenstackDescription {
  id: string | undefined;
  name?: string | null | undefined;
  /** The vendor's word, and what it means; without it the resource is `available`. */
  state?: readonly [native: string | null | undefined, states: States];
  /** What is true whatever the state says. */
  status?: ResourceStatus | undefined;
  zone?: string | null | undefined;
  addresses?: readonly (string | null | undefined)[];
  /** Pairs, or words that stand for themselves. */
  tags?: Readonly<Record<string, unknown>> | null | undefined;
  words?: readonly string[] | undefined;
  created?: string | null | undefined;
  relations?: readonly (readonly [kind: RelationKind, type: string, ids: Ids])[];
}

/** Changes an item before it is normalized: what the listing leaves out, and another call tells. */
export type Completion = (item: JsonObject) => JsonObject;

/** How a type is read from OpenStack. What differs from type to type is data, or a function of an item. */
export interface OpenstackTable<Item> {
  type: string;
  service: ServiceKey;
  /** Behind the service's root: `/servers/detail`. */
  path: string;
  /** Where the answer has the items: `servers`. */
  collection: string;
  /** The service's policies, in its words. */
  permissions: readonly string[];
  /**
   * Where it is listed. `owned`: with the project that owns it, and the whole cloud. `shareable`: what no listed project
   * owns, and they yet see, is in the shared scope. `common`: has no project, so it is in the shared scope. `administrative`: only administrators may
   * list it.
   */
  extent: 'owned' | 'shareable' | 'common' | 'administrative';
  query?: Readonly<Record<string, string>>;
  /** What asks for all projects, where being an administrator doesn't. */
  allProjects?: { query?: Readonly<Record<string, string>>; headers?: Readonly<Record<string, string>> };
  paging?: Paging;
  /** What an item is called as a marker. Default: its `id`. */
  markerOf?: (item: Item) => string;
  /** The parameter that asks for a project's own, where its token shows others' too. */
  ownerParameter?: string;
  /** The project that an item belongs to: empty for nobody's. Default: `project_id` or `tenant_id`. */
  ownerOf?: (item: Item) => string | null | undefined;
  /** Whether an item is all that its service can tell at the moment: the listing is then not whole. */
  isPartial?: (item: Item) => boolean;
  /** How the service tells what has changed. */
  incremental?: {
    /** The parameter that asks for what has changed since a time, and for what was deleted since. */
    parameter: string;
    isDeleted: (item: Item) => boolean;
  };
  /** Asked once in a listing. */
  completion?: (
    connection: OpenstackConnection,
    place: Place,
    signal: AbortSignal,
  ) => Promise<Completion | undefined>;
  describe: (item: Item) => OpenstackDescription;
  /** Fields of the document that are not kept: secrets, and what changes by itself. */
  omitted?: readonly string[];
  /** Lists that come in no fixed order. */
  unordered?: readonly string[];
  volatile?: readonly `/${string}`[];
}

/** Where a listing goes on, as it is kept. */
interface ListingPlace extends PagePlace {
  /** Of a listing over several projects: the one that the page is of. */
  projectId?: string;
  /** Ids of items that were partial, the first few. */
  partial?: string[];
}

/**
 * Times of change are of many servers, Keystone's among them, which have to agree on the time for a cloud to work at
 * all; and a change takes a while until it is listed.
 */
const OVERLAP_MS = 600_000;

const EXTENTS: Readonly<Record<OpenstackTable<never>['extent'], readonly Extent['kind'][]>> = {
  owned: ['all', 'project'],
  shareable: ['all', 'project', 'shared'],
  common: ['all', 'shared'],
  administrative: ['all'],
};

/** As many ids of partial items as a message bears. */
const MAX_PARTIAL_KEPT = 3;

/** Declares a table. Items are what the service's documentation says; nothing checks that they are. */
export function defineOpenstackTable<Item extends object>(
  declared: OpenstackTable<Item>,
): ResourceTable<OpenstackConnection, JsonObject> {
  const table = declared as unknown as OpenstackTable<JsonObject>;
  const { type, permissions, volatile, incremental, omitted = [], unordered = [] } = table;
  const shape = { omitted: new Set([LINKS, ...omitted]), unordered: new Set(unordered) };
  return defineResourceTable<OpenstackConnection, JsonObject>({
    type,
    permissions,
    ...(volatile === undefined ? {} : { volatile }),
    ...(incremental === undefined
      ? {}
      : {
          incremental: {
            overlapMs: OVERLAP_MS,
            deletedIdOf: (item) => (incremental.isDeleted(item) ? ownIdOf(table, item) : undefined),
          },
        }),
    isListedIn: ({ key }) => EXTENTS[table.extent].includes(readScopeKey(key).extent.kind),
    pages: (listing) => pagesOf(table, listing),
    toResource: (item, { key }) =>
      toResource(table.describe(item), documentOf(item, shape), readScopeKey(key).region),
  });
}

/** Lists a type in a scope. Pages that hold nothing are passed over, but for the last. */
async function* pagesOf(
  table: OpenstackTable<JsonObject>,
  { connection, scope, resumeAt, since, signal }: Listing<OpenstackConnection>,
): AsyncGenerator<Page<JsonObject>> {
  signal.throwIfAborted();
  const { region, extent } = readScopeKey(scope.key);
  const begin = resumeAt === undefined ? undefined : (JSON.parse(resumeAt) as ListingPlace);
  const reading: Reading = { table, connection, region, since, signal };
  if (extent.kind === 'shared') yield* sharedPages(reading, begin);
  else yield* scopedPages(reading, extent, begin);
}

interface Reading {
  table: OpenstackTable<JsonObject>;
  connection: OpenstackConnection;
  region: string;
  since: Date | undefined;
  signal: AbortSignal;
}

/** What a project has, or the whole cloud. */
async function* scopedPages(
  reading: Reading,
  extent: Exclude<Extent, { kind: 'shared' }>,
  begin: ListingPlace | undefined,
): AsyncGenerator<Page<JsonObject>> {
  const { table, connection, signal } = reading;
  const isAll = extent.kind === 'all';
  const projectId = isAll ? (await connection.administrator(signal)).id : extent.projectId;
  let partial = begin?.partial ?? [];
  // One that is resumed began long before.
  const asOf = begin === undefined ? connection.identity.now() : undefined;
  for await (const page of projectPages(reading, { projectId, isAll, isOwn: !isAll }, begin)) {
    const items: JsonObject[] = [];
    for (const item of page.items) {
      const owner = ownerOf(table, item);
      if (table.isPartial?.(item) === true) {
        partial = [...partial, ownIdOf(table, item)].slice(0, MAX_PARTIAL_KEPT);
      }
      // Others' that are seen are listed with these, or as shared.
      else if (isAll || owner === undefined || owner === projectId) items.push(item);
    }
    const place = page.place ?? (partial.length > 0 ? { markers: [] } : undefined);
    if (place === undefined) {
      // Asked again at the end: only then does it tell that nothing was left out of what came before.
      if (isAll) await connection.administrator(signal);
      yield { items, ...(asOf === undefined ? {} : { asOf }) };
      return;
    }
    const kept = { ...place, ...(partial.length > 0 ? { partial } : {}) };
    if (items.length > 0)
      yield { items, resumeAt: JSON.stringify(kept), ...(asOf === undefined ? {} : { asOf }) };
  }
  const host = await connection.services.hostOf({ ...reading, service: table.service, projectId }, signal);
  throw new OpenstackError('DOWN_CELL', { host, subject: partial.join(', ') });
}

/**
 * What projects see and none of them owns, each once. Who resumes begins anew and passes over what comes before the
 * place: it is little, and what was seen in one project has to be known in the next.
 */
async function* sharedPages(
  reading: Reading,
  begin: ListingPlace | undefined,
): AsyncGenerator<Page<JsonObject>> {
  const { table, connection, signal } = reading;
  const projects = await connection.identity.projects(signal);
  const [last] = projects.slice(-1);
  if (last === undefined) throw new OpenstackError('NO_PROJECT', { host: connection.identity.host });
  const own = new Set(projects.map(({ id }) => id));
  const seen = new Set<string>();
  const resumed = begin === undefined ? undefined : JSON.stringify(begin);
  let isReached = resumed === undefined;
  for (const { id: projectId } of projects) {
    for await (const page of projectPages(reading, { projectId, isAll: false, isOwn: false }, undefined)) {
      const items = page.items.filter((item) => {
        const id = ownIdOf(table, item);
        const isNew = !own.has(ownerOf(table, item) ?? '') && !seen.has(id);
        if (isNew) seen.add(id);
        return isNew;
      });
      const isLast = projectId === last.id && page.place === undefined;
      const resumeAt = JSON.stringify({ ...(page.place ?? { markers: [] }), projectId });
      if (isLast && !isReached) {
        const host = await connection.services.hostOf(
          { ...reading, service: table.service, projectId },
          signal,
        );
        throw new OpenstackError('MARKER_GONE', { host });
      }
      if (isLast) yield { items };
      else if (isReached && items.length > 0) yield { items, resumeAt };
      isReached ||= resumeAt === resumed;
    }
  }
}

/** The pages that one project's token is answered with. */
async function* projectPages(
  { table, connection, region, since, signal }: Reading,
  { projectId, isAll, isOwn }: { projectId: string; isAll: boolean; isOwn: boolean },
  resumeAt: PagePlace | undefined,
) {
  const { service, path, collection, query, allProjects, ownerParameter, paging = byMarker } = table;
  const place: Place = { service, region, projectId };
  const complete = await table.completion?.(connection, place, signal);
  const call = {
    ...place,
    path,
    headers: isAll ? allProjects?.headers : undefined,
  };
  const everywhere = {
    ...query,
    ...(isAll ? allProjects?.query : {}),
    ...(isOwn && ownerParameter !== undefined ? { [ownerParameter]: projectId } : {}),
    ...(since === undefined || table.incremental === undefined
      ? {}
      : { [table.incremental.parameter]: secondsOf(since) }),
  };
  const pages = paging({
    collection,
    itemsPerPage: connection.itemsPerPage,
    markerOf: (item) => ownIdOf(table, item),
    ask: async (page) => {
      return (await connection.services.list({ ...call, query: { ...everywhere, ...page } }, signal))
        .document;
    },
    host: () => connection.services.hostOf(place, signal),
    resumeAt: resumeAt === undefined || resumeAt.markers.length === 0 ? undefined : resumeAt,
  });
  for await (const { items, ...rest } of pages) {
    yield { items: complete === undefined ? items : items.map(complete), ...rest };
  }
}

function ownIdOf({ markerOf }: OpenstackTable<JsonObject>, item: JsonObject): string {
  const id = markerOf === undefined ? item['id'] : markerOf(item);
  if (typeof id === 'number') return String(id);
  return required(typeof id === 'string' && id !== '' ? id : undefined, 'id');
}

/** `undefined` where the document doesn't say. */
function ownerOf(table: OpenstackTable<JsonObject>, item: JsonObject): string | undefined {
  const owner = table.ownerOf === undefined ? (item['project_id'] ?? item['tenant_id']) : table.ownerOf(item);
  return owner === undefined ? undefined : typeof owner === 'string' ? owner : '';
}

/** Links lead to other hosts from time to time, and nobody needs them. */
const LINKS = 'links';

/** What becomes of a document's fields. */
interface Shape {
  omitted: ReadonlySet<string>;
  unordered: ReadonlySet<string>;
}

function documentOf(item: JsonObject, { omitted, unordered }: Shape): JsonObject {
  const document: JsonObject = {};
  // Twice as fast as by entries, of which a page has some 15,000.
  for (const field in item) {
    if (omitted.has(field)) continue;
    const value = item[field] ?? null;
    if (Array.isArray(value)) document[field] = unordered.has(field) ? sorted(value) : value;
    else document[field] = typeof value === 'object' && value !== null ? withoutLinks(value) : value;
  }
  return document;
}

function withoutLinks(value: JsonObject): JsonObject {
  if (!(LINKS in value)) return value;
  const { [LINKS]: _links, ...others } = value;
  return others;
}

function sorted(list: JsonValue[]): JsonValue[] {
  if (list.length < 2) return list;
  const keyed = list.map((value) => [JSON.stringify(value), value] as const);
  return keyed.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}

function toResource(described: OpenstackDescription, properties: JsonObject, region: string): Resource {
  const { name, state: [native, states] = [undefined, {}], zone, created } = described;
  const nativeId = required(described.id, 'id');
  const status =
    described.status ?? (typeof native === 'string' ? (states[native] ?? 'unknown') : 'available');
  const createdAt = timeOf(created);
  return {
    nativeId,
    name: name || nativeId,
    status,
    ...(typeof native === 'string' ? { nativeStatus: native } : {}),
    regionId: region,
    ...(zone ? { zoneId: zone } : {}),
    addresses: [...new Set(present(described.addresses))],
    tags: tagsOf(described),
    ...(createdAt === undefined ? {} : { createdAt }),
    properties,
    relations: relationsOf(described.relations),
  };
}

/** As Nova reads a time: `2026-11-24T01:44:00Z`. */
function secondsOf(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * `2026-11-24T01:44:00Z`; Cinder and others leave the zone out, and mean UTC all the same. HTTP's own header ends in
 * `GMT`.
 */
function timeOf(text: string | null | undefined): Date | undefined {
  const time = Date.parse(text ? (/(Z|GMT|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`) : '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

function tagsOf({ tags, words = [] }: OpenstackDescription): Record<string, string> {
  const pairs = [
    ...words.map((word) => [word, ''] as const),
    ...Object.entries(tags ?? {}).map(
      ([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value ?? null)] as const,
    ),
  ];
  return Object.fromEntries(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function relationsOf(relations: OpenstackDescription['relations'] = []): Relation[] {
  return relations.flatMap(([kind, type, ids]) => {
    const all = typeof ids === 'object' && ids !== null ? [...new Set(present(ids))] : present([ids]);
    return all.map((nativeId) => ({ kind, type, nativeId }));
  });
}

function present(texts: readonly (string | null | undefined)[] = []): string[] {
  return texts.filter((text): text is string => typeof text === 'string' && text !== '');
}
