import { reference } from '../soap/shape.js';
import { nameOf } from '../vsphere-name.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** Datacenters: the regions of a vCenter. */
export const datacenters = defineVsphereTable({
  type: 'datacenters',
  managedTypes: ['Datacenter'],
  properties: {
    vmFolder: reference,
    hostFolder: reference,
    datastoreFolder: reference,
    networkFolder: reference,
  },

  describe: ({ reference: own, properties: datacenter }) => ({
    status: 'available',
    regionId: nameOf(datacenter.name, own),
    relations: [['contained_in', datacenter.parent]],
  }),
});
