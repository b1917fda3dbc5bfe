import type { Datacenter, FolderKind, ManagedEntity } from '../model/managed-object.js';
import { Datastore, Folder, Network } from '../model/managed-object.js';
import type { VimFields } from './vim-property.js';
import { arrayOf, reference, references } from './vim-property.js';

const CHILD_TYPES: Record<FolderKind, readonly string[]> = {
  datacenter: ['Folder', 'Datacenter'],
  vm: ['Folder', 'VirtualMachine', 'VirtualApp'],
  host: ['Folder', 'ComputeResource'],
  datastore: ['Folder', 'Datastore', 'StoragePod'],
  network: ['Folder', 'Network', 'DistributedVirtualSwitch'],
};

/** A folder's properties, beyond those of every entity. */
export const FOLDER: VimFields<Folder> = {
  childEntity: references((folder) => folder.children),
  childType: arrayOf('string', (folder, tag) =>
    (folder.type === 'StoragePod' ? ['Datastore'] : CHILD_TYPES[folder.kind])
      .map((type) => `<${tag}>${type}</${tag}>`)
      .join(''),
  ),
};

function* below<T extends ManagedEntity>(
  folder: Folder,
  isWanted: (entity: ManagedEntity) => entity is T,
): Generator<T> {
  for (const child of folder.children) {
    if (isWanted(child)) yield child;
    if (child instanceof Folder) yield* below(child, isWanted);
  }
}

const isDatastore = (entity: ManagedEntity): entity is Datastore => entity instanceof Datastore;
const isNetwork = (entity: ManagedEntity): entity is Network => entity instanceof Network;

/** A datacenter's properties, beyond those of every entity. */
export const DATACENTER: VimFields<Datacenter> = {
  datastore: references(({ folders }) => below(folders.datastore, isDatastore)),
  datastoreFolder: reference(({ folders }) => folders.datastore),
  hostFolder: reference(({ folders }) => folders.host),
  network: references(({ folders }) => below(folders.network, isNetwork)),
  networkFolder: reference(({ folders }) => folders.network),
  vmFolder: reference(({ folders }) => folders.vm),
};
