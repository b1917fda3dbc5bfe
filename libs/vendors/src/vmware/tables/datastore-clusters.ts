import { long, record } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** Datastore clusters (storage pods). */
export const datastoreClusters = defineVsphereTable({
  type: 'datastoreClusters',
  managedTypes: ['StoragePod'],
  properties: {
    /** Bytes. */
    summary: record({ capacity: long }),
  },

  describe: ({ properties: pod }) => ({ status: 'available', relations: [['contained_in', pod.parent]] }),
});
