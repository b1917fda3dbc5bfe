import { defineOpenstackTable, type OpenstackTable, type States } from '../openstack-table.js';

/** What Neutron's things have in common. */
interface NetworkThing {
  id?: string;
  name?: string;
  status?: string;
  tags?: string[];
  created_at?: string;
}

const STATES: States = {
  ACTIVE: 'available',
  BUILD: 'provisioning',
  DOWN: 'stopped',
  ERROR: 'error',
};

/** Neutron answers administrators with all projects by itself. */
function neutron<Item extends NetworkThing>({
  describe,
  ...table
}: Pick<OpenstackTable<Item>, 'type' | 'collection' | 'permissions' | 'extent' | 'describe' | 'unordered'> & {
  path: string;
}) {
  return defineOpenstackTable<Item>({
    service: 'network',
    query: { sort_key: 'id', sort_dir: 'asc' },
    ownerParameter: 'project_id',
    ...table,
    describe: (item) => ({
      name: item.name,
      ...(item.status === undefined ? {} : { state: [item.status, STATES] as const }),
      words: item.tags ?? [],
      created: item.created_at,
      ...describe(item),
    }),
    unordered: ['tags', ...(table.unordered ?? [])],
  });
}

/** Neutron's networks. */
export const vpcs = neutron({
  type: 'vpcs',
  path: '/networks',
  collection: 'networks',
  permissions: ['get_network'],
  extent: 'shareable',
  describe: ({ id }) => ({ id }),
  unordered: ['subnets', 'availability_zones', 'availability_zone_hints'],
});

interface Subnet extends NetworkThing {
  network_id?: string;
}

/** Neutron's subnets; those of a shared network are as shared as it is. */
export const subnets = neutron<Subnet>({
  type: 'subnets',
  path: '/subnets',
  collection: 'subnets',
  permissions: ['get_subnet'],
  extent: 'shareable',
  describe: ({ id, network_id: network }) => ({ id, relations: [['contained_in', 'vpcs', network]] }),
  unordered: ['service_types'],
});

interface Router extends NetworkThing {
  external_gateway_info?: {
    network_id?: string;
    external_fixed_ips?: { ip_address?: string; subnet_id?: string }[];
  } | null;
}

/** Neutron's routers. */
export const routers = neutron<Router>({
  type: 'routers',
  path: '/routers',
  collection: 'routers',
  permissions: ['get_router'],
  extent: 'owned',
  describe: ({ id, external_gateway_info: gateway }) => {
    const addresses = gateway?.external_fixed_ips ?? [];
    return {
      id,
      addresses: addresses.map(({ ip_address: address }) => address),
      relations: [
        ['attached_to', 'vpcs', gateway?.network_id],
        ['attached_to', 'subnets', addresses.map(({ subnet_id: subnet }) => subnet)],
      ],
    };
  },
  unordered: ['availability_zones', 'availability_zone_hints'],
});

interface Port extends NetworkThing {
  network_id?: string;
  device_id?: string;
  device_owner?: string | null;
  fixed_ips?: { ip_address?: string; subnet_id?: string }[];
  security_groups?: string[];
}

/** What a port is plugged into, by who says it owns it: `compute:nova`, `network:router_interface`, `Octavia`. */
function deviceOf({ device_id: id, device_owner }: Port) {
  const owner = device_owner ?? '';
  if (owner.startsWith('compute:')) return ['attached_to', 'cloudservers', id] as const;
  if (owner.startsWith('network:router') || owner === 'network:ha_router_replicated_interface') {
    return ['attached_to', 'routers', id] as const;
  }
  return ['attached_to', 'loadbalancers', owner === 'Octavia' ? id?.replace(/^lb-/, '') : undefined] as const;
}

/** Neutron's ports. */
export const networkInterfaces = neutron<Port>({
  type: 'networkInterfaces',
  path: '/ports',
  collection: 'ports',
  permissions: ['get_port'],
  extent: 'owned',
  describe: (port) => ({
    id: port.id,
    addresses: (port.fixed_ips ?? []).map(({ ip_address: address }) => address),
    relations: [
      deviceOf(port),
      ['contained_in', 'vpcs', port.network_id],
      ['contained_in', 'subnets', (port.fixed_ips ?? []).map(({ subnet_id: subnet }) => subnet)],
      ['secured_by', 'securityGroups', port.security_groups],
    ],
  }),
  unordered: ['security_groups', 'allowed_address_pairs'],
});

interface FloatingIp extends NetworkThing {
  floating_ip_address?: string;
  floating_network_id?: string;
  port_id?: string | null;
  router_id?: string | null;
}

/** Neutron's floating IP addresses. One that is not in use is down, and still there to be used. */
export const publicips = neutron<FloatingIp>({
  type: 'publicips',
  path: '/floatingips',
  collection: 'floatingips',
  permissions: ['get_floatingip'],
  extent: 'owned',
  describe: (address) => ({
    id: address.id,
    name: address.floating_ip_address,
    state: [address.status, { ...STATES, DOWN: 'available' }],
    addresses: [address.floating_ip_address],
    relations: [
      ['contained_in', 'vpcs', address.floating_network_id],
      ['attached_to', 'networkInterfaces', address.port_id],
      ['attached_to', 'routers', address.router_id],
    ],
  }),
});

/** Neutron's security groups, with their rules. */
export const securityGroups = neutron({
  type: 'securityGroups',
  path: '/security-groups',
  collection: 'security_groups',
  permissions: ['get_security_group'],
  extent: 'shareable',
  describe: ({ id }) => ({ id }),
  unordered: ['security_group_rules'],
});
