import type { JsonObject, ResourceStatus } from '#domain';
import { required } from '#vendor-kit';

import { defineTemplateTable } from '../template-table.js';

/** A server, as the cloud describes it. */
interface Server extends JsonObject {
  id: string;
  name: string;
  state: string;
  zone: string;
  created_at: string;
  addresses: string[];
  labels: Record<string, string>;
  disk_ids: string[];
}

/** The vendor's words. Name their source. */
const STATUSES: Readonly<Record<string, ResourceStatus>> = {
  building: 'provisioning',
  active: 'running',
  shutdown: 'stopped',
  deleting: 'deleting',
  failed: 'error',
};

export const cloudservers = defineTemplateTable<Server>({
  type: 'cloudservers',
  operation: 'the list of servers',
  path: '/v1/servers',
  permissions: ['servers:read'],
  toResource: (server, scope) => ({
    nativeId: required(server.id, 'id'),
    name: server.name || server.id,
    status: STATUSES[server.state] ?? 'unknown',
    nativeStatus: server.state,
    regionId: scope.key,
    zoneId: server.zone,
    addresses: server.addresses,
    tags: server.labels,
    createdAt: new Date(server.created_at),
    properties: server,
    relations: server.disk_ids.map((nativeId) => ({ kind: 'attached_to', type: 'volumes', nativeId })),
  }),
});
