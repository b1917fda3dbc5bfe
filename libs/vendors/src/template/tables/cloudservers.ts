import type { ResourceStatus } from '#domain';

import { defineTemplateTable } from '../template-table.js';

/** A server, as the cloud describes it: whatever may be missing, or null, is. */
interface Server {
  id?: string | null;
  name?: string | null;
  state?: string | null;
  zone?: string | null;
  created_at?: string | null;
  addresses?: string[] | null;
  labels?: Record<string, string | null> | null;
  disk_ids?: string[] | null;
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
  describe: (server) => ({
    id: server.id,
    name: server.name,
    state: [server.state, STATUSES],
    zone: server.zone,
    created: server.created_at,
    addresses: server.addresses,
    tags: server.labels,
    relations: [['attached_to', 'volumes', server.disk_ids]],
  }),
});
