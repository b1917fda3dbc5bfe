import type { JsonObject, ResourceStatus } from '#domain';

import { textAt } from '../../shared/huawei-api/document.js';
import { SERVER_STATES, VOLUME_STATES, type Words } from '../../shared/huawei-api/service-states.js';
import { pathOf } from '../../shared/huawei-signing/sign-request.js';
import { defineHcsTable } from '../hcs-table.js';
import type { HcsType, ManageOneClass } from '../hcs-type.js';
import { allAtOnce, byNumber } from '../paging.js';

/** What a server is on its way to, whatever its state still says. */
const TASKS: Readonly<Record<string, ResourceStatus>> = {
  'powering-off': 'stopping',
  'powering-on': 'starting',
  deleting: 'deleting',
};

/** What those of a stack, and bare metal, have beside them. */
const STATES: Words = {
  ...SERVER_STATES,
  building: 'provisioning',
  stopped: 'stopped',
  hibernated: 'suspended',
  fault: 'error',
};

const server = {
  state: ['status', STATES],
  status: (item: JsonObject) =>
    TASKS[textAt(item, 'OS-EXT-STS:task_state', 'taskState')?.toLowerCase() ?? ''],
  created: ['created'],
  addresses: ['addresses.*.addr'],
  relations: [
    ['contained_in', 'vpcs', 'metadata.vpc_id'],
    ['secured_by', 'securityGroups', 'security_groups.id'],
    ['attached_to', 'volumes', 'os-extended-volumes:volumes_attached.id'],
    ['attached_to', 'networkInterfaces', 'addresses.*.OS-EXT-IPS:port_id'],
    ['created_from', 'images', 'image.id'],
  ],
  unordered: ['security_groups', 'os-extended-volumes:volumes_attached', 'tags', 'sys_tags'],
} as const satisfies Partial<HcsType>;

/** What a server's row in ManageOne calls otherwise. */
const ROW_OF_SERVER = {
  addresses: ['privateIps', 'ipAddress', 'floatingIp'],
  relations: [
    ['created_from', 'images', 'imageId'],
    ['contained_in', 'vpcs', 'vpcId'],
  ],
} as const satisfies Partial<ManageOneClass>;

/** Servers of ECS. */
export const cloudservers = defineHcsTable({
  ...server,
  type: 'cloudservers',
  service: 'ecs',
  action: 'ecs:servers:list',
  // Not the list of version 1: that has page numbers only.
  path: ({ projectId }) => pathOf('v2.1', projectId, 'servers', 'detail'),
  list: 'servers',
  maxPageSize: 1_000,
  query: [['not-tags', '__type_baremetal']],
  manageOne: { classNames: ['CLOUD_VM'], ...ROW_OF_SERVER },
});

/**
 * Bare metal of BMS. A type of its own, as a stack may do without BMS: were it one with ECS's servers, they would have
 * to be listed without it, and its servers be taken for deleted whenever it only seems not to be there.
 */
export const bareMetalServers = defineHcsTable({
  ...server,
  type: 'bareMetalServers',
  service: 'bms',
  action: 'bms:servers:list',
  path: ({ projectId }) => pathOf('v1', projectId, 'baremetalservers', 'detail'),
  list: 'servers',
  maxPageSize: 1_000,
  // `offset` is the number of the page here ("Querying Details About BMSs").
  paging: byNumber('count', ({ page }) => page),
  manageOne: { classNames: ['CLOUD_BMS'], ...ROW_OF_SERVER },
});

/** Disks of EVS. */
export const volumes = defineHcsTable({
  type: 'volumes',
  service: 'evs',
  action: 'evs:volumes:list',
  path: ({ projectId }) => pathOf('v2', projectId, 'cloudvolumes', 'detail'),
  list: 'volumes',
  maxPageSize: 1_000,
  state: ['status', VOLUME_STATES],
  created: ['created_at'],
  relations: [
    ['attached_to', 'cloudservers', 'attachments.server_id'],
    ['created_from', 'images', 'volume_image_metadata.image_id'],
  ],
  manageOne: {
    classNames: ['CLOUD_VOLUME'],
    relations: [['attached_to', 'cloudservers', 'devNativeId']],
  },
});

/** Images of the project's own. */
export const images = defineHcsTable({
  type: 'images',
  service: 'ims',
  action: 'ims:images:list',
  path: () => pathOf('v2', 'cloudimages'),
  list: 'images',
  // A hundred at once, of which one is known already.
  maxPageSize: 99,
  query: [['__imagetype', 'private']],
  state: [
    'status',
    {
      active: 'available',
      queued: 'provisioning',
      saving: 'provisioning',
      killed: 'error',
      deleted: 'deleting',
    },
  ],
  created: ['created_at'],
  owner: ['owner'],
  unordered: ['tags'],
  manageOne: { classNames: ['CLOUD_IMAGE'] },
});

/** Kubernetes: clusters of CCE. */
export const clusters = defineHcsTable({
  type: 'clusters',
  service: 'cce',
  action: 'cce:cluster:list',
  path: ({ projectId }) => pathOf('api', 'v3', 'projects', projectId, 'clusters'),
  list: 'items',
  maxPageSize: 1_000,
  paging: allAtOnce,
  id: 'metadata.uid',
  name: 'metadata.name',
  state: [
    'status.phase',
    {
      available: 'running',
      scalingup: 'running',
      scalingdown: 'running',
      upgrading: 'running',
      creating: 'provisioning',
      hibernation: 'stopped',
      hibernating: 'stopping',
      awaking: 'starting',
      deleting: 'deleting',
      unavailable: 'error',
      error: 'error',
    },
  ],
  created: ['metadata.creationTimestamp'],
  relations: [
    ['contained_in', 'vpcs', 'spec.hostNetwork.vpc'],
    ['contained_in', 'subnets', 'spec.hostNetwork.subnet'],
    ['secured_by', 'securityGroups', 'spec.hostNetwork.SecurityGroup'],
  ],
  manageOne: {
    classNames: ['CLOUD_CCE_CLUSTER'],
    relations: [
      ['contained_in', 'vpcs', 'vpcId'],
      ['contained_in', 'subnets', 'subnetId'],
    ],
  },
});

/** Databases of RDS. */
export const instances = defineHcsTable({
  type: 'instances',
  service: 'rds',
  action: 'rds:instance:list',
  path: ({ projectId }) => pathOf('v3', projectId, 'instances'),
  list: 'instances',
  maxPageSize: 100,
  paging: byNumber('total_count', ({ page, size }) => (page - 1) * size),
  state: [
    'status',
    {
      active: 'running',
      modifying: 'running',
      switchover: 'running',
      'backing up': 'running',
      build: 'provisioning',
      creating: 'provisioning',
      restoring: 'provisioning',
      migrating: 'provisioning',
      rebooting: 'starting',
      shutdown: 'stopped',
      frozen: 'suspended',
      failed: 'error',
      'storage full': 'error',
    },
  ],
  created: ['created'],
  addresses: ['private_ips', 'public_ips'],
  relations: [
    ['contained_in', 'vpcs', 'vpc_id'],
    ['contained_in', 'subnets', 'subnet_id'],
    ['secured_by', 'securityGroups', 'security_group_id'],
  ],
  unordered: ['tags'],
  manageOne: { classNames: ['CLOUD_RDS_INSTANCE'], addresses: ['ipAddress'] },
});
