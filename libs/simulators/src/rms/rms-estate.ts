import type { JsonObject } from '#domain';

/** A resource, in the fields that Config has of it. */
export interface SimulatedConfigResource {
  id: string;
  name: string;
  provider: string;
  type: string;
  /** `global` for what is in no region. */
  region_id: string;
  project_id: string;
  project_name: string;
  ep_id: string;
  ep_name: string;
  checksum: string;
  created: string;
  updated: string;
  provisioning_state: string;
  state: string;
  tags: Record<string, string>;
  properties: JsonObject;
}

/** A region of Huawei Cloud, and the account's project in it, if it has one. */
export interface SimulatedHuaweiRegion {
  id: string;
  name: string;
  projectId?: string;
}

/** What an account at Huawei Cloud has. */
export class RmsEstate {
  readonly regions: SimulatedHuaweiRegion[] = [];
  /** As Config knows it, which may be behind what there is. */
  readonly resources: SimulatedConfigResource[] = [];
  /** As ECS knows it, by id. */
  readonly servers = new Map<string, JsonObject>();
  /** Whether the resource recorder is on. */
  hasRecorder = true;

  ofType(configType: string): SimulatedConfigResource[] {
    return this.resources.filter(({ provider, type }) => `${provider}.${type}` === configType);
  }

  /** Takes a resource out of Config and, a server, out of ECS. */
  remove(id: string): void {
    const index = this.resources.findIndex((resource) => resource.id === id);
    if (index < 0) throw new Error(`there is no ${id}`);
    this.resources.splice(index, 1);
    this.servers.delete(id);
  }

  get(id: string): SimulatedConfigResource {
    const found = this.resources.find((resource) => resource.id === id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  }
}
