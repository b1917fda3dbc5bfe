import {
  type AzureEstate,
  compareIds,
  type EstateTable,
  type ResourceBlock,
  type SimulatedResource,
  type SimulatedSubscription,
  subscriptionOf,
} from '../azure-estate.js';

const BLOCK_SIZE = 100;
const RESOURCE_GROUP = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/i;
const CONTAINER = /\/blobservices\/default\/containers\//i;
const SCALE_SET_MACHINE = /\/virtualmachinescalesets\/[^/]+\/virtualmachines\//i;

/** An estate that is kept in memory, and can be changed. */
export class ModelEstate implements AzureEstate {
  readonly subscriptions: SimulatedSubscription[] = [];
  private readonly resources = new Map<string, SimulatedResource>();
  private sorted: Map<string, SimulatedResource[]> | undefined;

  add<Kind extends SimulatedResource>(resource: Kind): Kind {
    this.resources.set(resource.id.toLowerCase(), resource);
    this.sorted = undefined;
    return resource;
  }

  remove(id: string): void {
    this.resources.delete(id.toLowerCase());
    this.sorted = undefined;
  }

  /** All of a type, sorted by id. */
  ofType(type: string): SimulatedResource[] {
    return [...this.resources.values()]
      .filter((resource) => resource.type.toLowerCase() === type.toLowerCase())
      .sort(compareIds);
  }

  blockCount(table: EstateTable, subscriptionId: string): number {
    return Math.ceil(this.list(table, subscriptionId).length / BLOCK_SIZE);
  }

  block(table: EstateTable, subscriptionId: string, number: number): ResourceBlock {
    const start = number * BLOCK_SIZE;
    return { resources: this.list(table, subscriptionId).slice(start, start + BLOCK_SIZE) };
  }

  near(resource: SimulatedResource): Iterable<SimulatedResource> {
    return this.list('resources', subscriptionOf(resource.id));
  }

  private list(table: EstateTable, subscriptionId: string): readonly SimulatedResource[] {
    this.sorted ??= grouped([...this.resources.values()].sort(compareIds));
    return this.sorted.get(`${table} ${subscriptionId.toLowerCase()}`) ?? [];
  }
}

function grouped(resources: readonly SimulatedResource[]): Map<string, SimulatedResource[]> {
  const groups = new Map<string, SimulatedResource[]>();
  for (const resource of resources) {
    const key = `${tableOf(resource.id)} ${subscriptionOf(resource.id).toLowerCase()}`;
    groups.set(key, [...(groups.get(key) ?? []), resource]);
  }
  return groups;
}

function tableOf(id: string): EstateTable {
  if (RESOURCE_GROUP.test(id)) return 'resourcecontainers';
  if (CONTAINER.test(id)) return 'blobcontainers';
  return SCALE_SET_MACHINE.test(id) ? 'computeresources' : 'resources';
}
