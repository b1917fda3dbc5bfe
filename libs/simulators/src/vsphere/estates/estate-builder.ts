import type { SeededRandom } from '../../seeded-random.js';
import { uuidOf } from '../../seeded-random.js';
import type { Inventory } from '../model/inventory.js';
import type { FolderKind, GuestProfile, HostHardware, Vlan } from '../model/managed-object.js';
import {
  ClusterComputeResource,
  ComputeResource,
  Datacenter,
  Datastore,
  DistributedVirtualPortgroup,
  DistributedVirtualSwitch,
  Folder,
  HostSystem,
  Network,
  OpaqueNetwork,
  ResourcePool,
  StoragePod,
  VirtualApp,
} from '../model/managed-object.js';

const HOST_UUIDS = 0x4057;
const DATASTORE_UUIDS = 0xda7a;
const SWITCH_UUIDS = 0xd5;
const OPAQUE_UUIDS = 0x095c;
export const GIB = 1024 ** 3;
const TIB = 1024 ** 4;

/** Generated machines were booted and changed before this, so that an estate is the same on every day. */
export const ESTATE_TIME = Date.UTC(2026, 0, 15, 8, 0, 0);

/** Every VLAN: what an uplink port group trunks. */
const ALL_VLANS: Vlan = { start: 0, end: 4094 };

export const HOST_HARDWARE: HostHardware = {
  vendor: 'Dell Inc.',
  model: 'PowerEdge R750',
  cpuModel: 'Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz',
  cpuMhz: 1995,
  packages: 2,
  cores: 64,
  threads: 128,
  memoryBytes: 512 * GIB,
};

export const GUESTS = {
  ubuntu: {
    guestId: 'ubuntu64Guest',
    guestFullName: 'Ubuntu Linux (64-bit)',
    guestFamily: 'linuxGuest',
    firmware: 'efi',
    hardwareVersion: 'vmx-20',
  },
  redHat: {
    guestId: 'rhel9_64Guest',
    guestFullName: 'Red Hat Enterprise Linux 9 (64-bit)',
    guestFamily: 'linuxGuest',
    firmware: 'efi',
    hardwareVersion: 'vmx-19',
  },
  debian: {
    guestId: 'debian11_64Guest',
    guestFullName: 'Debian GNU/Linux 11 (64-bit)',
    guestFamily: 'linuxGuest',
    firmware: 'bios',
    hardwareVersion: 'vmx-17',
  },
  windows: {
    guestId: 'windows2019srvNext_64Guest',
    guestFullName: 'Microsoft Windows Server 2022 (64-bit)',
    guestFamily: 'windowsGuest',
    firmware: 'efi',
    hardwareVersion: 'vmx-20',
  },
} as const satisfies Record<string, GuestProfile>;

/** Builds the things an estate is made of, in the order a person would. */
export class EstateBuilder {
  private hosts = 0;
  private datastores = 0;
  private switches = 0;
  private opaqueNetworks = 0;

  constructor(
    readonly inventory: Inventory,
    readonly random: SeededRandom,
    private readonly switchType: DistributedVirtualSwitch['type'],
    /** Sets the identifiers of one estate apart from another's. */
    private readonly seed: number,
  ) {}

  datacenter(name: string, parent: Folder = this.inventory.root): Datacenter {
    const { inventory } = this;
    const id = inventory.newId('datacenter-');
    const folder = (prefix: string, kind: FolderKind): Folder =>
      inventory.register(new Folder(inventory.newId(prefix), kind, kind));
    const folders = {
      vm: folder('group-v', 'vm'),
      host: folder('group-h', 'host'),
      datastore: folder('group-s', 'datastore'),
      network: folder('group-n', 'network'),
    };
    return inventory.place(new Datacenter(id, name, folders), parent);
  }

  folder(name: string, parent: Folder): Folder {
    const prefixes: Record<FolderKind, string> = {
      datacenter: 'group-d',
      vm: 'group-v',
      host: 'group-h',
      datastore: 'group-s',
      network: 'group-n',
    };
    const { kind } = parent;
    return this.inventory.place(new Folder(this.inventory.newId(prefixes[kind]), name, kind), parent);
  }

  cluster(name: string, parent: Folder): ClusterComputeResource {
    const id = this.inventory.newId('domain-c');
    return this.inventory.place(new ClusterComputeResource(id, name, this.rootPool()), parent);
  }

  clusterHost(name: string, cluster: ClusterComputeResource): HostSystem {
    return this.inventory.addHost(cluster, this.host(name));
  }

  standaloneHost(name: string, parent: Folder): HostSystem {
    const id = this.inventory.newId('domain-s');
    const compute = this.inventory.place(new ComputeResource(id, name, this.rootPool()), parent);
    return this.inventory.addHost(compute, this.host(name));
  }

  pool(name: string, parent: ResourcePool): ResourcePool {
    return this.inventory.addPool(parent, new ResourcePool(this.inventory.newId('resgroup-'), name));
  }

  vApp(name: string, parent: ResourcePool): VirtualApp {
    return this.inventory.addPool(parent, new VirtualApp(this.inventory.newId('resgroup-v'), name));
  }

  datastore(name: string, parent: Folder, hosts: Iterable<HostSystem>): Datastore {
    this.datastores += 1;
    const uuid = uuidOf(DATASTORE_UUIDS ^ this.seed, this.datastores);
    const datastore = new Datastore(this.inventory.newId('datastore-'), name, uuid, 4 * TIB);
    this.inventory.place(datastore, parent);
    this.inventory.mount(datastore, hosts);
    return datastore;
  }

  storagePod(name: string, parent: Folder): StoragePod {
    return this.inventory.place(new StoragePod(this.inventory.newId('group-p'), name, 'datastore'), parent);
  }

  network(name: string, parent: Folder, hosts: Iterable<HostSystem>): Network {
    const network = new Network(this.inventory.newId('network-'), name);
    this.inventory.place(network, parent);
    this.inventory.mount(network, hosts);
    return network;
  }

  opaqueNetwork(name: string, parent: Folder, hosts: Iterable<HostSystem>): OpaqueNetwork {
    this.opaqueNetworks += 1;
    const id = uuidOf(OPAQUE_UUIDS ^ this.seed, this.opaqueNetworks);
    const network = new OpaqueNetwork(this.inventory.newId('network-o'), name, id);
    this.inventory.place(network, parent);
    this.inventory.mount(network, hosts);
    return network;
  }

  /** A distributed switch with its uplink port group. */
  distributedSwitch(name: string, parent: Folder, hosts: Iterable<HostSystem>): DistributedVirtualSwitch {
    this.switches += 1;
    const id = this.inventory.newId('dvs-');
    const uuid = uuidOf(SWITCH_UUIDS ^ this.seed, this.switches);
    const dvs = new DistributedVirtualSwitch(id, name, uuid, this.switchType);
    this.inventory.place(dvs, parent);
    for (const host of hosts) dvs.hosts.add(host);
    this.portgroup(`${name}-DVUplinks-${id.slice('dvs-'.length)}`, dvs, ALL_VLANS);
    return dvs;
  }

  portgroup(name: string, dvs: DistributedVirtualSwitch, vlan: Vlan): DistributedVirtualPortgroup {
    const id = this.inventory.newId('dvportgroup-');
    const portgroup = new DistributedVirtualPortgroup(id, name, dvs, vlan);
    const { parent } = dvs;
    if (!(parent instanceof Folder)) throw new Error(`The distributed switch ${dvs.name} is in no folder.`);
    this.inventory.place(portgroup, parent);
    this.inventory.mount(portgroup, dvs.hosts);
    dvs.portgroups.add(portgroup);
    return portgroup;
  }

  private rootPool(): ResourcePool {
    return this.inventory.register(new ResourcePool(this.inventory.newId('resgroup-'), 'Resources'));
  }

  private host(name: string): HostSystem {
    this.hosts += 1;
    const uuid = uuidOf(HOST_UUIDS ^ this.seed, this.hosts);
    const host = new HostSystem(this.inventory.newId('host-'), name, uuid, HOST_HARDWARE);
    host.bootedAt = ESTATE_TIME - this.hosts * 3_600_000;
    return host;
  }
}

const hexByte = (value: number): string => (value & 0xff).toString(16).padStart(2, '0');

/** The MAC address that vCenter would give the adapter of that number: in VMware's range. */
export function macAddress(number: number): string {
  return `00:50:56:${hexByte(0x80 | (number >> 16))}:${hexByte(number >> 8)}:${hexByte(number)}`;
}

/** Private addresses for the adapter of that number: one IPv4, one IPv6. */
export function addresses(number: number): readonly [string, string] {
  const ipv4 = `10.${(number >> 16) & 0xff}.${(number >> 8) & 0xff}.${number & 0xff}`;
  return [ipv4, `fd00:${(number >> 16).toString(16)}::${(number & 0xffff).toString(16)}`];
}
