import type { ManagedEntityType } from './managed-types.js';

/** Anything a managed object reference can point at: inventory, snapshots, and a server's own services. */
export interface ManagedObject {
  readonly type: string;
  /** The reference's value: `vm-1001`. Unique in one vCenter. */
  readonly id: string;
}

/** An object of the inventory tree. */
export abstract class ManagedEntity implements ManagedObject {
  abstract readonly type: ManagedEntityType;
  parent: ManagedEntity | undefined;
  customValues: Map<number, string> | undefined;

  constructor(
    readonly id: string,
    public name: string,
  ) {}
}

/** What a folder may hold: real vCenters make one of each per datacenter. */
export type FolderKind = 'datacenter' | 'vm' | 'host' | 'datastore' | 'network';

export class Folder extends ManagedEntity {
  readonly children = new Set<ManagedEntity>();

  constructor(
    id: string,
    name: string,
    readonly kind: FolderKind,
  ) {
    super(id, name);
  }

  get type(): 'Folder' | 'StoragePod' {
    return 'Folder';
  }
}

/** A datastore cluster. */
export class StoragePod extends Folder {
  override get type(): 'StoragePod' {
    return 'StoragePod';
  }
}

export interface DatacenterFolders {
  vm: Folder;
  host: Folder;
  datastore: Folder;
  network: Folder;
}

export class Datacenter extends ManagedEntity {
  constructor(
    id: string,
    name: string,
    readonly folders: DatacenterFolders,
  ) {
    super(id, name);
    for (const folder of Object.values(folders) as Folder[]) folder.parent = this;
  }

  get type(): 'Datacenter' {
    return 'Datacenter';
  }
}

/** A standalone host's compute resource, or with {@link ClusterComputeResource} a cluster. */
export class ComputeResource extends ManagedEntity {
  readonly hosts = new Set<HostSystem>();

  constructor(
    id: string,
    name: string,
    readonly rootPool: ResourcePool,
  ) {
    super(id, name);
    rootPool.parent = this;
  }

  get type(): 'ComputeResource' | 'ClusterComputeResource' {
    return 'ComputeResource';
  }
}

export class ClusterComputeResource extends ComputeResource {
  override get type(): 'ClusterComputeResource' {
    return 'ClusterComputeResource';
  }
}

/** What a host is made of; shared by all hosts of a model. */
export interface HostHardware {
  vendor: string;
  model: string;
  cpuModel: string;
  cpuMhz: number;
  packages: number;
  cores: number;
  threads: number;
  memoryBytes: number;
}

export class HostSystem extends ManagedEntity {
  readonly vms = new Set<VirtualMachine>();
  readonly datastores = new Set<Datastore>();
  readonly networks = new Set<Network>();
  connectionState: 'connected' | 'disconnected' | 'notResponding' = 'connected';
  powerState: 'poweredOn' | 'poweredOff' | 'standBy' | 'unknown' = 'poweredOn';
  inMaintenanceMode = false;
  /** Milliseconds since the epoch. */
  bootedAt = 0;

  constructor(
    id: string,
    name: string,
    readonly uuid: string,
    readonly hardware: HostHardware,
  ) {
    super(id, name);
  }

  get type(): 'HostSystem' {
    return 'HostSystem';
  }
}

export class ResourcePool extends ManagedEntity {
  readonly pools = new Set<ResourcePool>();
  readonly vms = new Set<VirtualMachine>();

  get type(): 'ResourcePool' | 'VirtualApp' {
    return 'ResourcePool';
  }
}

export class VirtualApp extends ResourcePool {
  override get type(): 'VirtualApp' {
    return 'VirtualApp';
  }
}

export class Datastore extends ManagedEntity {
  readonly hosts = new Set<HostSystem>();
  readonly vms = new Set<VirtualMachine>();
  kind: 'VMFS' | 'NFS' | 'vsan' = 'VMFS';
  accessible = true;
  maintenanceMode: 'normal' | 'inMaintenance' = 'normal';

  constructor(
    id: string,
    name: string,
    readonly uuid: string,
    public capacityBytes: number,
  ) {
    super(id, name);
  }

  get type(): 'Datastore' {
    return 'Datastore';
  }
}

export class Network extends ManagedEntity {
  readonly hosts = new Set<HostSystem>();
  readonly vms = new Set<VirtualMachine>();

  get type(): 'Network' | 'OpaqueNetwork' | 'DistributedVirtualPortgroup' {
    return 'Network';
  }
}

/** An NSX logical switch, as vCenter shows it. */
export class OpaqueNetwork extends Network {
  constructor(
    id: string,
    name: string,
    readonly opaqueNetworkId: string,
  ) {
    super(id, name);
  }

  override get type(): 'OpaqueNetwork' {
    return 'OpaqueNetwork';
  }
}

/** A VLAN id, or a trunk's range. */
export type Vlan = number | { start: number; end: number };

export class DistributedVirtualPortgroup extends Network {
  constructor(
    id: string,
    name: string,
    readonly distributedSwitch: DistributedVirtualSwitch,
    public vlan: Vlan,
  ) {
    super(id, name);
  }

  override get type(): 'DistributedVirtualPortgroup' {
    return 'DistributedVirtualPortgroup';
  }
}

export class DistributedVirtualSwitch extends ManagedEntity {
  readonly portgroups = new Set<DistributedVirtualPortgroup>();
  readonly hosts = new Set<HostSystem>();

  /** Real vCenters say `VmwareDistributedVirtualSwitch`, vcsim says `DistributedVirtualSwitch`. */
  constructor(
    id: string,
    name: string,
    readonly uuid: string,
    readonly type: 'DistributedVirtualSwitch' | 'VmwareDistributedVirtualSwitch',
  ) {
    super(id, name);
  }
}

/** What sets one kind of guest apart; shared by all its machines. */
export interface GuestProfile {
  guestId: string;
  guestFullName: string;
  guestFamily: 'linuxGuest' | 'windowsGuest';
  firmware: 'bios' | 'efi';
  /** The virtual hardware version: `vmx-19`. */
  hardwareVersion: string;
}

export interface VirtualDisk {
  /** The device key, unique in its machine: 2000 and up. */
  key: number;
  capacityBytes: number;
  thin: boolean;
  datastore: Datastore;
}

export interface VirtualNic {
  /** The device key, unique in its machine: 4000 and up. */
  key: number;
  macAddress: string;
  network: Network;
  /** What VMware Tools report; shown while they run. */
  addresses: readonly string[];
}

export interface Snapshot extends ManagedObject {
  readonly type: 'VirtualMachineSnapshot';
  readonly vm: VirtualMachine;
  /** Counts up within the machine. */
  readonly number: number;
  name: string;
  description: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** The machine's power state when it was taken. */
  powerState: PowerState;
  readonly children: Snapshot[];
}

export type PowerState = 'poweredOn' | 'poweredOff' | 'suspended';
export type ConnectionState = 'connected' | 'disconnected' | 'orphaned' | 'inaccessible' | 'invalid';

const NO_SNAPSHOTS: Snapshot[] = [];

export class VirtualMachine extends ManagedEntity {
  powerState: PowerState = 'poweredOff';
  connectionState: ConnectionState = 'connected';
  host: HostSystem | undefined;
  /** A template has none. */
  pool: ResourcePool | undefined;
  template = false;
  cpus = 1;
  coresPerSocket = 1;
  memoryMb = 1024;
  annotation = '';
  toolsRunning = false;
  disks: VirtualDisk[] = [];
  nics: VirtualNic[] = [];
  /** The roots of the snapshot tree. Replaced, never changed in place, as most machines share the empty list. */
  snapshots: readonly Snapshot[] = NO_SNAPSHOTS;
  currentSnapshot: Snapshot | undefined;
  /** Milliseconds since the epoch, as the next two. */
  createdAt = 0;
  modifiedAt = 0;
  bootedAt = 0;
  /** Counts configuration changes: `config.changeVersion`. */
  changes = 0;
  /** While a clone or creation runs, the machine has no `config` yet. */
  beingCreated = false;

  constructor(
    id: string,
    name: string,
    /** Unique among the estate's machines; its UUIDs derive from it. */
    readonly serial: number,
    readonly guest: GuestProfile,
  ) {
    super(id, name);
  }

  get type(): 'VirtualMachine' {
    return 'VirtualMachine';
  }

  get vApp(): VirtualApp | undefined {
    return this.pool instanceof VirtualApp ? this.pool : undefined;
  }
}
