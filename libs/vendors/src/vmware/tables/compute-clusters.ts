import { boolean, integer, long, record, text } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** Clusters of hosts. */
export const computeClusters = defineVsphereTable({
  type: 'computeClusters',
  managedTypes: ['ClusterComputeResource'],
  properties: {
    summary: record({
      numHosts: integer,
      numCpuCores: integer,
      numCpuThreads: integer,
      /** MHz. */
      totalCpu: integer,
      /** Bytes. */
      totalMemory: long,
    }),
    configurationEx: record({
      dasConfig: record({ enabled: boolean, admissionControlEnabled: boolean }),
      drsConfig: record({ enabled: boolean, defaultVmBehavior: text }),
    }),
  },

  describe: ({ properties: cluster }) => ({
    status: 'available',
    relations: [['contained_in', cluster.parent]],
  }),
});
