import type { ResourceStatus } from '#domain';

import { defineTemplateTable } from '../template-table.js';

/** A disk, as the cloud describes it: whatever may be missing, or null, is. */
interface Disk {
  id?: string | null;
  name?: string | null;
  state?: string | null;
  created_at?: string | null;
}

/** The vendor's words. Name their source. */
const STATUSES: Readonly<Record<string, ResourceStatus>> = {
  creating: 'provisioning',
  ready: 'available',
  deleting: 'deleting',
  failed: 'error',
};

export const volumes = defineTemplateTable<Disk>({
  type: 'volumes',
  operation: 'the list of disks',
  path: '/v1/disks',
  permissions: ['disks:read'],
  describe: (disk) => ({
    id: disk.id,
    name: disk.name,
    state: [disk.state, STATUSES],
    created: disk.created_at,
  }),
});
