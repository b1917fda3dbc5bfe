import type { ResourceStatus } from '#domain';

import { boolean, integer, long, on, record, reference, text } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** Reservation and limit in MHz for the processor, in MB for memory; a limit of -1 is none. */
const allocation = record({
  reservation: long,
  expandableReservation: boolean,
  limit: long,
  shares: record({ shares: integer, level: text }),
});

/** "VirtualAppVAppState", API reference. */
const APP_STATE: Readonly<Record<string, ResourceStatus>> = {
  started: 'running',
  starting: 'starting',
  stopped: 'stopped',
  stopping: 'stopping',
};

/** Resource pools and vApps. Each cluster's or host's own pool is named `Resources`. */
export const resourcePools = defineVsphereTable({
  type: 'resourcePools',
  managedTypes: ['ResourcePool', 'VirtualApp'],
  properties: {
    owner: reference,
    config: record({ cpuAllocation: allocation, memoryAllocation: allocation }),
    summary: on(['VirtualApp'], record({ vAppState: text })),
    parentFolder: on(['VirtualApp'], reference),
  },
  ancestors: (pool) => [pool.parent, pool.parentFolder, pool.owner],

  describe({ properties: pool, place }) {
    const state = pool.summary?.vAppState;
    return {
      // Pools have no state, and a vApp's is optional.
      status: state === undefined ? 'available' : (APP_STATE[state] ?? 'unknown'),
      nativeStatus: state,
      zoneId: place.cluster?.name,
      relations: [
        ['member_of', pool.owner],
        ['contained_in', pool.parent],
        ['contained_in', pool.parentFolder],
      ],
    };
  },
});
