import type { Inventory } from '../model/inventory.js';
import type { ManagedObject } from '../model/managed-object.js';
import type { ManagedEntityType } from '../model/managed-types.js';
import {
  CLUSTER_COMPUTE_RESOURCE,
  COMPUTE_RESOURCE,
  HOST_SYSTEM,
  RESOURCE_POOL,
  VIRTUAL_APP,
} from './compute.js';
import { DATACENTER, FOLDER } from './folder.js';
import { managedEntityFields } from './managed-entity.js';
import { containerView, customFieldsManager, serviceInstance, SESSION_MANAGER, TASK } from './service.js';
import {
  DATASTORE,
  DISTRIBUTED_VIRTUAL_PORTGROUP,
  DISTRIBUTED_VIRTUAL_SWITCH,
  NETWORK,
  OPAQUE_NETWORK,
  STORAGE_POD,
} from './storage-and-network.js';
import type { VimFields } from './vim-property.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_SNAPSHOT } from './virtual-machine.js';

/** Fields of one type only; which one is known by the key they are kept under. */
type FieldsOfSomeType = VimFields<never>;

const ENTITY_FIELDS: Record<ManagedEntityType, FieldsOfSomeType> = {
  Folder: FOLDER,
  StoragePod: { ...FOLDER, ...STORAGE_POD },
  Datacenter: DATACENTER,
  ComputeResource: COMPUTE_RESOURCE,
  ClusterComputeResource: CLUSTER_COMPUTE_RESOURCE,
  HostSystem: HOST_SYSTEM,
  ResourcePool: RESOURCE_POOL,
  VirtualApp: VIRTUAL_APP,
  VirtualMachine: VIRTUAL_MACHINE,
  Datastore: DATASTORE,
  Network: NETWORK,
  OpaqueNetwork: OPAQUE_NETWORK,
  DistributedVirtualPortgroup: DISTRIBUTED_VIRTUAL_PORTGROUP,
  DistributedVirtualSwitch: DISTRIBUTED_VIRTUAL_SWITCH,
  VmwareDistributedVirtualSwitch: DISTRIBUTED_VIRTUAL_SWITCH,
};

/** The properties of every type of managed object that a server has. */
export class PropertyCatalog {
  private readonly byType = new Map<string, VimFields<ManagedObject>>();

  constructor(inventory: Inventory) {
    const common = managedEntityFields(inventory.customFields);
    for (const [type, fields] of Object.entries(ENTITY_FIELDS)) this.add(type, { ...common, ...fields });
    this.add('VirtualMachineSnapshot', VIRTUAL_MACHINE_SNAPSHOT);
    this.add('Task', TASK);
    this.add('ContainerView', containerView(inventory));
    this.add('ServiceInstance', serviceInstance(inventory));
    this.add('SessionManager', SESSION_MANAGER);
    this.add('CustomFieldsManager', customFieldsManager(inventory));
  }

  /** The properties of an object's type. They may only be written of objects of that type. */
  of(type: string): VimFields<ManagedObject> {
    return this.byType.get(type) ?? {};
  }

  private add(type: string, fields: FieldsOfSomeType): void {
    // The key stands for the source's type from here on: `of(object.type)` is only written of that object.
    this.byType.set(type, fields as unknown as VimFields<ManagedObject>);
  }
}
