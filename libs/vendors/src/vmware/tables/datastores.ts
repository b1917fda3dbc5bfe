import { boolean, long, record, text } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** Datastores. Their free space changes all the time and is left out. */
export const datastores = defineVsphereTable({
  type: 'datastores',
  managedTypes: ['Datastore'],
  properties: {
    summary: record({
      /** Stays the same in every vCenter: `ds:///vmfs/volumes/{uuid}/`. */
      url: text,
      type: text,
      /** Bytes. */
      capacity: long,
      accessible: boolean,
      multipleHostAccess: boolean,
      maintenanceMode: text,
    }),
  },

  describe: ({ properties: { summary, parent } }) => ({
    status: summary?.accessible === false ? 'error' : 'available',
    nativeStatus: summary?.accessible === false ? 'inaccessible' : summary?.maintenanceMode,
    relations: [[parent?.type === 'StoragePod' ? 'member_of' : 'contained_in', parent]],
  }),
});
