import type { JsonObject } from './json.js';

/** A resource's state in words that mean the same for every vendor. */
export const RESOURCE_STATUSES = [
  'provisioning',
  'starting',
  'running',
  'stopping',
  'stopped',
  'suspended',
  'deleting',
  'available',
  'error',
  'unknown',
] as const;

export type ResourceStatus = (typeof RESOURCE_STATUSES)[number];

/** How one resource stands to another; read "from *kind* to": a server `runs_on` a host. */
export const RELATION_KINDS = [
  'runs_on',
  'member_of',
  'attached_to',
  'contained_in',
  'secured_by',
  'snapshot_of',
  'created_from',
] as const;

export type RelationKind = (typeof RELATION_KINDS)[number];

/** A link to a resource of the same account, by native id. The target may not have been synced yet. */
export interface Relation {
  kind: RelationKind;
  /** The target's resource type, in our vocabulary. */
  type: string;
  nativeId: string;
}

/** One resource of a vendor, normalized. Its type is the table's, its account and scope are the unit's. */
export interface Resource {
  /** The vendor's id: unique within account × scope × type and stable from sync to sync. */
  nativeId: string;
  name: string;
  status: ResourceStatus;
  /** The state in the vendor's own word, for example `poweredOn`. */
  nativeStatus?: string;
  /** Where it is, in the vendor's name for it: region, datacenter, location. Empty when it has none. */
  regionId: string;
  zoneId?: string;
  /** IP addresses, in the vendor's order. */
  addresses: readonly string[];
  tags: Readonly<Record<string, string>>;
  /** When the vendor says it was created. */
  createdAt?: Date;
  /** The vendor's own document, as JSON. */
  properties: JsonObject;
  relations: readonly Relation[];
}
