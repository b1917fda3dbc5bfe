import { defineResourceTable, required } from '#vendor-kit';

import type { VsphereConnection } from '../connection.js';
import {
  boolean,
  instant,
  integer,
  lazy,
  list,
  type ManagedObjectReference,
  record,
  reference,
  type Shape,
  text,
  type ValuesOf,
} from '../soap/shape.js';
import {
  READ_PRIVILEGES,
  readObjects,
  referencePages,
  resourceOf,
  type VsphereObject,
} from '../vsphere-table.js';

/** One snapshot and those made on top of it ("VirtualMachineSnapshotTree", API reference). */
interface SnapshotTree {
  snapshot?: ManagedObjectReference;
  id?: number;
  name?: string;
  description?: string;
  createTime?: string;
  /** The power state it holds. */
  state?: string;
  quiesced?: boolean;
  childSnapshotList?: SnapshotTree[];
}

const tree: Shape<SnapshotTree> = record({
  snapshot: reference,
  id: integer,
  name: text,
  description: text,
  createTime: instant,
  state: text,
  quiesced: boolean,
  childSnapshotList: list(lazy(() => tree)),
});

/** Most machines have no snapshot and so next to nothing to send: more of them make a page. */
const MACHINES_PER_OBJECT = 4;

const selection = {
  managedTypes: ['VirtualMachine'],
  properties: {
    parentVApp: reference,
    snapshot: record({ currentSnapshot: reference, rootSnapshotList: list(tree) }),
  },
  ancestors: (vm: { parent?: ManagedObjectReference; parentVApp?: ManagedObjectReference }) => [
    vm.parent,
    vm.parentVApp,
  ],
};

/** A snapshot, and the machine and snapshot it stands on. */
interface Snapshot extends Pick<VsphereObject, 'place'> {
  tree: SnapshotTree & { snapshot: ManagedObjectReference };
  machine: ManagedObjectReference;
  parent: ManagedObjectReference | undefined;
  current: boolean;
}

/** Snapshots of virtual machines. vSphere has no list of them; each machine holds its own as a tree. */
export const serverSnapshots = defineResourceTable<VsphereConnection, Snapshot>({
  type: 'serverSnapshots',
  permissions: READ_PRIVILEGES,

  async *pages({ connection, resumeAt, signal }) {
    const reading = { connection, resumeAt, signal };
    const machinesPerPage = MACHINES_PER_OBJECT * connection.objectsPerPage;
    for await (const { references, ...rest } of referencePages(selection, reading, machinesPerPage)) {
      const machines = await connection.collector.objects(references, selection.properties, signal);
      const bearers = machines.filter(({ properties }) => properties.snapshot !== undefined);
      const items = await readObjects(
        bearers.map(({ reference: machine }) => machine),
        selection,
        reading,
      );
      yield { items: items.flatMap(snapshotsOf), ...rest };
    }
  },

  toResource({ tree: node, machine, parent, place, current }, scope) {
    const { snapshot, childSnapshotList: _children, ...properties } = node;
    const object = { reference: snapshot, properties, unreadable: [], place, tags: {} };
    return resourceOf(object, scope, {
      status: 'available',
      nativeStatus: node.state,
      createdAt: node.createTime,
      relations: [
        ['snapshot_of', machine],
        ['contained_in', parent],
      ],
      document: { vm: machine, parent, current },
    });
  },
});

function snapshotsOf(machine: VsphereObject<ValuesOf<typeof selection.properties>>): Snapshot[] {
  const { snapshot } = machine.properties;
  const found: Snapshot[] = [];
  const walk = (trees: readonly SnapshotTree[], parent: ManagedObjectReference | undefined): void => {
    for (const node of trees) {
      const own = required(node.snapshot, 'VirtualMachineSnapshotTree.snapshot');
      const current = snapshot?.currentSnapshot?.value === own.value;
      found.push({
        tree: { ...node, snapshot: own },
        machine: machine.reference,
        parent,
        place: machine.place,
        current,
      });
      walk(node.childSnapshotList ?? [], own);
    }
  };
  walk(snapshot?.rootSnapshotList ?? [], undefined);
  return found;
}
