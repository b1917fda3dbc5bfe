import type { JsonObject, JsonValue, Relation, RelationKind, Resource, Scope } from '#domain';
import { defineResourceTable, type Page, type ResourceTable } from '#vendor-kit';

import type { VsphereConnection } from './connection.js';
import { chunksOfOneType, compareReferences, keyOf, referencesAfter } from './managed-objects.js';
import type { Place } from './places.js';
import type { CollectedObject } from './property-collector.js';
import {
  anything,
  integer,
  list,
  type ManagedObjectReference,
  record,
  reference,
  type Shapes,
  text,
  type ValuesOf,
} from './soap/shape.js';
import { nameOf } from './vsphere-name.js';

/** Properties that every managed entity has and every table reads. */
const ENTITY_SHAPES = {
  name: text,
  parent: reference,
  customValue: list(record({ key: integer, value: anything })),
};

/** Our resource type of each managed type, for relations. Types that aren't here aren't listed. */
export const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  VirtualMachine: 'cloudservers',
  HostSystem: 'hosts',
  ClusterComputeResource: 'computeClusters',
  Datacenter: 'datacenters',
  Datastore: 'datastores',
  StoragePod: 'datastoreClusters',
  Network: 'networks',
  DistributedVirtualPortgroup: 'networks',
  OpaqueNetwork: 'networks',
  DistributedVirtualSwitch: 'distributedSwitches',
  VmwareDistributedVirtualSwitch: 'distributedSwitches',
  ResourcePool: 'resourcePools',
  VirtualApp: 'resourcePools',
  Folder: 'folders',
  VirtualMachineSnapshot: 'serverSnapshots',
};

/** An object with what a table asked for, and what the connection knows of it. */
export interface VsphereObject<Properties = object> {
  reference: ManagedObjectReference;
  properties: Properties;
  unreadable: readonly string[];
  place: Place;
  /** Custom attributes by name. */
  tags: Record<string, string>;
}

/** Which objects to list, and what to read of each. */
export interface VsphereSelection<Fields extends Shapes> {
  /** The managed types of this resource type. */
  managedTypes: readonly string[];
  /** What to read, by property path, beside name, parent and custom attributes. */
  properties: Fields;
  /** Whether the root folder belongs to the type; it is in no view. */
  withRootFolder?: boolean;
  /** Where to begin to look for datacenter and cluster, in this order. Default: the parent. */
  ancestors?: (properties: ValuesOf<Fields & typeof ENTITY_SHAPES>) => (ManagedObjectReference | undefined)[];
}

type PropertiesOf<Fields extends Shapes> = ValuesOf<Fields & typeof ENTITY_SHAPES>;

/** What a table makes of an object; everything else follows from the object. */
export interface Description extends Pick<Resource, 'status'> {
  nativeStatus?: string | undefined;
  /** Default: the datacenter it is in. */
  regionId?: string;
  zoneId?: string | undefined;
  addresses?: readonly string[];
  /** ISO 8601. */
  createdAt?: string | undefined;
  /** Links to other objects; those that are unset or of types that aren't listed are dropped. */
  relations?: readonly (readonly [RelationKind, ManagedObjectReference | undefined])[];
  /** Changes to the document, by path; `undefined` leaves a path out. */
  document?: Readonly<Record<string, JsonValue | undefined>>;
}

export interface VsphereTable<Fields extends Shapes> extends VsphereSelection<Fields> {
  /** Our name of the type. */
  type: string;
  /** What to make of an object. Pure. */
  describe: (object: VsphereObject<PropertiesOf<Fields>>) => Description;
}

/** What every listing needs: the role "Read-only" has just these. */
export const READ_PRIVILEGES = ['System.View', 'System.Read'] as const;

/** Declares a table whose resources are managed objects. */
export function defineVsphereTable<Fields extends Shapes>(
  table: VsphereTable<Fields>,
): ResourceTable<VsphereConnection, VsphereObject<PropertiesOf<Fields>>> {
  return defineResourceTable({
    type: table.type,
    permissions: READ_PRIVILEGES,
    pages: ({ connection, resumeAt, signal }) => objectPages(table, { connection, resumeAt, signal }),
    toResource: (object: VsphereObject<PropertiesOf<Fields>>, scope) =>
      resourceOf(object, scope, table.describe(object)),
  });
}

interface Reading {
  connection: VsphereConnection;
  resumeAt?: string | undefined;
  signal: AbortSignal;
}

/** Some of a listing's references, and where the listing goes on after them. */
interface ReferencePage {
  references: readonly ManagedObjectReference[];
  resumeAt?: string;
}

/**
 * Lists references page by page, sorted. A page's `resumeAt` is its last reference, so a listing can be
 * resumed by any process in any session. What is created on the way is found by the next listing.
 */
export async function* referencePages(
  { managedTypes, withRootFolder }: Pick<VsphereSelection<Shapes>, 'managedTypes' | 'withRootFolder'>,
  { connection, resumeAt, signal }: Reading,
  objectsPerPage: number,
): AsyncGenerator<ReferencePage, void, undefined> {
  signal.throwIfAborted();
  const below = await connection.collector.references(managedTypes, signal);
  const root = withRootFolder === true ? [connection.session.manager('rootFolder')] : [];
  // A view of a type also holds its subclasses: folders come with storage pods.
  const wanted = [...below, ...root]
    .filter(({ type }) => managedTypes.includes(type))
    .sort(compareReferences);
  const pending = resumeAt === undefined ? wanted : referencesAfter(wanted, resumeAt);
  const chunks = chunksOfOneType(pending, objectsPerPage);
  if (chunks.length === 0) yield { references: [] };
  for (const [index, references] of chunks.entries()) {
    const last = references.at(-1);
    yield index === chunks.length - 1 || last === undefined
      ? { references }
      : { references, resumeAt: keyOf(last) };
  }
}

/**
 * Lists objects page by page: first all references, then their properties, some hundred at a time. What is
 * deleted on the way is left out. Reading ahead is the engine's business.
 */
async function* objectPages<Fields extends Shapes>(
  selection: VsphereSelection<Fields>,
  reading: Reading,
): AsyncGenerator<Page<VsphereObject<PropertiesOf<Fields>>>, void, undefined> {
  const { objectsPerPage } = reading.connection;
  for await (const { references, ...rest } of referencePages(selection, reading, objectsPerPage)) {
    yield { items: await readObjects(references, selection, reading), ...rest };
  }
}

/** Reads what a selection asks for of some objects. Those that are gone are left out. */
export async function readObjects<Fields extends Shapes>(
  references: readonly ManagedObjectReference[],
  selection: VsphereSelection<Fields>,
  { connection, signal }: Reading,
): Promise<VsphereObject<PropertiesOf<Fields>>[]> {
  if (references.length === 0) return [];
  const shapes = { ...ENTITY_SHAPES, ...selection.properties };
  const objects = await connection.collector.objects(references, shapes, signal);
  return located(objects, { selection, connection, signal });
}

/** Adds to collected objects what the connection knows: where they are, and the names of their attributes. */
async function located<Fields extends Shapes>(
  objects: readonly CollectedObject<Fields & typeof ENTITY_SHAPES>[],
  { selection, connection, signal }: Reading & { selection: VsphereSelection<Fields> },
): Promise<VsphereObject<PropertiesOf<Fields>>[]> {
  const ancestors = objects.map(({ properties }) =>
    (selection.ancestors?.(properties) ?? [properties.parent]).filter((ancestor) => ancestor !== undefined),
  );
  const [places, customFields] = await Promise.all([
    connection.places.of(ancestors, signal),
    connection.customFields(),
  ]);
  return objects.map((object, index) => ({
    ...object,
    place: places[index] ?? {},
    tags: tagsOf(object.properties.customValue ?? [], customFields),
  }));
}

function tagsOf(
  values: readonly { key?: number; value?: JsonValue }[],
  names: ReadonlyMap<number, string>,
): Record<string, string> {
  const tags = values.map(({ key, value }): [string, string] => {
    const name = names.get(key ?? 0) ?? String(key);
    return [name, typeof value === 'string' ? value : JSON.stringify(value ?? '')];
  });
  return Object.fromEntries(tags.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The id of a managed object in all of Muster: ids like `vm-12` repeat from vCenter to vCenter. */
export function nativeIdOf(object: ManagedObjectReference, scope: Scope): string {
  return `${scope.key}:${keyOf(object)}`;
}

/** The resource that an object is. */
export function resourceOf(
  object: VsphereObject<ValuesOf<typeof ENTITY_SHAPES>>,
  scope: Scope,
  description: Description,
): Resource {
  const { reference: own, properties, place, tags } = object;
  const { nativeStatus, zoneId, createdAt } = description;
  return {
    nativeId: nativeIdOf(own, scope),
    name: nameOf(properties.name, own),
    status: description.status,
    ...(nativeStatus === undefined ? {} : { nativeStatus }),
    regionId: description.regionId ?? place.datacenter?.name ?? '',
    ...(zoneId === undefined ? {} : { zoneId }),
    addresses: description.addresses ?? [],
    tags,
    ...(isKnownTime(createdAt) ? { createdAt: new Date(createdAt) } : {}),
    properties: documentOf(object, description.document ?? {}),
    relations: relationsOf(description.relations ?? [], scope),
  };
}

/** For what is older than the property, vCenter says 1970, and vcsim the year 1. */
function isKnownTime(time: string | undefined): time is string {
  return time !== undefined && Date.parse(time) > 0;
}

function relationsOf(
  links: readonly (readonly [RelationKind, ManagedObjectReference | undefined])[],
  scope: Scope,
): Relation[] {
  const relations = links.flatMap(([kind, target]) => {
    const type = target && RESOURCE_TYPES[target.type];
    return type === undefined || target === undefined
      ? []
      : [{ kind, type, nativeId: nativeIdOf(target, scope) }];
  });
  return [
    ...new Map(relations.map((relation) => [`${relation.kind} ${relation.nativeId}`, relation])).values(),
  ];
}

/** Properties by path as one nested document: `config.uuid` becomes `{ config: { uuid } }`. */
function documentOf(
  { reference: own, properties, unreadable }: VsphereObject,
  changes: Readonly<Record<string, JsonValue | undefined>>,
): JsonObject {
  // Custom attributes are the resource's tags.
  const read = { ...properties, customValue: undefined, ...changes } as Record<string, JsonValue | undefined>;
  const document: JsonObject = { moRef: { type: own.type, value: own.value } };
  for (const [path, value] of Object.entries(read))
    if (value !== undefined) place(document, path, inFixedOrder(value));
  if (unreadable.length > 0) document['unreadableProperties'] = [...unreadable];
  return document;
}

function place(document: JsonObject, path: string, value: JsonValue): void {
  const steps = path.split('.');
  const last = steps.pop() ?? path;
  let object = document;
  for (const step of steps) object = (object[step] ??= {}) as JsonObject;
  object[last] = value;
}

/** Lists of references come in no order that vSphere promises; sorted, an unchanged object stays the same. */
function inFixedOrder(value: JsonValue): JsonValue {
  return Array.isArray(value) && value.every(isReference) ? [...value].sort(compareReferences) : value;
}

function isReference(value: JsonValue): value is ManagedObjectReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    'type' in value &&
    'value' in value
  );
}
