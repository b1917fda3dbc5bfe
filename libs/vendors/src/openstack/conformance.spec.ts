import { openstack } from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { openstackAdapter } from './adapter.js';
import { manifest } from './manifest.js';

interface OpenstackPeer extends VendorPeer {
  simulator: openstack.OpenstackSimulator;
  estate: openstack.ModelEstate;
}

async function startPeer(estate: openstack.ModelEstate): Promise<OpenstackPeer> {
  const simulator = await openstack.startOpenstackSimulator({ estate });
  const { authUrl, password, caPem } = simulator;
  const settings = { endpoint: authUrl, project_name: 'admin', tls_ca_pem: caPem };
  return {
    simulator,
    estate,
    access: { accountId: 'conformance', ak: 'admin', sk: password, settings },
    close: () => simulator.close(),
  };
}

/** Two of everything, so that pages of one item are at least two. */
function pagedEstate(): openstack.ModelEstate {
  const builder = new openstack.EstateBuilder();
  const project = builder.project('admin');
  for (const name of ['one', 'two']) {
    const where = { project };
    const server = builder.server(where, name);
    const volume = builder.volume(where, name, server.id);
    builder.snapshot(where, name, volume.id);
    builder.image(where, name);
    builder.flavor(where, name);
    builder.hypervisor(where, name);
    builder.serverGroup(where, name, [server.id]);
    builder.network(where, name, server.id);
    builder.services(where, name);
    builder.keypair(where, name, 'admin');
  }
  return builder.estate;
}

function emptyEstate(): openstack.ModelEstate {
  const builder = new openstack.EstateBuilder();
  builder.project('admin');
  return builder.estate;
}

/** What the suite's failing listing calls: that of the first table. */
const FIRST_CALL = 'ListNetworks';

describeVendorConformance<OpenstackPeer>({
  manifest,
  adapter: openstackAdapter(1),
  adapterOf: openstackAdapter,
  estates: {
    paged: () => startPeer(pagedEstate()),
    empty: () => startPeer(emptyEstate()),
    golden: () => startPeer(openstack.buildDemoEstate()),
  },
  failures: [
    {
      name: 'a policy that refuses',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.denied.add(FIRST_CALL);
      },
    },
    {
      name: 'a role that was taken away',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.lostRoles.add('admin');
      },
    },
    {
      name: 'a service that is not in the catalog',
      kind: 'absent',
      provoke: ({ simulator }) => {
        simulator.faults.missingServices.add('network');
        simulator.faults.revokeTokens();
      },
    },
    {
      name: 'too many calls, in the words of Nova',
      kind: 'throttled',
      provoke: ({ simulator }) => {
        simulator.faults.throttleNext(1, 413, { retryAfter: '2', call: FIRST_CALL });
      },
    },
    {
      name: 'a server that is down behind its proxy',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'status', status: 503 }, FIRST_CALL);
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'cut' }, FIRST_CALL);
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'malformed' }, FIRST_CALL);
      },
    },
  ],
  // By offset, where a deletion moves up what comes behind it.
  incidents: {
    deletion: {
      type: 'shares',
      provoke: ({ estate }, { nativeId }) => {
        estate.remove('shares', nativeId);
      },
    },
    // The page's own items are the place, so it is forgotten with them.
    forgottenPlace: {
      type: 'cloudservers',
      provoke: ({ estate }) => {
        estate.remove('servers', estate.items('servers')[0]?.id ?? '');
      },
    },
  },
});
