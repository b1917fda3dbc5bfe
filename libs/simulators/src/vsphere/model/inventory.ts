import type {
  GuestProfile,
  ManagedObject,
  PowerState,
  Snapshot,
  VirtualDisk,
  VirtualNic,
} from './managed-object.js';
import {
  ComputeResource,
  Datacenter,
  Datastore,
  DistributedVirtualPortgroup,
  DistributedVirtualSwitch,
  Folder,
  HostSystem,
  ManagedEntity,
  Network,
  ResourcePool,
  VirtualMachine,
} from './managed-object.js';
import { isKindOf } from './managed-types.js';

/** A custom attribute that entities may carry a value of. */
export interface CustomField {
  key: number;
  name: string;
  /** The type it is limited to; absent: any. */
  managedObjectType?: string;
}

/** Who the simulated server says it is: `ServiceContent.about`. */
export interface About {
  instanceUuid: string;
  version: string;
  apiVersion: string;
  build: string;
}

/** What a new machine is like; what is left out gets a sensible value. */
export interface NewVirtualMachine {
  name: string;
  guest?: GuestProfile;
  /** Absent: the first datacenter's, unless the machine is in a vApp. */
  folder?: Folder;
  pool: ResourcePool;
  host?: HostSystem;
  disks?: readonly VirtualDisk[];
  nics?: readonly VirtualNic[];
  cpus?: number;
  memoryMb?: number;
}

export interface NewSnapshot {
  name: string;
  description?: string;
  /** Whether it holds the memory of a running machine, so that it counts as taken in that power state. */
  memory?: boolean;
}

const SERIALS_PER_SEED = 1_000_000;

const DEFAULT_GUEST: GuestProfile = {
  guestId: 'otherGuest',
  guestFullName: 'Other (32-bit)',
  guestFamily: 'linuxGuest',
  firmware: 'bios',
  hardwareVersion: 'vmx-19',
};

/**
 * The estate of a simulated vCenter: a plain object model with its references kept consistent both ways.
 * Tests change it directly; clients change it over the wire, and both see the same. Nothing here reads a
 * clock of its own or rolls dice, so the same steps give the same estate.
 */
export class Inventory {
  readonly root = new Folder('group-d1', 'Datacenters', 'datacenter');
  readonly customFields: CustomField[] = [];
  private readonly objects = new Map<string, ManagedObject>([[this.root.id, this.root]]);
  private lastNumber = 1;
  private lastSerial: number;

  constructor(
    readonly about: About,
    /** The time that changes are stamped with, in milliseconds since the epoch. */
    public now: () => number,
    /** Sets the estate's machines apart from those of one with another seed. */
    seed: number,
  ) {
    this.lastSerial = seed * SERIALS_PER_SEED;
  }

  /** A fresh managed object id such as `vm-1001`; like a real vCenter, one counter for all types. */
  newId(prefix: string): string {
    this.lastNumber += 1;
    return `${prefix}${this.lastNumber}`;
  }

  newSerial(): number {
    this.lastSerial += 1;
    return this.lastSerial;
  }

  get(id: string): ManagedObject | undefined {
    return this.objects.get(id);
  }

  /** The first entity of that name. @throws when there is none. */
  named(name: string): ManagedEntity {
    for (const object of this.objects.values()) {
      if (object instanceof ManagedEntity && object.name === name) return object;
    }
    throw new Error(`The simulated inventory has nothing named ${name}.`);
  }

  /** Every entity of a type, subtypes included, in the order of creation. */
  *ofType(type: string): Generator<ManagedEntity> {
    for (const object of this.objects.values()) {
      if (object instanceof ManagedEntity && isKindOf(object.type, type)) yield object;
    }
  }

  /** Every machine, in the order of creation. */
  *virtualMachines(): Generator<VirtualMachine> {
    for (const object of this.objects.values()) if (object instanceof VirtualMachine) yield object;
  }

  /** What a container view finds one level below an object, as vcsim walks it. */
  children(object: ManagedEntity): Iterable<ManagedEntity> {
    if (object instanceof VirtualMachine) return [];
    if (object instanceof Folder) return object.children;
    if (object instanceof ResourcePool) return [...object.pools, ...object.vms];
    if (object instanceof HostSystem) return object.vms;
    if (object instanceof ComputeResource) return [...object.hosts, object.rootPool];
    if (object instanceof Datacenter) return Object.values(object.folders) as Folder[];
    return [];
  }

  /** Registers an object that hangs in no folder: a pool, a host in a cluster, a datacenter's own folders. */
  register<T extends ManagedObject>(object: T): T {
    this.objects.set(object.id, object);
    return object;
  }

  /** Registers an object as a child of a folder. */
  place<T extends ManagedEntity>(object: T, folder: Folder): T {
    object.parent = folder;
    folder.children.add(object);
    return this.register(object);
  }

  addHost(compute: ComputeResource, host: HostSystem): HostSystem {
    host.parent = compute;
    compute.hosts.add(host);
    return this.register(host);
  }

  addPool<T extends ResourcePool>(parent: ResourcePool, pool: T): T {
    pool.parent = parent;
    parent.pools.add(pool);
    return this.register(pool);
  }

  /** Lets hosts see a datastore or network. */
  mount(storage: Datastore | Network, hosts: Iterable<HostSystem>): void {
    for (const host of hosts) {
      storage.hosts.add(host);
      if (storage instanceof Datastore) host.datastores.add(storage);
      else host.networks.add(storage);
    }
  }

  createVm(spec: NewVirtualMachine): VirtualMachine {
    const compute = ownerOf(spec.pool);
    const vm = new VirtualMachine(
      this.newId('vm-'),
      spec.name,
      this.newSerial(),
      spec.guest ?? DEFAULT_GUEST,
    );
    vm.cpus = spec.cpus ?? 1;
    vm.memoryMb = spec.memoryMb ?? 1024;
    vm.createdAt = this.now();
    vm.modifiedAt = vm.createdAt;
    vm.host = spec.host ?? first(compute.hosts);
    vm.pool = spec.pool;
    spec.pool.vms.add(vm);
    vm.host?.vms.add(vm);
    for (const disk of spec.disks ?? []) this.addDisk(vm, disk);
    for (const nic of spec.nics ?? []) this.addNic(vm, nic);
    if (spec.folder) return this.place(vm, spec.folder);
    return vm.vApp ? this.register(vm) : this.place(vm, datacenterOf(compute).folders.vm);
  }

  addDisk(vm: VirtualMachine, disk: VirtualDisk): void {
    vm.disks.push(disk);
    disk.datastore.vms.add(vm);
  }

  addNic(vm: VirtualMachine, nic: VirtualNic): void {
    vm.nics.push(nic);
    nic.network.vms.add(vm);
  }

  destroyVm(vm: VirtualMachine): void {
    this.destroy(vm);
  }

  /**
   * Removes an object and everything below it, and clears all references to it. Only a resource pool leaves its
   * machines and pools behind: they go to the pool it was in.
   */
  destroy(object: ManagedEntity): void {
    if (object instanceof ResourcePool && object.parent instanceof ResourcePool) {
      this.emptyInto(object, object.parent);
    }
    for (const child of [...this.children(object)]) {
      if (!(object instanceof HostSystem && child instanceof VirtualMachine)) this.destroy(child);
    }
    if (object instanceof VirtualMachine) this.unlinkVm(object);
    if (object instanceof HostSystem) this.unlinkHost(object);
    if (object instanceof Datastore || object instanceof Network) this.unlinkStorage(object);
    if (object.parent instanceof Folder) object.parent.children.delete(object);
    if (object.parent instanceof ResourcePool && object instanceof ResourcePool)
      object.parent.pools.delete(object);
    this.objects.delete(object.id);
  }

  powerOn(vm: VirtualMachine): void {
    this.setPowerState(vm, 'poweredOn');
    vm.bootedAt = this.now();
    vm.toolsRunning = vm.nics.some((nic) => nic.addresses.length > 0);
  }

  powerOff(vm: VirtualMachine): void {
    this.setPowerState(vm, 'poweredOff');
  }

  suspend(vm: VirtualMachine): void {
    this.setPowerState(vm, 'suspended');
  }

  rename(object: ManagedEntity, name: string): void {
    object.name = name;
    if (object instanceof VirtualMachine) this.touch(object);
  }

  /** Moves a machine to another host of the same vCenter, keeping its pool when that spans the host. */
  moveToHost(vm: VirtualMachine, host: HostSystem): void {
    vm.host?.vms.delete(vm);
    vm.host = host;
    host.vms.add(vm);
    const compute = host.parent;
    if (!(compute instanceof ComputeResource) || !vm.pool || ownerOf(vm.pool) === compute) return;
    vm.pool.vms.delete(vm);
    vm.pool = compute.rootPool;
    vm.pool.vms.add(vm);
  }

  /** Moves an object to another folder. */
  moveToFolder(object: ManagedEntity, folder: Folder): void {
    if (object.parent instanceof Folder) object.parent.children.delete(object);
    this.place(object, folder);
  }

  /** Adds a snapshot below the current one, and makes it the current one. */
  addSnapshot(vm: VirtualMachine, { name, description = '', memory = false }: NewSnapshot): Snapshot {
    const snapshot: Snapshot = this.register({
      type: 'VirtualMachineSnapshot',
      id: this.newId('snapshot-'),
      vm,
      number: countSnapshots(vm.snapshots) + 1,
      name,
      description,
      createdAt: this.now(),
      powerState: memory ? vm.powerState : 'poweredOff',
      children: [],
    });
    if (vm.currentSnapshot) vm.currentSnapshot.children.push(snapshot);
    else vm.snapshots = [...vm.snapshots, snapshot];
    vm.currentSnapshot = snapshot;
    return snapshot;
  }

  /** Takes all of a machine's snapshots away. */
  removeSnapshots(vm: VirtualMachine): void {
    for (const snapshot of vm.snapshots) this.forgetSnapshot(snapshot);
    vm.snapshots = [];
    vm.currentSnapshot = undefined;
  }

  /** Records that a machine's configuration has changed. */
  touch(vm: VirtualMachine): void {
    vm.changes += 1;
    vm.modifiedAt = this.now();
  }

  private emptyInto(pool: ResourcePool, target: ResourcePool): void {
    for (const child of pool.pools) {
      child.parent = target;
      target.pools.add(child);
    }
    for (const vm of pool.vms) {
      vm.pool = target;
      target.vms.add(vm);
      if (!vm.parent) this.place(vm, datacenterOf(ownerOf(target)).folders.vm);
    }
    pool.pools.clear();
    pool.vms.clear();
  }

  private setPowerState(vm: VirtualMachine, state: PowerState): void {
    vm.powerState = state;
    if (state !== 'poweredOn') vm.toolsRunning = false;
  }

  private forgetSnapshot(snapshot: Snapshot): void {
    this.objects.delete(snapshot.id);
    for (const child of snapshot.children) this.forgetSnapshot(child);
  }

  private unlinkVm(vm: VirtualMachine): void {
    this.removeSnapshots(vm);
    vm.host?.vms.delete(vm);
    vm.pool?.vms.delete(vm);
    for (const disk of vm.disks) disk.datastore.vms.delete(vm);
    for (const nic of vm.nics) nic.network.vms.delete(vm);
  }

  private unlinkHost(host: HostSystem): void {
    for (const vm of [...host.vms]) this.destroy(vm);
    for (const datastore of host.datastores) datastore.hosts.delete(host);
    for (const network of host.networks) network.hosts.delete(host);
    for (const entity of this.ofType('DistributedVirtualSwitch')) {
      if (entity instanceof DistributedVirtualSwitch) entity.hosts.delete(host);
    }
    if (host.parent instanceof ComputeResource) host.parent.hosts.delete(host);
  }

  private unlinkStorage(storage: Datastore | Network): void {
    for (const host of storage.hosts) {
      if (storage instanceof Datastore) host.datastores.delete(storage);
      else host.networks.delete(storage);
    }
    for (const vm of storage.vms) {
      vm.disks = vm.disks.filter(({ datastore }) => datastore !== storage);
      vm.nics = vm.nics.filter(({ network }) => network !== storage);
    }
    if (storage instanceof DistributedVirtualPortgroup) storage.distributedSwitch.portgroups.delete(storage);
  }
}

/** The cluster or standalone host that a pool belongs to. */
export function ownerOf(pool: ResourcePool): ComputeResource {
  let entity: ManagedEntity | undefined = pool;
  while (entity && !(entity instanceof ComputeResource)) entity = entity.parent;
  if (!entity) throw new Error(`The simulated resource pool ${pool.id} belongs to no compute resource.`);
  return entity;
}

/** The datacenter an entity is in. @throws for the root folder and the like. */
export function datacenterOf(entity: ManagedEntity): Datacenter {
  let current: ManagedEntity | undefined = entity;
  while (current && !(current instanceof Datacenter)) current = current.parent;
  if (!current) throw new Error(`The simulated object ${entity.id} is in no datacenter.`);
  return current;
}

function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}

function countSnapshots(snapshots: readonly Snapshot[]): number {
  return snapshots.reduce((count, snapshot) => count + 1 + countSnapshots(snapshot.children), 0);
}
