import type { AzureModelEstate } from '#simulators';
import { AzureEstateBuilder, type AzureSimulator, startAzureSimulator } from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { azureAdapter } from './adapter.js';
import { manifest } from './manifest.js';

const SUBSCRIPTION = '0a1b2c3d-0000-4000-8000-00000000000a';

interface AzurePeer extends VendorPeer {
  simulator: AzureSimulator;
  estate: AzureModelEstate | undefined;
}

async function startPeer(estate?: AzureModelEstate): Promise<AzurePeer> {
  const simulator = await startAzureSimulator(estate === undefined ? {} : { estate });
  const { url, tenantId, clientId, clientSecret, caPem } = simulator;
  const settings = { tenant_id: tenantId, endpoint: url, authority: url, tls_ca_pem: caPem };
  return {
    simulator,
    estate,
    access: { accountId: tenantId, ak: clientId, sk: clientSecret, settings },
    close: () => simulator.close(),
  };
}

/** Two of everything, so that pages of one row are at least two. */
function pagedEstate(): AzureModelEstate {
  const builder = new AzureEstateBuilder();
  builder.subscription(SUBSCRIPTION, 'Paged');
  for (const number of [1, 2]) {
    const place = {
      subscriptionId: SUBSCRIPTION,
      resourceGroup: `Group-${String(number)}`,
      location: 'eastus',
    };
    builder.group(place);
    const network = builder.network(place, 'net', number);
    builder.machine(place, 'machine', network);
    builder.services(place, 'some', network);
  }
  return builder.estate;
}

function emptyEstate(): AzureModelEstate {
  const builder = new AzureEstateBuilder();
  builder.subscription(SUBSCRIPTION, 'Empty');
  return builder.estate;
}

describeVendorConformance<AzurePeer>({
  manifest,
  adapter: azureAdapter(1),
  adapterOf: azureAdapter,
  estates: {
    paged: () => startPeer(pagedEstate()),
    empty: () => startPeer(emptyEstate()),
    golden: () => startPeer(),
  },
  incidents: {
    deletion: {
      type: 'cloudservers',
      provoke: ({ estate }, { nativeId }) => {
        estate?.remove(nativeId);
      },
    },
  },
  failures: [
    {
      name: 'a role without the type',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.denyAction('Microsoft.Resources/subscriptions/resourceGroups/read');
      },
    },
    {
      name: 'a role that was taken away',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.hideSubscription(SUBSCRIPTION);
      },
    },
    {
      name: 'too many queries',
      kind: 'throttled',
      provoke: ({ simulator }) => {
        simulator.faults.throttleNext(1, 2, 'ResourceGraph');
      },
    },
    {
      name: 'a server that is down behind its proxy',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'status', status: 503 }, 'ResourceGraph');
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'cut' }, 'ResourceGraph');
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'malformed' }, 'ResourceGraph');
      },
    },
  ],
});
