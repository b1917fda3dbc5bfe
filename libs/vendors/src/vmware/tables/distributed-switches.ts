import { instant, integer, record, text } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** Distributed switches. vCenter's are `VmwareDistributedVirtualSwitch`, a subclass; vcsim's the plain class. */
export const distributedSwitches = defineVsphereTable({
  type: 'distributedSwitches',
  managedTypes: ['DistributedVirtualSwitch', 'VmwareDistributedVirtualSwitch'],
  properties: {
    uuid: text,
    config: record({ description: text, createTime: instant, maxMtu: integer, numPorts: integer }),
    summary: record({
      numHosts: integer,
      productInfo: record({ name: text, vendor: text, version: text, build: text }),
    }),
  },

  describe: ({ properties: { config, parent } }) => ({
    status: 'available',
    createdAt: config?.createTime,
    relations: [['contained_in', parent]],
  }),
});
