import type { RmsEstate } from '#simulators';
import { RmsEstateBuilder, type RmsSimulator, startRmsSimulator } from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { rmsAdapter } from './adapter.js';
import { manifest } from './manifest.js';

interface RmsPeer extends VendorPeer {
  simulator: RmsSimulator;
}

async function startPeer(estate?: RmsEstate): Promise<RmsPeer> {
  const simulator = await startRmsSimulator(estate === undefined ? {} : { estate });
  const { url, accessKey, secretKey, domainId, caPem } = simulator;
  const endpoints = { endpoint: url, iam_endpoint: url, ecs_endpoint: url };
  return {
    simulator,
    access: {
      accountId: domainId,
      ak: accessKey,
      sk: secretKey,
      settings: { ...endpoints, tls_ca_pem: caPem },
    },
    close: () => simulator.close(),
  };
}

/** Two of everything so that pages of one resource are at least two. */
function pagedEstate(): RmsEstate {
  const builder = new RmsEstateBuilder();
  const region = builder.region('cn-north-4', 'CN North-Beijing4');
  for (const number of [1, 2]) {
    const vpc = builder.network(region, `net-${String(number)}`, number);
    builder.server(vpc, `server-${String(number)}`, { publicAddress: `121.36.0.${String(number)}` });
    builder.services(vpc, `some-${String(number)}`);
  }
  builder.globals('some');
  return builder.estate;
}

function emptyEstate(): RmsEstate {
  const builder = new RmsEstateBuilder();
  builder.region('cn-north-4', 'CN North-Beijing4');
  return builder.estate;
}

const LISTING = 'ListAllResources';

describeVendorConformance<RmsPeer>({
  manifest,
  adapter: rmsAdapter(1),
  adapterOf: rmsAdapter,
  estates: {
    paged: () => startPeer(pagedEstate()),
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
      type: 'cloudservers',
      provoke: ({ simulator }, { nativeId }) => {
        simulator.estate.remove(nativeId);
      },
    },
    forgottenPlace: {
      type: 'volumes',
      provoke: ({ simulator }) => {
        simulator.faults.expireMarkers();
      },
    },
  },
  failures: [
    {
      name: 'a permission that the user lacks',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.deniedActions.add('rms:resources:list');
      },
    },
    {
      name: 'a region that is restricted',
      kind: 'absent',
      provoke: ({ simulator }) => {
        simulator.faults.restrictedRegions.add('cn-north-4');
      },
    },
    {
      name: 'too many calls',
      kind: 'throttled',
      provoke: ({ simulator }) => {
        simulator.faults.throttleNext(1, 2, LISTING);
      },
    },
    {
      name: 'a server that is down behind its gateway',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'status', status: 503 }, LISTING);
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'cut' }, LISTING);
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'malformed' }, LISTING);
      },
    },
  ],
});
