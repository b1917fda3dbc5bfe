import type { RelationKind, Resource, ResourceStatus } from '#domain';
import { defineResourceTable, required, type ResourceTable } from '#vendor-kit';

import type { AwsConnection } from './aws-connection.js';
import { documentOf } from './aws-document.js';
import type { AwsListing } from './listings.js';
import { type AwsPlace, GLOBAL, placeOf } from './regions.js';

/** Tags as most services give them. */
export type AwsTags = readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;

/** What a table makes of an item; everything else follows from the item. */
export interface Description {
  /** AWS's id: the field, and what is in it. */
  id: readonly [field: string, value: string | undefined];
  /** Default: the tag `Name`, else the id. */
  name?: string | undefined;
  status: ResourceStatus;
  nativeStatus?: string | undefined;
  /** Default: the region it was listed in. */
  regionId?: string | undefined;
  zoneId?: string | undefined;
  addresses?: readonly (string | undefined)[];
  tags?: Readonly<Record<string, string>>;
  createdAt?: Date | undefined;
  /** Links to other resources, by type and native id; those without id are dropped. */
  relations?: readonly (readonly [RelationKind, type: string, nativeId: string | undefined])[];
}

/** Where services put tags. They are kept as such, not in the document. */
const TAG_FIELDS = ['Tags', 'TagSet', 'TagList', 'tags'];

export interface AwsTable<Item extends object> {
  /** Our name of the type. */
  type: string;
  permissions: readonly string[];
  listing: AwsListing<Item>;
  /** Where there is something of it: in regions, or once in an account. Default: in regions. */
  places?: readonly ('region' | typeof GLOBAL)[];
  volatile?: readonly `/${string}`[];
  /** Fields that are left out of the document, as they change by themselves. */
  leftOut?: readonly NoInfer<keyof Item & string>[];
  /** What to make of an item. Pure. */
  describe: (item: Item, place: AwsPlace) => Description;
}

/** Declares how a type is read from AWS. */
export function defineAwsTable<Item extends object>(
  table: AwsTable<Item>,
): ResourceTable<AwsConnection, Item> {
  return defineResourceTable({
    type: table.type,
    permissions: table.permissions,
    ...(table.volatile === undefined ? {} : { volatile: table.volatile }),
    isListedIn: (scope) => {
      const sort = placeOf(scope).region === GLOBAL ? GLOBAL : 'region';
      return (table.places ?? ['region']).includes(sort);
    },
    pages: ({ connection, scope, resumeAt, signal }) => {
      const place = placeOf(scope);
      const region = place.region === GLOBAL ? connection.home : place.region;
      return table.listing({ connection, place, region, cursor: resumeAt, signal });
    },
    toResource: (item: Item, scope) => {
      const place = placeOf(scope);
      const document = documentOf(item, [...TAG_FIELDS, ...(table.leftOut ?? [])]);
      return resourceOf(table.describe(item, place), place, document);
    },
  });
}

function resourceOf(
  description: Description,
  { region }: AwsPlace,
  properties: Resource['properties'],
): Resource {
  const { status, nativeStatus, zoneId, tags = {}, createdAt } = description;
  const nativeId = required(description.id[1] || undefined, description.id[0]);
  return {
    nativeId,
    name: description.name || tags['Name'] || nativeId,
    status,
    ...(nativeStatus === undefined ? {} : { nativeStatus }),
    regionId: description.regionId ?? (region === GLOBAL ? '' : region),
    ...(zoneId === undefined ? {} : { zoneId }),
    addresses: distinct(description.addresses ?? []),
    tags,
    ...(createdAt === undefined || Number.isNaN(createdAt.getTime()) ? {} : { createdAt }),
    properties,
    relations: relationsOf(description.relations ?? []),
  };
}

function relationsOf(links: NonNullable<Description['relations']>): Resource['relations'] {
  const relations = links.flatMap(([kind, type, nativeId]) =>
    nativeId === undefined || nativeId === '' ? [] : [{ kind, type, nativeId }],
  );
  const byText = relations.map((relation) => [Object.values(relation).join(' '), relation] as const);
  return [...new Map(byText.sort(([one], [other]) => (one < other ? -1 : 1))).values()];
}

function distinct(addresses: readonly (string | undefined)[]): string[] {
  return [...new Set(addresses.filter((address) => address !== undefined && address !== ''))] as string[];
}

/** Tags by key, sorted. */
export function tagsOf(tags: AwsTags = []): Record<string, string> {
  return tagsByKey(Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])));
}

/** The same of services that give them by key already. */
export function tagsByKey(tags: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** AWS's word for a state → ours; a word that isn't here is `unknown`, and without a word there is no trouble. */
export function statusBy(
  statuses: Readonly<Record<string, ResourceStatus>>,
): (word: string | undefined) => ResourceStatus {
  return (word) => {
    if (word === undefined) return 'available';
    return Object.hasOwn(statuses, word) ? (statuses[word] ?? 'unknown') : 'unknown';
  };
}
