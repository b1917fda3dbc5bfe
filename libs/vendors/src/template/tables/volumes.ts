import type { JsonObject, ResourceStatus } from '#domain';
import { required } from '#vendor-kit';

import { defineTemplateTable } from '../template-table.js';

/** A disk, as the cloud describes it. */
interface Disk extends JsonObject {
  id: string;
  name: string;
  state: string;
  created_at: string;
  size_gb: number;
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
  toResource: (disk, scope) => ({
    nativeId: required(disk.id, 'id'),
    name: disk.name || disk.id,
    status: STATUSES[disk.state] ?? 'unknown',
    nativeStatus: disk.state,
    regionId: scope.key,
    addresses: [],
    tags: {},
    createdAt: new Date(disk.created_at),
    properties: disk,
    relations: [],
  }),
});
