import type {
  Datacenter,
  Datastore,
  Folder,
  GuestProfile,
  HostSystem,
  Network,
  ResourcePool,
  VirtualMachine,
} from '../model/managed-object.js';
import type { EstateBuilder } from './estate-builder.js';
import { addresses, ESTATE_TIME, GIB, GUESTS, macAddress } from './estate-builder.js';

/** How much of what a generated estate has. Per datacenter, unless it says otherwise. */
export interface EstateCounts {
  /** In all. */
  datacenters: number;
  clusters: number;
  /** Per cluster. */
  clusterHosts: number;
  standaloneHosts: number;
  /** Per cluster, below its root pool. */
  pools: number;
  /** Per cluster. */
  vApps: number;
  /** In all, spread over the pools in turn. */
  virtualMachines: number;
  virtualMachineFolders: number;
  datastores: number;
  storagePods: number;
  portgroups: number;
  opaqueNetworks: number;
  /** One in how many machines is switched off; 0: none. */
  poweredOffOneIn: number;
}

/** What vcsim serves unless told otherwise. */
export const PLAIN_COUNTS: EstateCounts = {
  datacenters: 1,
  clusters: 1,
  clusterHosts: 3,
  standaloneHosts: 1,
  pools: 0,
  vApps: 0,
  virtualMachines: 4,
  virtualMachineFolders: 0,
  datastores: 1,
  storagePods: 0,
  portgroups: 1,
  opaqueNetworks: 0,
  poweredOffOneIn: 0,
};

const LARGE_DATACENTERS = 2;
const LARGE_CLUSTERS = 4;
const VMS_PER_HOST = 40;

/** The counts of a big estate in usual proportions: about 40 machines a host, 25 clusters' worth of folders. */
export function largeCounts(virtualMachines: number): EstateCounts {
  const clusters = LARGE_DATACENTERS * LARGE_CLUSTERS;
  return {
    ...PLAIN_COUNTS,
    datacenters: LARGE_DATACENTERS,
    clusters: LARGE_CLUSTERS,
    clusterHosts: Math.max(1, Math.ceil(virtualMachines / (VMS_PER_HOST * clusters))),
    standaloneHosts: 0,
    pools: 2,
    virtualMachines,
    virtualMachineFolders: 25,
    datastores: 12,
    storagePods: 1,
    portgroups: 20,
    poweredOffOneIn: 20,
  };
}

/** Where machines go: a pool, with the hosts, datastores and networks they can have there. */
interface Home {
  prefix: string;
  pool: ResourcePool;
  hosts: [HostSystem, ...HostSystem[]];
  datastores: [Datastore, ...Datastore[]];
  networks: [Network, ...Network[]];
  folders: [Folder, ...Folder[]];
  created: number;
}

/** Generates an estate that looks like vcsim's, names included. */
export function buildPlainEstate(builder: EstateBuilder, counts: EstateCounts): void {
  const homes: Home[] = [];
  for (let index = 0; index < counts.datacenters; index += 1) {
    homes.push(...buildDatacenter(builder, `DC${index}`, counts));
  }
  for (let index = 0; index < counts.virtualMachines && homes.length > 0; index += 1) {
    const home = homes[index % homes.length];
    if (home) createMachine(builder, home, index, counts.poweredOffOneIn);
  }
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

type NonEmpty<T> = [T, ...T[]];

const nonEmpty = <T>(items: T[], fallback: T): NonEmpty<T> => {
  const [first, ...rest] = items;
  return first === undefined ? [fallback] : [first, ...rest];
};

function buildDatacenter(builder: EstateBuilder, name: string, counts: EstateCounts): Home[] {
  const datacenter = builder.datacenter(name);
  const { folders } = datacenter;
  const standalone = times(counts.standaloneHosts, (i) =>
    builder.standaloneHost(`${name}_H${i}`, folders.host),
  );
  const clusters = times(counts.clusters, (i) => {
    const cluster = builder.cluster(`${name}_C${i}`, folders.host);
    times(counts.clusterHosts, (host) => builder.clusterHost(`${name}_C${i}_H${host}`, cluster));
    return cluster;
  });
  const hosts = [...standalone, ...clusters.flatMap((cluster) => [...cluster.hosts])];
  const shared = buildStorageAndNetworks(builder, datacenter, hosts, counts);
  const home = (prefix: string, pool: ResourcePool, of: HostSystem[]): Home[] => {
    const [first, ...rest] = of;
    return first ? [{ prefix, pool, hosts: [first, ...rest], ...shared, created: 0 }] : [];
  };
  return [
    ...standalone.flatMap((host) => home(host.name, rootPoolOf(host), [host])),
    ...clusters.flatMap((cluster) => {
      const of = [...cluster.hosts];
      const pools = times(counts.pools, (i) => builder.pool(`${cluster.name}_RP${i + 1}`, cluster.rootPool));
      const vApps = times(counts.vApps, (i) => builder.vApp(`${cluster.name}_APP${i}`, cluster.rootPool));
      const plain = pools.length === 0 ? home(`${cluster.name}_RP0`, cluster.rootPool, of) : [];
      return [...plain, ...[...pools, ...vApps].flatMap((pool) => home(pool.name, pool, of))];
    }),
  ];
}

function rootPoolOf(host: HostSystem): ResourcePool {
  const { parent } = host;
  if (!parent || !('rootPool' in parent)) throw new Error(`The host ${host.name} has no compute resource.`);
  return parent.rootPool as ResourcePool;
}

function buildStorageAndNetworks(
  builder: EstateBuilder,
  { name, folders }: Datacenter,
  hosts: HostSystem[],
  counts: EstateCounts,
): Pick<Home, 'datastores' | 'networks' | 'folders'> {
  const pods = times(counts.storagePods, (i) => builder.storagePod(`${name}_POD${i}`, folders.datastore));
  const datastores = times(counts.datastores, (i) =>
    builder.datastore(
      `${name === 'DC0' ? '' : `${name}_`}LocalDS_${i}`,
      pods[i % 2] ?? folders.datastore,
      hosts,
    ),
  );
  const standard = builder.network('VM Network', folders.network, hosts);
  const dvs = builder.distributedSwitch(name === 'DC0' ? 'DVS0' : `${name}_DVS0`, folders.network, hosts);
  const portgroups = times(counts.portgroups, (i) => builder.portgroup(`${name}_DVPG${i}`, dvs, 100 + i));
  times(counts.opaqueNetworks, (i) => builder.opaqueNetwork(`${name}_NSX${i}`, folders.network, hosts));
  const machineFolders = times(counts.virtualMachineFolders, (i) =>
    builder.folder(`${name}_F${i}`, folders.vm),
  );
  const fallback = datastores[0] ?? builder.datastore(`${name}_LocalDS_0`, folders.datastore, hosts);
  return {
    datastores: nonEmpty(datastores, fallback),
    networks: nonEmpty<Network>(portgroups, standard),
    folders: nonEmpty(machineFolders, folders.vm),
  };
}

const GUEST_CHOICES: readonly [GuestProfile, ...GuestProfile[]] = [
  GUESTS.ubuntu,
  GUESTS.redHat,
  GUESTS.windows,
];
const MEMORY_MB = [2048, 4096, 8192, 16_384] as const;
const CPUS = [1, 2, 4, 8] as const;
const DISK_BYTES = [20 * GIB, 40 * GIB, 100 * GIB] as const;

function createMachine(
  { inventory, random }: EstateBuilder,
  home: Home,
  index: number,
  poweredOffOneIn: number,
): VirtualMachine {
  const datastore = random.pick(home.datastores);
  const vm = inventory.createVm({
    name: `${home.prefix}_VM${home.created}`,
    guest: random.pick(GUEST_CHOICES),
    folder: home.folders[index % home.folders.length] ?? home.folders[0],
    pool: home.pool,
    host: home.hosts[home.created % home.hosts.length] ?? home.hosts[0],
    cpus: random.pick(CPUS),
    memoryMb: random.pick(MEMORY_MB),
    disks: [{ key: 2000, capacityBytes: random.pick(DISK_BYTES), thin: true, datastore }],
    nics: [
      {
        key: 4000,
        macAddress: macAddress(index),
        network: random.pick(home.networks),
        addresses: addresses(index),
      },
    ],
  });
  home.created += 1;
  vm.createdAt = ESTATE_TIME - random.below(365 * 24 * 3600) * 1000;
  vm.modifiedAt = vm.createdAt;
  if (poweredOffOneIn === 0 || !random.chance(poweredOffOneIn)) inventory.powerOn(vm);
  return vm;
}
