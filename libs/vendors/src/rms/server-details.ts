import type { JsonObject } from '#domain';

import { inOrder, textAt, withoutEmpty } from '../shared/huawei-api/document.js';
import { type HuaweiCall, listIn } from '../shared/huawei-api/huawei-client.js';
import { pathOf } from '../shared/huawei-signing/sign-request.js';
import type { ConfigResource } from './config-resources.js';
import type { RmsConnection } from './connection.js';
import { ECS_API } from './quotas.js';

/** The IAM action that looks servers up. */
export const DETAILS_ACTION = 'ecs:cloudServers:list';
/** What ECS advises, so that URLs don't get too long ("Querying Details About ECSs", server_id). */
const IDS_PER_CALL = 100;
const NOT_FOUND = 404;
/** A server's lists that have no order of their own. */
const UNORDERED = ['security_groups', 'os-extended-volumes:volumes_attached', 'tags', 'sys_tags'];

/** What Config describes, with what ECS says of it now. */
export interface DetailedResource extends ConfigResource {
  server?: JsonObject;
}

/**
 * The same resources, with what ECS knows of those that are servers of its: a call for up to a hundred of a project.
 * One that ECS says is gone is left out: Config hears of it later. One that ECS doesn't speak of stays as it is.
 */
export async function withServerDetails(
  connection: RmsConnection,
  region: string,
  resources: readonly ConfigResource[],
  signal: AbortSignal,
): Promise<DetailedResource[]> {
  const found = new Map<string, JsonObject>();
  for (const [project, ids] of idsByProject(resources)) {
    for (let start = 0; start < ids.length; start += IDS_PER_CALL) {
      const call = detailsCall(connection.ecsOrigin(region), project, ids.slice(start, start + IDS_PER_CALL));
      const servers = listIn(await connection.client.get(call, signal), 'servers', call);
      for (const server of servers) found.set(textAt(server, 'id') ?? '', server as JsonObject);
    }
  }
  return resources.flatMap((resource): DetailedResource[] => {
    const server = found.get(resource.id);
    if (server === undefined) return [resource];
    if (isGone(server)) return [];
    // Without a state it isn't a description, but the report of some fault in making one.
    return [
      typeof server['status'] === 'string'
        ? { ...resource, server: withoutEmpty(inOrder(server, UNORDERED)) }
        : resource,
    ];
  });
}

function idsByProject(resources: readonly ConfigResource[]): Map<string, string[]> {
  const byProject = new Map<string, string[]>();
  for (const { id, provider, project_id: project } of resources) {
    if (provider !== 'ecs' || !project) continue;
    byProject.set(project, [...(byProject.get(project) ?? []), id]);
  }
  return byProject;
}

function detailsCall(origin: string, project: string, ids: readonly string[]): HuaweiCall {
  return {
    api: `${ECS_API}/${new URL(origin).host}`,
    operation: "ECS's details of servers",
    action: DETAILS_ACTION,
    origin,
    path: pathOf('v1', project, 'cloudservers', 'detail'),
    query: ids.map((id) => ['server_id', id] as const),
    scope: { 'x-project-id': project },
  };
}

/** Of a server that isn't there, ECS has the id and a fault, and nothing else. */
function isGone({ status, fault }: JsonObject): boolean {
  if (typeof status === 'string' || typeof fault !== 'object' || fault === null) return false;
  return Number((fault as JsonObject)['code']) === NOT_FOUND;
}
