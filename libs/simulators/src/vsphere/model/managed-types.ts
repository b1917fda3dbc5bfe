/** The managed object types the simulator holds, each with the types it inherits from (vim25 API reference). */
const ANCESTORS = {
  Folder: ['ManagedEntity'],
  StoragePod: ['Folder', 'ManagedEntity'],
  Datacenter: ['ManagedEntity'],
  ComputeResource: ['ManagedEntity'],
  ClusterComputeResource: ['ComputeResource', 'ManagedEntity'],
  HostSystem: ['ManagedEntity'],
  ResourcePool: ['ManagedEntity'],
  VirtualApp: ['ResourcePool', 'ManagedEntity'],
  VirtualMachine: ['ManagedEntity'],
  Datastore: ['ManagedEntity'],
  Network: ['ManagedEntity'],
  OpaqueNetwork: ['Network', 'ManagedEntity'],
  DistributedVirtualPortgroup: ['Network', 'ManagedEntity'],
  DistributedVirtualSwitch: ['ManagedEntity'],
  VmwareDistributedVirtualSwitch: ['DistributedVirtualSwitch', 'ManagedEntity'],
} as const satisfies Record<string, readonly string[]>;

/** The type of an inventory object, as in its managed object reference. */
export type ManagedEntityType = keyof typeof ANCESTORS;

const VIEW_TYPES = new Set<string>(['ManagedEntity', ...Object.keys(ANCESTORS)]);

/** Types that may be the root of a container view: those that can have children. */
const CONTAINER_TYPES = new Set<string>([
  'Folder',
  'StoragePod',
  'Datacenter',
  'ComputeResource',
  'ClusterComputeResource',
  'HostSystem',
  'ResourcePool',
  'VirtualApp',
]);

/** Whether a container view may be asked for the type. */
export function isViewType(type: string): boolean {
  return VIEW_TYPES.has(type);
}

/** Whether a container view may start at an object of the type. */
export function isContainerType(type: string): boolean {
  return CONTAINER_TYPES.has(type);
}

/** Whether an object of `type` is a `wanted`: the type itself or one that it inherits from. */
export function isKindOf(type: string, wanted: string): boolean {
  if (type === wanted) return true;
  const ancestors: readonly string[] | undefined = (ANCESTORS as Record<string, readonly string[]>)[type];
  return ancestors?.includes(wanted) ?? false;
}
