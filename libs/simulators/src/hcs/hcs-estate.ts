import type { JsonObject } from '#domain';

/** What a project's things are kept by. */
export type HcsKind =
  | 'servers'
  | 'bareMetal'
  | 'volumes'
  | 'images'
  | 'vpcs'
  | 'subnets'
  | 'securityGroups'
  | 'publicips'
  | 'ports'
  | 'loadbalancers'
  | 'clusters'
  | 'databases';

/** A project (resource space) in a region. */
export interface SimulatedHcsProject {
  id: string;
  /** The region's id, or that with a name behind it. */
  name: string;
  region: string;
  isDisabled?: boolean;
}

/** What a tenant has in a Huawei Cloud Stack. */
export class HcsEstate {
  readonly regions: string[] = [];
  readonly projects: SimulatedHcsProject[] = [];
  private readonly items = new Map<string, JsonObject[]>();

  /** How many things there are in all projects. */
  get size(): number {
    return this.projects.reduce((size, { id }) => size + this.sizeOf(id), 0);
  }

  /** How many things a project has. */
  sizeOf(projectId: string): number {
    const lists = [...this.items].filter(([key]) => key.endsWith(` ${projectId}`));
    return lists.reduce((size, [, list]) => size + list.length, 0);
  }

  /** What a project has of a kind, in the order of its ids. */
  list(kind: HcsKind, projectId: string): JsonObject[] {
    const key = `${kind} ${projectId}`;
    const list = this.items.get(key) ?? [];
    this.items.set(key, list);
    return list;
  }

  add(kind: HcsKind, projectId: string, item: JsonObject): void {
    const list = this.list(kind, projectId);
    list.push(item);
    list.sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  }

  remove(kind: HcsKind, projectId: string, id: string): void {
    const list = this.list(kind, projectId);
    const index = list.findIndex((item) => idOf(item) === id);
    if (index < 0) throw new Error(`there is no ${id}`);
    list.splice(index, 1);
  }
}

/** Clusters have their id within their metadata. */
export function idOf({ id, metadata }: JsonObject): string {
  const found = id ?? (metadata as JsonObject | undefined)?.['uid'];
  return typeof found === 'string' ? found : '';
}
