import type { JsonObject, ResourceStatus } from '#domain';

import type { OpenstackConnection } from '../connection.js';
import { type Completion, defineOpenstackTable, type States } from '../openstack-table.js';
import { byMarker } from '../paging.js';
import type { Place } from '../service-client.js';
import { keypairId } from './keypairs.js';

interface Address {
  addr?: string;
}

interface Server {
  id?: string;
  name?: string;
  status?: string;
  user_id?: string;
  metadata?: Record<string, string> | null;
  tags?: string[];
  /** Empty when it was booted from a volume. */
  image?: { id?: string } | '';
  key_name?: string | null;
  created?: string;
  addresses?: Record<string, Address[] | null> | null;
  'OS-EXT-STS:task_state'?: string | null;
  'OS-EXT-AZ:availability_zone'?: string;
  'OS-EXT-SRV-ATTR:hypervisor_hostname'?: string | null;
  'os-extended-volumes:volumes_attached'?: { id?: string }[];
}

/** Nova's `_STATE_MAP`, by its words for the API. */
const STATES: States = {
  BUILD: 'provisioning',
  REBUILD: 'provisioning',
  RESIZE: 'provisioning',
  REVERT_RESIZE: 'provisioning',
  ACTIVE: 'running',
  PASSWORD: 'running',
  RESCUE: 'running',
  VERIFY_RESIZE: 'running',
  MIGRATING: 'running',
  REBOOT: 'starting',
  HARD_REBOOT: 'starting',
  SHUTOFF: 'stopped',
  SHELVED: 'stopped',
  SHELVED_OFFLOADED: 'stopped',
  PAUSED: 'suspended',
  SUSPENDED: 'suspended',
  ERROR: 'error',
  SOFT_DELETED: 'deleting',
  DELETED: 'deleting',
};

/** What is being done to it, where that says more than its status does. */
const TASKS: Readonly<Record<string, ResourceStatus>> = {
  'powering-off': 'stopping',
  'powering-on': 'starting',
  suspending: 'stopping',
  resuming: 'starting',
  deleting: 'deleting',
  'soft-deleting': 'deleting',
};

/** Nova's servers, each with its flavor. */
export const cloudservers = defineOpenstackTable<Server>({
  type: 'cloudservers',
  service: 'compute',
  path: '/servers/detail',
  collection: 'servers',
  permissions: [
    'os_compute_api:servers:detail',
    'os_compute_api:servers:detail:get_all_tenants (all projects)',
  ],
  extent: 'owned',
  // By a field that never changes, so that a page begins where the one before it ended.
  query: { sort_key: 'uuid', sort_dir: 'asc' },
  allProjects: { query: { all_tenants: '1' } },
  // Since 2.69 the servers of a cell that is down come with hardly more than their ids.
  isPartial: (server) => server.status === 'UNKNOWN' && !('name' in server),
  // Nova's `updated`, which a volume, port or address that comes or goes leaves as it is.
  incremental: { parameter: 'changes-since', isDeleted: ({ status }) => status === 'DELETED' },
  completion: flavorsOf,

  describe: (server) => ({
    id: server.id,
    name: server.name,
    state: [server.status, STATES],
    status: taskOf(server),
    zone: server['OS-EXT-AZ:availability_zone'],
    addresses: Object.entries(server.addresses ?? {})
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([, addresses]) => (addresses ?? []).map(({ addr }) => addr)),
    tags: server.metadata,
    words: server.tags ?? [],
    created: server.created,
    relations: [
      ['runs_on', 'hosts', server['OS-EXT-SRV-ATTR:hypervisor_hostname']],
      ['created_from', 'images', server.image === '' ? undefined : server.image?.id],
      ['attached_to', 'volumes', (server['os-extended-volumes:volumes_attached'] ?? []).map(({ id }) => id)],
      ['secured_by', 'keypairs', server.key_name ? keypairId(server.user_id, server.key_name) : undefined],
    ],
  }),
  // User data often holds passwords.
  omitted: ['OS-EXT-SRV-ATTR:user_data', 'adminPass'],
  unordered: ['os-extended-volumes:volumes_attached', 'security_groups', 'tags'],
  volatile: ['/progress'],
});

function taskOf({ status, 'OS-EXT-STS:task_state': task }: Server): ResourceStatus | undefined {
  return status === 'ERROR' ? undefined : TASKS[task ?? ''];
}

/** Flavors as a server before microversion 2.47 needs them. */
interface Flavor {
  id?: string;
  name?: string;
  vcpus?: number;
  ram?: number;
  disk?: number;
}

/** Puts flavors into servers of a Nova that names just their ids; one that was deleted since stays an id. */
async function flavorsOf(
  connection: OpenstackConnection,
  place: Place,
  signal: AbortSignal,
): Promise<Completion | undefined> {
  const { services, itemsPerPage } = connection;
  if ((await services.microversion(place, signal)).hasFlavors) return undefined;
  const flavors = new Map<string, JsonObject>();
  const query = { is_public: 'None', sort_key: 'flavorid', sort_dir: 'asc' };
  const pages = byMarker({
    collection: 'flavors',
    itemsPerPage,
    markerOf: ({ id }: Flavor) => id ?? '',
    ask: async (page) => {
      const call = { ...place, path: '/flavors/detail', query: { ...query, ...page } };
      return (await services.list(call, signal)).document;
    },
    host: () => services.hostOf(place, signal),
    resumeAt: undefined,
  });
  for await (const { items } of pages) {
    for (const item of items) flavors.set((item as Flavor).id ?? '', item);
  }
  return (server) => {
    const own = server['flavor'] as Flavor | undefined;
    const { id, name, vcpus, ram, disk } = (flavors.get(own?.id ?? '') ?? {}) as Flavor;
    if (id === undefined) return server;
    // In the words of newer versions, so that an upgrade of the cloud is no change of every server.
    const flavor = { id, original_name: name ?? id, vcpus: vcpus ?? 0, ram: ram ?? 0, disk: disk ?? 0 };
    return { ...server, flavor };
  };
}
