import { startTemplateSimulator, type TemplateSimulator, type TemplateSimulatorOptions } from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { templateAdapter } from './adapter.js';
import { manifest } from './manifest.js';

interface TemplatePeer extends VendorPeer {
  simulator: TemplateSimulator;
}

async function startPeer(options: TemplateSimulatorOptions): Promise<TemplatePeer> {
  const simulator = await startTemplateSimulator(options);
  const { url, accessKey, secret } = simulator;
  return {
    simulator,
    access: { accountId: 'account-1', ak: accessKey, sk: secret, settings: { endpoint: url } },
    close: () => simulator.close(),
  };
}

describeVendorConformance<TemplatePeer>({
  manifest,
  adapter: templateAdapter(2),
  adapterOf: templateAdapter,
  estates: {
    paged: () => startPeer({ perRegion: 5 }),
    empty: () => startPeer({ perRegion: 0 }),
    golden: () => startPeer({ perRegion: 7 }),
  },
  incidents: {
    deletion: {
      type: 'cloudservers',
      provoke: ({ simulator }, { nativeId }) => {
        simulator.remove(nativeId);
      },
    },
    forgottenPlace: {
      type: 'cloudservers',
      provoke: ({ simulator }) => {
        simulator.forgetMarkers();
      },
    },
  },
  failures: [
    {
      name: 'a key that may not read it',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.deny('disks:read');
      },
    },
    {
      name: 'too many calls',
      kind: 'throttled',
      provoke: ({ simulator }) => {
        simulator.throttleNext(1, 7);
      },
    },
    {
      name: 'a server that is down behind its proxy',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.failures.failNext(1, { kind: 'status', status: 503 });
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.failures.failNext(1, { kind: 'cut' });
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.failures.failNext(1, { kind: 'malformed' });
      },
    },
  ],
});
