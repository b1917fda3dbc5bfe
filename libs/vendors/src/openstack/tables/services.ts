import type { ResourceStatus } from '#domain';

import { defineOpenstackTable, type States } from '../openstack-table.js';

interface LoadBalancer {
  id?: string;
  name?: string;
  provisioning_status?: string;
  operating_status?: string;
  availability_zone?: string | null;
  vip_address?: string;
  vip_port_id?: string;
  vip_subnet_id?: string;
  vip_network_id?: string;
  additional_vips?: { ip_address?: string }[];
  tags?: string[];
  created_at?: string;
}

const PROVISIONING: States = {
  PENDING_CREATE: 'provisioning',
  PENDING_UPDATE: 'provisioning',
  PENDING_DELETE: 'deleting',
  DELETED: 'deleting',
  ERROR: 'error',
};

const OPERATING: States = {
  ONLINE: 'running',
  DEGRADED: 'running',
  DRAINING: 'running',
  NO_MONITOR: 'running',
  OFFLINE: 'stopped',
  ERROR: 'error',
};

/** Being made or unmade says more than how it works; and that says more than that it was made. */
function balancing({
  provisioning_status: made = '',
  operating_status: works = '',
}: LoadBalancer): ResourceStatus {
  return PROVISIONING[made] ?? OPERATING[works] ?? 'unknown';
}

/** Octavia's load balancers. */
export const loadbalancers = defineOpenstackTable<LoadBalancer>({
  type: 'loadbalancers',
  service: 'loadBalancer',
  path: '/loadbalancers',
  collection: 'loadbalancers',
  permissions: ['os_load-balancer_api:loadbalancer:get_all (the role load-balancer_observer, or reader)'],
  extent: 'owned',
  query: { sort: 'id:asc' },
  ownerParameter: 'project_id',
  describe: (balancer) => ({
    id: balancer.id,
    name: balancer.name,
    state: [
      balancer.provisioning_status === 'ACTIVE' ? balancer.operating_status : balancer.provisioning_status,
      {},
    ],
    status: balancing(balancer),
    zone: balancer.availability_zone,
    addresses: [
      balancer.vip_address,
      ...(balancer.additional_vips ?? []).map(({ ip_address: address }) => address),
    ],
    words: balancer.tags ?? [],
    created: balancer.created_at,
    relations: [
      ['contained_in', 'vpcs', balancer.vip_network_id],
      ['contained_in', 'subnets', balancer.vip_subnet_id],
      ['attached_to', 'networkInterfaces', balancer.vip_port_id],
    ],
  }),
  unordered: ['listeners', 'pools', 'tags'],
});

interface Zone {
  id?: string;
  name?: string;
  status?: string;
  attributes?: Record<string, string> | null;
  created_at?: string;
}

const ZONE_STATES: States = {
  ACTIVE: 'available',
  PENDING: 'provisioning',
  DELETED: 'deleting',
  ERROR: 'error',
};

/** Designate's zones. */
export const zones = defineOpenstackTable<Zone>({
  type: 'zones',
  service: 'dns',
  path: '/zones',
  collection: 'zones',
  permissions: ['find_zones', 'all_tenants (all projects)'],
  extent: 'owned',
  query: { sort_key: 'id', sort_dir: 'asc' },
  allProjects: { headers: { 'x-auth-all-projects': 'true' } },
  describe: ({ id, name, status, attributes, created_at: created }) => ({
    id,
    name,
    state: [status, ZONE_STATES],
    tags: attributes,
    created,
  }),
  // It counts up whenever a record changes, and is refreshed from elsewhere for secondary zones.
  volatile: ['/serial', '/transferred_at'],
});

interface Cluster {
  uuid?: string;
  name?: string;
  status?: string;
  labels?: Record<string, string> | null;
  created_at?: string;
}

/** Magnum says what is done and how it went in one word: `CREATE_IN_PROGRESS`. */
const CLUSTER_STATES: States = {
  CREATE_IN_PROGRESS: 'provisioning',
  CREATE_COMPLETE: 'running',
  CREATE_FAILED: 'error',
  UPDATE_IN_PROGRESS: 'running',
  UPDATE_COMPLETE: 'running',
  UPDATE_FAILED: 'error',
  DELETE_IN_PROGRESS: 'deleting',
  DELETE_COMPLETE: 'deleting',
  DELETE_FAILED: 'error',
  RESUME_COMPLETE: 'running',
  RESUME_FAILED: 'error',
  RESTORE_COMPLETE: 'running',
  ROLLBACK_IN_PROGRESS: 'provisioning',
  ROLLBACK_COMPLETE: 'running',
  ROLLBACK_FAILED: 'error',
  SNAPSHOT_COMPLETE: 'running',
  CHECK_COMPLETE: 'running',
  ADOPT_COMPLETE: 'running',
};

/** Magnum's clusters. It answers administrators with all projects by itself. */
export const clusters = defineOpenstackTable<Cluster>({
  type: 'clusters',
  service: 'containerInfra',
  path: '/clusters',
  collection: 'clusters',
  permissions: ['cluster:get_all', 'cluster:get_all_all_projects (all projects)'],
  extent: 'owned',
  query: { sort_key: 'uuid', sort_dir: 'asc' },
  markerOf: ({ uuid }) => uuid ?? '',
  describe: ({ uuid, name, status, labels, created_at: created }) => ({
    id: uuid,
    name,
    state: [status, CLUSTER_STATES],
    tags: labels,
    created,
  }),
  omitted: ['discovery_url'],
});
