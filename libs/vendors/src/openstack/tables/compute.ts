import { defineOpenstackTable } from '../openstack-table.js';
import { byOffset } from '../paging.js';

interface Flavor {
  id?: string;
  name?: string;
  extra_specs?: Record<string, string> | null;
}

/** What servers are made of, in numbers: those that everybody may use, and those that the projects may. */
export const flavors = defineOpenstackTable<Flavor>({
  type: 'flavors',
  service: 'compute',
  path: '/flavors/detail',
  collection: 'flavors',
  permissions: ['os_compute_api:flavors (for everybody)'],
  extent: 'common',
  query: { sort_key: 'flavorid', sort_dir: 'asc' },
  allProjects: { query: { is_public: 'None' } },
  describe: ({ id, name, extra_specs: specs }) => ({ id, name, tags: specs }),
});

interface ServerGroup {
  id?: string;
  name?: string;
  members?: string[];
}

/** Groups that keep servers together, or apart. */
export const serverGroups = defineOpenstackTable<ServerGroup>({
  type: 'serverGroups',
  service: 'compute',
  path: '/os-server-groups',
  collection: 'server_groups',
  permissions: [
    'os_compute_api:os-server-groups:index',
    'os_compute_api:os-server-groups:index:all_projects',
  ],
  extent: 'owned',
  allProjects: { query: { all_projects: 'true' } },
  paging: byOffset,
  describe: ({ id, name, members }) => ({ id, name, relations: [['attached_to', 'cloudservers', members]] }),
  unordered: ['members'],
});

interface Hypervisor {
  hypervisor_hostname?: string;
  state?: string;
  status?: string;
  host_ip?: string;
}

const HOST_STATES = { up: 'running', down: 'error' } as const;

/** Nova's hypervisors, by their host names, as servers name them. */
export const hosts = defineOpenstackTable<Hypervisor>({
  type: 'hosts',
  service: 'compute',
  path: '/os-hypervisors/detail',
  collection: 'hypervisors',
  permissions: ['os_compute_api:os-hypervisors:list-detail'],
  extent: 'administrative',
  describe: ({ hypervisor_hostname: name, state, host_ip: address }) => ({
    id: name,
    name,
    state: [state, HOST_STATES],
    addresses: [address],
  }),
  omitted: ['uptime', 'servers'],
  volatile: [
    '/running_vms',
    '/vcpus_used',
    '/memory_mb_used',
    '/local_gb_used',
    '/free_ram_mb',
    '/free_disk_gb',
    '/disk_available_least',
    '/current_workload',
  ],
});
