import type { JsonObject, Relation, RelationKind, Resource, Scope } from '#domain';
import { defineResourceTable, type Listing, type Page, required, type ResourceTable } from '#vendor-kit';

import { textAt, textsAt, withoutEmpty } from '../shared/huawei-api/document.js';
import {
  type ConfigFilter,
  configPage,
  type ConfigResource,
  configTypeOf,
  LIST_ACTION,
} from './config-resources.js';
import { GLOBAL_SCOPE, type RmsConnection } from './connection.js';
import { classifyRmsError } from './errors.js';
import { OTHER_TYPE, RMS_TYPES, type RmsResourceType } from './resource-types.js';
import type { DetailedResource } from './server-details.js';
import { type Condition, provisioningState } from './statuses.js';

/** A kind, one of our types, and a path to the ids of what a resource stands to so. */
export type RelationPath = readonly [kind: RelationKind, type: RmsResourceType, path: string];

/** How a type is read from Config. What differs from type to type is data, or a function of a resource. */
export interface RmsTable {
  type: RmsResourceType;
  /** What its listing needs, beside {@link LIST_ACTION}. */
  permissions?: readonly string[];
  /** Default: by Config's `provisioning_state`, for what is there rather than runs. */
  condition?: (resource: DetailedResource) => Condition;
  /** Paths in `properties` to IP addresses. */
  addresses?: readonly string[];
  /** Paths in `properties` to what it stands to. */
  relations?: readonly RelationPath[];
  /** What is known better than Config does, and instead of it. */
  better?: (resource: DetailedResource) => BetterFacts | undefined;
  /** JSON Pointers to what changes by itself, see `ResourceTable`. */
  volatile?: readonly `/${string}`[];
  /** What becomes of a page's resources before they are normalized. */
  refine?: (
    resources: readonly ConfigResource[],
    reading: Reading,
  ) => DetailedResource[] | Promise<DetailedResource[]>;
  /** What there is beside Config's list: it is on the last page. */
  last?: (reading: Reading) => Promise<DetailedResource[]>;
}

export interface BetterFacts {
  addresses: readonly string[];
  zone: string | undefined;
  relations: readonly Relation[];
}

/** What a page is read with. */
export type Reading = Omit<Listing<RmsConnection>, 'resumeAt'>;

/** Declares a table of Config's resources. */
export function defineRmsTable(table: RmsTable): ResourceTable<RmsConnection, DetailedResource> {
  const { type, permissions = [], volatile, refine = (resources) => [...resources] } = table;
  const configTypes = type === OTHER_TYPE ? [undefined] : RMS_TYPES[type];
  return defineResourceTable<RmsConnection, DetailedResource>({
    type,
    permissions: [LIST_ACTION, ...permissions],
    ...(volatile === undefined ? {} : { volatile }),

    async *pages({ resumeAt, ...reading }) {
      for await (const { items, ...rest } of pagesOfTypes(configTypes, reading, resumeAt)) {
        const refined = await refine(eachOnce(items), reading);
        const more = rest.resumeAt === undefined ? await table.last?.(reading) : undefined;
        yield { items: [...refined, ...(more ?? [])], ...rest };
      }
    },

    toResource: (resource, scope) => resourceOf(resource, scope, table),
  });
}

/** A page is written in one statement, which takes no resource twice. */
function eachOnce(resources: readonly ConfigResource[]): ConfigResource[] {
  return [
    ...new Map(resources.map((resource) => [`${configTypeOf(resource)} ${resource.id}`, resource])).values(),
  ];
}

/**
 * The pages of all of a table's types in Config, one type after the other. A place is the number of the type and
 * Config's marker in it: `1 bWFya2Vy`. A type that Config doesn't know here is passed over, as long as it knows another;
 * when it knows none, that is what fails.
 */
async function* pagesOfTypes(
  configTypes: readonly (string | undefined)[],
  reading: Reading,
  resumeAt: string | undefined,
): AsyncGenerator<Page<ConfigResource>> {
  const [start = '0', from = ''] = (resumeAt ?? '0').split(' ');
  let place = from;
  let isKnown = resumeAt !== undefined;
  for (let number = Number(start); number < configTypes.length; number += 1) {
    const isLast = number === configTypes.length - 1;
    const filter = { region: reading.scope.key, configType: configTypes[number] };
    try {
      for await (const { items, resumeAt: marker } of pagesOfType(filter, reading, place)) {
        const next = marker ?? (isLast ? undefined : '');
        isKnown = true;
        if (next === undefined) yield { items };
        // Between types there is nothing to keep where there was nothing.
        else if (items.length > 0 || next !== '') {
          yield { items, resumeAt: next === '' ? `${String(number + 1)} ` : `${String(number)} ${next}` };
        }
      }
    } catch (error) {
      if (classifyRmsError(error)?.kind !== 'absent' || (isLast && !isKnown)) throw error;
      if (isLast) yield { items: [] };
    }
    place = '';
  }
}

async function* pagesOfType(
  filter: ConfigFilter,
  { connection, signal }: Reading,
  place: string,
): AsyncGenerator<Page<ConfigResource>> {
  let marker = place === '' ? undefined : place;
  do {
    const page = await configPage(connection, filter, marker, signal);
    marker = page.marker;
    yield { items: page.resources, ...(marker === undefined ? {} : { resumeAt: marker }) };
  } while (marker !== undefined);
}

/** The resource that one of Config's is. */
export function resourceOf(resource: DetailedResource, scope: Scope, table: RmsTable): Resource {
  const { condition = provisioningState, addresses = [], relations = [], better } = table;
  const id = required(resource.id, 'id');
  const properties = resource.properties ?? {};
  const { status, nativeStatus } = condition(resource);
  const createdAt = Date.parse(resource.created ?? '');
  const known = better?.(resource) ?? {
    addresses: addresses.flatMap((path) => textsAt(properties, path)),
    zone: textAt(properties, 'availabilityZone'),
    relations: relationsAt(properties, relations),
  };
  return {
    nativeId: table.type === OTHER_TYPE ? `${configTypeOf(resource)}/${id}` : id,
    name: resource.name || id,
    status,
    ...(nativeStatus === undefined ? {} : { nativeStatus }),
    regionId: scope.key === GLOBAL_SCOPE.key ? '' : scope.key,
    ...(known.zone === undefined ? {} : { zoneId: known.zone }),
    addresses: [...new Set(known.addresses)],
    tags: tagsOf(resource),
    ...(createdAt > 0 ? { createdAt: new Date(createdAt) } : {}),
    properties: documentOf(resource),
    relations: eachRelationOnce(known.relations),
  };
}

function tagsOf({ tags }: ConfigResource): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags ?? {})
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value ?? '')]),
  );
}

/** Config's document, without what it has nothing in, and without its tags, which are the resource's. */
function documentOf({ tags: _tags, ...resource }: DetailedResource): JsonObject {
  return withoutEmpty(resource);
}

/** What a document tells of what a resource stands to. */
export function relationsAt(document: JsonObject, paths: readonly RelationPath[]): Relation[] {
  return paths.flatMap(([kind, type, path]) =>
    textsAt(document, path).map((nativeId): Relation => ({ kind, type, nativeId })),
  );
}

function eachRelationOnce(relations: readonly Relation[]): Relation[] {
  const keyOf = ({ kind, type, nativeId }: Relation) => `${kind} ${type} ${nativeId}`;
  return [...new Map(relations.map((relation) => [keyOf(relation), relation])).values()];
}
