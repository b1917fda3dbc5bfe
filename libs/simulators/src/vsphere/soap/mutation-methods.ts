import type { Inventory } from '../model/inventory.js';
import { ownerOf } from '../model/inventory.js';
import type { ManagedObject, PowerState } from '../model/managed-object.js';
import {
  Datastore,
  Folder,
  HostSystem,
  ManagedEntity,
  Network,
  ResourcePool,
  VirtualMachine,
} from '../model/managed-object.js';
import type { Call } from './method-context.js';
import { resolve } from './method-context.js';
import type { RequestElement } from './parse-request.js';
import { childOf, isTrue, referenceOf, textOf } from './parse-request.js';
import {
  invalidArgument,
  invalidPowerState,
  invalidVmConfig,
  managedObjectNotFound,
  resourceInUse,
  VimFault,
} from './vim-fault.js';
import { referenceElement } from './vim-xml.js';

const DEFAULT_DISK_BYTES = 10 * 1024 ** 3;

/** Makes a change, and answers with the task that tells how it went. */
function* task(call: Call, name: string, change: () => ManagedObject | undefined): Generator<string> {
  const { server, self, session } = call;
  let result: ManagedObject | undefined;
  let error: VimFault | undefined;
  try {
    result = change();
  } catch (thrown) {
    if (!(thrown instanceof VimFault)) throw thrown;
    error = thrown;
  }
  const done = server.tasks.add({
    type: 'Task',
    id: server.inventory.newId('task-'),
    description: `${self.type}.${name}`,
    entity: self,
    userName: session?.userName ?? '',
    at: server.inventory.now(),
    ...(result && { result }),
    ...(error && { error }),
  });
  yield referenceElement('returnval', done);
}

/** The receiver, which the method table has checked to be a machine. */
function machine({ self }: Call): VirtualMachine {
  if (!(self instanceof VirtualMachine)) throw new TypeError(`${self.id} is no virtual machine.`);
  return self;
}

function entity({ self }: Call): ManagedEntity {
  if (!(self instanceof ManagedEntity)) throw new TypeError(`${self.id} is no managed entity.`);
  return self;
}

function refuseUnless(vm: VirtualMachine, allowed: PowerState[], requested: PowerState): void {
  if (!allowed.includes(vm.powerState)) throw invalidPowerState(requested, vm.powerState);
}

export function powerOn(call: Call): Generator<string> {
  return task(call, 'powerOn', () => {
    const vm = machine(call);
    refuseUnless(vm, ['poweredOff', 'suspended'], 'poweredOn');
    call.server.inventory.powerOn(vm);
    return undefined;
  });
}

export function powerOff(call: Call): Generator<string> {
  return task(call, 'powerOff', () => {
    const vm = machine(call);
    refuseUnless(vm, ['poweredOn', 'suspended'], 'poweredOff');
    call.server.inventory.powerOff(vm);
    return undefined;
  });
}

export function suspend(call: Call): Generator<string> {
  return task(call, 'suspend', () => {
    const vm = machine(call);
    if (vm.powerState === 'suspended') throw invalidPowerState('suspended', vm.powerState);
    refuseUnless(vm, ['poweredOn'], 'poweredOn');
    call.server.inventory.suspend(vm);
    return undefined;
  });
}

export function rename(call: Call): Generator<string> {
  return task(call, 'rename', () => {
    const target = entity(call);
    const name = textOf(call.arguments, 'newName');
    if (target.parent instanceof Folder && hasChildNamed(target.parent, name)) throw invalidArgument('name');
    call.server.inventory.rename(target, name);
    return undefined;
  });
}

export function destroy(call: Call): Generator<string> {
  return task(call, 'destroy', () => {
    const target = entity(call);
    refuseToDestroy(call.server.inventory, target);
    call.server.inventory.destroy(target);
    return undefined;
  });
}

export function createSnapshot(call: Call): Generator<string> {
  return task(call, 'createSnapshotEx', () =>
    call.server.inventory.addSnapshot(machine(call), {
      name: textOf(call.arguments, 'name'),
      description: textOf(call.arguments, 'description'),
      memory: isTrue(call.arguments, 'memory'),
    }),
  );
}

export function removeAllSnapshots(call: Call): Generator<string> {
  return task(call, 'RemoveAllSnapshots', () => {
    call.server.inventory.removeSnapshots(machine(call));
    return undefined;
  });
}

/** Creates a machine with one disk. Other devices of the specification are not looked at. */
export function createVm(call: Call): Generator<string> {
  return task(call, 'createVm', () => {
    const config = childOf(call.arguments, 'config');
    if (!config || textOf(config, 'name') === '') throw invalidVmConfig('configSpec.name');
    const path = textOf(childOf(config, 'files'), 'vmPathName');
    if (path === '') throw invalidVmConfig('configSpec.files.vmPathName');
    const pool = argument(call, 'pool', ResourcePool);
    const host = childOf(call.arguments, 'host') && argument(call, 'host', HostSystem);
    const folder = call.self instanceof Folder ? call.self : undefined;
    return call.server.inventory.createVm({
      name: textOf(config, 'name'),
      pool,
      ...(host && { host }),
      ...(folder && { folder }),
      cpus: positive(config, 'numCPUs', 1),
      memoryMb: positive(config, 'memoryMB', 32),
      disks: [
        { key: 2000, capacityBytes: DEFAULT_DISK_BYTES, thin: true, datastore: datastoreOf(pool, path) },
      ],
    });
  });
}

function argument<T extends ManagedObject>(
  { server, session, arguments: request }: Call,
  name: string,
  Kind: abstract new (...values: never[]) => T,
): T {
  const reference = referenceOf(childOf(request, name));
  const object = resolve(server, session, reference);
  if (!(object instanceof Kind)) throw managedObjectNotFound(reference, '');
  return object;
}

/** The datastore that a path such as `[datastore-1] vm/vm.vmx` names. */
function datastoreOf(pool: ResourcePool, path: string): Datastore {
  const name = path.slice(1, path.indexOf(']'));
  for (const host of ownerOf(pool).hosts) {
    for (const datastore of host.datastores) if (datastore.name === name) return datastore;
  }
  throw invalidVmConfig('configSpec.files.vmPathName');
}

function positive(config: RequestElement, name: string, fallback: number): number {
  const value = Number(textOf(config, name));
  return Number.isSafeInteger(value) && value > 0 ? value : fallback;
}

function hasChildNamed(folder: Folder, name: string): boolean {
  for (const child of folder.children) if (child.name === name) return true;
  return false;
}

/** What vcsim refuses to destroy: running machines, hosts, datastores and networks that have any, root pools. */
function refuseToDestroy(inventory: Inventory, target: ManagedEntity): void {
  if (target instanceof VirtualMachine) {
    if (target.powerState === 'poweredOn') throw invalidPowerState('poweredOff', target.powerState);
  } else if (target instanceof HostSystem || target instanceof Datastore || target instanceof Network) {
    if (target.vms.size > 0) throw resourceInUse();
  } else if (target instanceof ResourcePool) {
    if (!(target.parent instanceof ResourcePool)) throw invalidArgument();
  } else {
    for (const child of inventory.children(target)) {
      if (!(child instanceof ResourcePool)) refuseToDestroy(inventory, child);
    }
  }
}
