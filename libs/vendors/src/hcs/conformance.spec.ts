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

interface HcsPeer extends VendorPeer {
  simulator: HcsSimulator;
}

async function startPeer(estate?: HcsEstate): Promise<HcsPeer> {
  const simulator = await startHcsSimulator(estate === undefined ? {} : { estate });
  const { url, accessKey, secretKey, caPem } = simulator;
  const place = { home_region: 'sa-fb-1', cloud_domain: 'cloud.example.com' };
  return {
    simulator,
    access: {
      accountId: 'hcs-1',
      ak: accessKey,
      sk: secretKey,
      settings: { ...place, endpoint: url, tls_ca_pem: caPem },
    },
    close: () => simulator.close(),
  };
}

function emptyEstate(): HcsEstate {
  const builder = new HcsEstateBuilder();
  builder.project('sa-fb-1');
  return builder.estate;
}

const VPCS = 'ListVpcs';

describeVendorConformance<HcsPeer>({
  manifest,
  adapter: hcsAdapter(1),
  adapterOf: hcsAdapter,
  documents: { at: 'document' },
  estates: {
    paged: () => startPeer(buildPagedHcsEstate()),
    empty: () => startPeer(emptyEstate()),
    golden: () => startPeer(),
  },
  incidents: {
    clockSkew: {
      provoke: ({ simulator }) => {
        simulator.faults.clockAheadMs = 3_600_000;
      },
    },
    deletion: {
      type: 'instances',
      provoke: ({ simulator: { estate } }, { nativeId }) => {
        estate.remove('databases', estate.projects[0]?.id ?? '', nativeId);
      },
    },
    forgottenPlace: {
      type: 'volumes',
      provoke: ({ simulator: { estate } }) => {
        const [project] = estate.projects;
        const volumes = estate.list('volumes', project?.id ?? '');
        const [first] = volumes.splice(0, 1);
        volumes.push({ ...first, id: 'ffffffff-ffff-4fff-afff-ffffffffffff' });
      },
    },
  },
  failures: [
    {
      name: 'a call that the user may not make',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.deniedCalls.add(VPCS);
      },
    },
    {
      name: 'a service that is not deployed',
      kind: 'absent',
      provoke: ({ simulator }) => {
        simulator.faults.missingCalls.add(VPCS);
      },
    },
    {
      name: 'too many calls',
      kind: 'throttled',
      provoke: ({ simulator }) => {
        simulator.faults.throttleNext(1, VPCS);
      },
    },
    {
      name: 'a server that is down behind its gateway',
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
