import type { Collection } from './openstack-estate.js';

/** How a service lists one thing, with the manners that tell it from others. */
export interface SimulatedList {
  /** For the log, counters and planned failures. */
  call: string;
  /** Behind the service's root. */
  path: string;
  collection: Collection;
  /** How a stable order is asked for. */
  sort?: Readonly<Record<string, string>>;
  /** What an administrator has to say to see all projects; by itself, where it is absent. */
  allProjects?: { query?: readonly [name: string, value: string]; header?: string };
  /** Counts items instead of naming one. */
  isByOffset?: boolean;
  /** Only administrators may. */
  isAdministrative?: boolean;
  /** Tells what has changed since a time, and what was deleted. */
  tellsChanges?: boolean;
  /** Shows nobody what others have, not even administrators. */
  isOfUser?: boolean;
  /** Where the next page is told. Default: `servers_links`. */
  next?: 'links' | 'next' | 'none';
}

export interface SimulatedService {
  /** In the catalog. */
  type: string;
  /** In URLs, behind the region. `{project}` is the token's. */
  root: string;
  /** What the catalog has of it. */
  catalogPath: string;
  /** The status of a marker that is gone. */
  goneStatus: 400 | 404;
  /** Parameters that filter by the project. */
  ownerParameter?: string;
  lists: readonly SimulatedList[];
}

const BY_ID = { sort_key: 'id', sort_dir: 'asc' };
const ALL_TENANTS = { query: ['all_tenants', '1'] } as const;

const neutron = (call: string, path: string, collection: Collection): SimulatedList => ({
  call,
  path,
  collection,
  sort: BY_ID,
});

/** The services, as they are in an OpenStack of today: what differs from one to another is theirs, not ours. */
export const SIMULATED_SERVICES: readonly SimulatedService[] = [
  {
    type: 'compute',
    root: '/compute/v2.1',
    catalogPath: '/compute/v2.1',
    goneStatus: 400,
    lists: [
      {
        call: 'ListServers',
        path: '/servers/detail',
        collection: 'servers',
        sort: { sort_key: 'uuid', sort_dir: 'asc' },
        allProjects: ALL_TENANTS,
        tellsChanges: true,
      },
      {
        call: 'ListFlavors',
        path: '/flavors/detail',
        collection: 'flavors',
        sort: { sort_key: 'flavorid', sort_dir: 'asc' },
      },
      { call: 'ListKeypairs', path: '/os-keypairs', collection: 'keypairs', isOfUser: true },
      {
        call: 'ListServerGroups',
        path: '/os-server-groups',
        collection: 'server_groups',
        allProjects: { query: ['all_projects', 'true'] },
        isByOffset: true,
        next: 'none',
      },
      {
        call: 'ListHypervisors',
        path: '/os-hypervisors/detail',
        collection: 'hypervisors',
        isAdministrative: true,
      },
    ],
  },
  {
    type: 'block-storage',
    root: '/volume/v3/{project}',
    catalogPath: '/volume/v3/{project}',
    goneStatus: 404,
    lists: (['volumes', 'snapshots'] as const).map((collection) => ({
      call: collection === 'volumes' ? 'ListVolumes' : 'ListSnapshots',
      path: `/${collection}/detail`,
      collection,
      sort: { sort: 'id:asc' },
      allProjects: ALL_TENANTS,
    })),
  },
  {
    type: 'image',
    root: '/image/v2',
    catalogPath: '/image',
    goneStatus: 400,
    ownerParameter: 'owner',
    lists: [{ call: 'ListImages', path: '/images', collection: 'images', sort: BY_ID, next: 'next' }],
  },
  {
    type: 'network',
    root: '/network/v2.0',
    catalogPath: '/network/',
    goneStatus: 404,
    ownerParameter: 'project_id',
    lists: [
      neutron('ListNetworks', '/networks', 'networks'),
      neutron('ListSubnets', '/subnets', 'subnets'),
      neutron('ListRouters', '/routers', 'routers'),
      neutron('ListPorts', '/ports', 'ports'),
      neutron('ListFloatingIps', '/floatingips', 'floatingips'),
      neutron('ListSecurityGroups', '/security-groups', 'security_groups'),
    ],
  },
  {
    type: 'load-balancer',
    root: '/load-balancer/v2/lbaas',
    catalogPath: '/load-balancer',
    goneStatus: 400,
    ownerParameter: 'project_id',
    lists: [
      {
        call: 'ListLoadBalancers',
        path: '/loadbalancers',
        collection: 'loadbalancers',
        sort: { sort: 'id:asc' },
      },
    ],
  },
  {
    type: 'dns',
    root: '/dns/v2',
    catalogPath: '/dns',
    goneStatus: 400,
    lists: [
      {
        call: 'ListZones',
        path: '/zones',
        collection: 'zones',
        sort: BY_ID,
        allProjects: { header: 'x-auth-all-projects' },
        next: 'links',
      },
    ],
  },
  {
    type: 'container-infra',
    root: '/container-infra/v1',
    catalogPath: '/container-infra/v1',
    goneStatus: 404,
    lists: [
      {
        call: 'ListClusters',
        path: '/clusters',
        collection: 'clusters',
        sort: { sort_key: 'uuid', sort_dir: 'asc' },
        next: 'next',
      },
    ],
  },
  {
    type: 'sharev2',
    root: '/share/v2',
    catalogPath: '/share/v2',
    goneStatus: 404,
    lists: [
      {
        call: 'ListShares',
        path: '/shares/detail',
        collection: 'shares',
        sort: BY_ID,
        allProjects: ALL_TENANTS,
        isByOffset: true,
        next: 'none',
      },
    ],
  },
];
