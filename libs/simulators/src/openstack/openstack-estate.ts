import type { JsonObject } from '#domain';

/** What there is lists of, by the name that answers give the list. */
export const COLLECTIONS = [
  'servers',
  'flavors',
  'keypairs',
  'server_groups',
  'hypervisors',
  'volumes',
  'snapshots',
  'images',
  'networks',
  'subnets',
  'routers',
  'ports',
  'floatingips',
  'security_groups',
  'loadbalancers',
  'zones',
  'clusters',
  'shares',
] as const;
export type Collection = (typeof COLLECTIONS)[number];

export interface SimulatedProject {
  id: string;
  name: string;
  enabled: boolean;
}

/** One thing of a simulated cloud. Its document may be made when it is read. */
export interface SimulatedItem {
  /** What it is called as a marker. */
  id: string;
  region: string;
  /** Empty: nobody's. Of a key pair, its user's name. */
  owner: string;
  /** Everybody sees it: a public image, an external network. */
  isShared: boolean;
  readonly document: JsonObject;
}

/** What a simulated cloud has. */
export interface OpenstackEstate {
  readonly projects: readonly SimulatedProject[];
  /** Sorted by id. */
  items(collection: Collection): readonly SimulatedItem[];
  /** What was deleted of it, as it is told to who asks for what has changed. */
  deleted?(collection: Collection): readonly SimulatedItem[];
}

/** What sorts ids, as a database does. */
export function compareIds({ id: one }: { id: string }, { id: other }: { id: string }): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
