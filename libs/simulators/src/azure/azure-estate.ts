import type { JsonObject } from '#domain';

/** A subscription, as Azure Resource Manager describes it. */
export interface SimulatedSubscription {
  subscriptionId: string;
  displayName: string;
  state: 'Enabled' | 'Warned' | 'PastDue' | 'Disabled' | 'Deleted';
  /** The management groups that it is in, the root group left out. */
  managementGroups: string[];
}

/** The tables of Resource Graph that there are. */
export type GraphTable = 'resources' | 'resourcecontainers' | 'computeresources';

/** Where an estate keeps things: blob containers are in no table of Resource Graph. */
export type EstateTable = GraphTable | 'blobcontainers';

/** A resource, in the columns that Resource Graph has of it. Its properties may be made when they are read. */
export interface SimulatedResource {
  id: string;
  name: string;
  /** As roles write it: `Microsoft.Compute/virtualMachines`. */
  type: string;
  location: string;
  resourceGroup: string;
  kind?: string;
  managedBy?: string;
  sku?: JsonObject;
  zones?: string[];
  identity?: JsonObject;
  tags?: Record<string, string>;
  readonly properties: JsonObject;
}

/** Resources that are near each other in the order of ids. */
export interface ResourceBlock {
  /** Sorted by id. */
  resources: readonly SimulatedResource[];
}

/** What a simulated tenant has. */
export interface AzureEstate {
  readonly subscriptions: readonly SimulatedSubscription[];
  /** How many blocks a table has in a subscription; whatever is in one comes before whatever is in the next. */
  blockCount(table: EstateTable, subscriptionId: string): number;
  block(table: EstateTable, subscriptionId: string, number: number): ResourceBlock;
  /** All resources that a join may find for one: those of its subscription, or fewer where that is certain. */
  near(resource: SimulatedResource): Iterable<SimulatedResource>;
}

/** What sorts ids: without regard to case. */
export function compareIds(one: { id: string }, other: { id: string }): number {
  const [left, right] = [one.id.toLowerCase(), other.id.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The subscription in an id. */
export function subscriptionOf(id: string): string {
  return id.split('/')[2] ?? '';
}
