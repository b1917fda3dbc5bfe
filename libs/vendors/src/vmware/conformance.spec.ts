import { startVsphereSimulator, type VsphereSimulator, type VsphereSimulatorOptions } from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { vmwareAdapter } from './adapter.js';
import { manifest } from './manifest.js';

interface VspherePeer extends VendorPeer {
  simulator: VsphereSimulator;
}

async function startPeer(options: VsphereSimulatorOptions): Promise<VspherePeer> {
  const simulator = await startVsphereSimulator({ dialect: 'vcenter', ...options });
  const { url, username, password } = simulator;
  return {
    simulator,
    access: { accountId: 'vcenter-1', ak: username, sk: password, settings: { endpoint: url } },
    close: () => simulator.close(),
  };
}

/** Two of everything, so that pages of one object are at least two. */
async function startPaged(): Promise<VspherePeer> {
  const two = { datacenters: 2, clusters: 1, clusterHosts: 1, standaloneHosts: 0, pools: 1, vApps: 1 };
  const counts = {
    ...two,
    virtualMachines: 8, // a page of snapshots looks at four machines
    datastores: 1,
    storagePods: 1,
    portgroups: 1,
    opaqueNetworks: 1,
  };
  const peer = await startPeer({ counts });
  const { inventory } = peer.simulator;
  for (const vm of inventory.virtualMachines()) inventory.addSnapshot(vm, { name: 'before' });
  return peer;
}

describeVendorConformance<VspherePeer>({
  manifest,
  adapter: vmwareAdapter(1),
  adapterOf: vmwareAdapter,
  estates: {
    paged: startPaged,
    empty: () => startPeer({ counts: { datacenters: 0, virtualMachines: 0 } }),
    golden: () => startPeer({ preset: 'demo' }),
  },
  // The root folder is always there.
  neverEmpty: ['folders'],
  incidents: {
    deletion: {
      type: 'cloudservers',
      provoke: ({ simulator: { inventory } }, { name }) => {
        const machine = [...inventory.virtualMachines()].find((candidate) => candidate.name === name);
        if (machine !== undefined) inventory.destroy(machine);
      },
    },
  },
  documents: { at: 'properties', haveNoNulls: true },
  failures: [
    {
      name: 'a method that is denied',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.denyMethod('RetrievePropertiesEx');
      },
    },
    {
      name: 'a vCenter that is down behind its proxy',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'status', status: 503 });
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'cut' }, 'RetrievePropertiesEx');
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'malformed' }, 'RetrievePropertiesEx');
      },
    },
  ],
});
