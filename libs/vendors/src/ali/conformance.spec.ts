import { ali } from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { aliAdapter } from './adapter.js';
import { manifest } from './manifest.js';

interface AliPeer extends VendorPeer {
  simulator: ali.AliSimulator;
}

/** The least that every listing takes. */
const PAGE_LIMIT = 10;
/** Of everything, so that it takes three pages, one of them not full. */
const PAGED = 23;

async function startPeer(options: ali.AliSimulatorOptions): Promise<AliPeer> {
  const simulator = await ali.startAliSimulator(options);
  const { endpoint, accountId, accessKeyId, accessKeySecret } = simulator;
  return {
    simulator,
    access: { accountId, ak: accessKeyId, sk: accessKeySecret, settings: { endpoint } },
    close: () => simulator.close(),
  };
}

function all(count: number): Record<ali.Kind, number> {
  return Object.fromEntries(Object.keys(ali.NO_COUNTS).map((kind) => [kind, count])) as Record<
    ali.Kind,
    number
  >;
}

describeVendorConformance<AliPeer>({
  manifest,
  adapter: aliAdapter(PAGE_LIMIT),
  adapterOf: aliAdapter,
  estates: {
    paged: () => startPeer({ regions: ['cn-hangzhou', 'eu-central-1'], counts: all(PAGED) }),
    empty: () => startPeer({ counts: all(0) }),
    golden: () => startPeer({ preset: 'demo' }),
  },
  incidents: {
    clockSkew: {
      provoke: ({ simulator }) => {
        simulator.failures.clockAheadMs = 3_600_000;
      },
    },
    deletion: {
      type: 'volumes',
      provoke: ({ simulator }) => {
        simulator.estate.delete('disk', 'cn-hangzhou', 0);
      },
    },
    forgottenPlace: {
      type: 'cloudservers',
      provoke: ({ simulator }) => {
        simulator.failures.expireTokens();
      },
    },
  },
  documents: { at: 'document', haveNoNulls: true },
  failures: [
    {
      name: 'an action that the RAM user lacks',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.failures.deniedActions.add('vpc:DescribeVpcs');
      },
    },
    {
      name: 'too many calls',
      kind: 'throttled',
      provoke: ({ simulator }) =>
        simulator.failures.failNext(1, { kind: 'error', status: 400, code: 'Throttling.User' }),
    },
    {
      name: 'a region that is down',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.failures.downRegions.add('cn-hangzhou');
      },
    },
    {
      name: 'a proxy whose service is down',
      kind: 'unavailable',
      provoke: ({ simulator }) => simulator.failures.failNext(1, { kind: 'status', status: 503 }),
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => simulator.failures.failNext(1, { kind: 'cut' }),
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => simulator.failures.failNext(1, { kind: 'malformed' }),
    },
    {
      name: 'a product that the region does not have',
      kind: 'absent',
      provoke: ({ simulator }) => {
        simulator.failures.missingProducts.add('vpc cn-hangzhou');
      },
    },
    {
      name: 'a signature that is wrong',
      kind: 'credentials',
      provoke: ({ simulator }) =>
        simulator.failures.failNext(1, { kind: 'error', status: 400, code: 'SignatureDoesNotMatch' }),
    },
  ],
});
