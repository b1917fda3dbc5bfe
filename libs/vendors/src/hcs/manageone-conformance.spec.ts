import {
  buildPagedHcsEstate,
  type HcsEstate,
  HcsEstateBuilder,
  type HcsSimulator,
  startHcsSimulator,
} from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { hcsAdapter } from './adapter.js';
import { manifest } from './manifest.js';

interface ManageOnePeer extends VendorPeer {
  simulator: HcsSimulator;
}

async function startPeer(estate?: HcsEstate): Promise<ManageOnePeer> {
  const simulator = await startHcsSimulator(estate === undefined ? {} : { estate });
  const { url, userName, password, caPem } = simulator;
  const place = { home_region: 'sa-fb-1', cloud_domain: 'cloud.example.com' };
  return {
    simulator,
    access: {
      accountId: 'manageone-1',
      ak: userName,
      sk: password,
      settings: { ...place, source: 'manageone', endpoint: url, tls_ca_pem: caPem },
    },
    close: () => simulator.close(),
  };
}

const VPCS = 'CLOUD_VPC';

describeVendorConformance<ManageOnePeer>({
  // What is listed whole is in no region.
  manifest: { ...manifest, hasRegions: false },
  adapter: hcsAdapter(1),
  adapterOf: hcsAdapter,
  documents: { at: 'row' },
  estates: {
    paged: () => startPeer(buildPagedHcsEstate()),
    empty: () => startPeer(new HcsEstateBuilder().estate),
    golden: () => startPeer(),
  },
  incidents: {
    deletion: {
      type: 'instances',
      provoke: ({ simulator: { estate } }, { nativeId }) => {
        estate.remove('databases', estate.projects[0]?.id ?? '', nativeId);
      },
    },
    forgottenPlace: {
      type: 'volumes',
      provoke: ({ simulator: { estate } }) => {
        const volumes = estate.list('volumes', estate.projects[0]?.id ?? '');
        const ids = volumes.map(({ id }) => (typeof id === 'string' ? id : ''));
        volumes.forEach((volume, index) => {
          volume['id'] = (ids[index] ?? '').replace(/^./, 'f');
        });
      },
    },
  },
  failures: [
    {
      name: 'a class that the user may not read',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.deniedCalls.add(VPCS);
      },
    },
    {
      name: 'a class that this build does not know',
      kind: 'absent',
      provoke: ({ simulator }) => {
        simulator.faults.missingCalls.add(VPCS);
      },
    },
    {
      name: 'too many calls',
      kind: 'throttled',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'status', status: 429 }, VPCS);
      },
    },
    {
      name: 'a server that is down behind its proxy',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'status', status: 503 }, VPCS);
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'cut' }, VPCS);
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'malformed' }, VPCS);
      },
    },
  ],
});
