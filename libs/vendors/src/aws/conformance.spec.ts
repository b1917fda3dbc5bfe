import { type AwsSimulator, type AwsSimulatorOptions, startAwsSimulator } from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { awsAdapter } from './adapter.js';
import { manifest } from './manifest.js';

interface AwsPeer extends VendorPeer {
  simulator: AwsSimulator;
}

async function startPeer(options: AwsSimulatorOptions): Promise<AwsPeer> {
  const simulator = await startAwsSimulator({ regions: ['us-east-1', 'eu-west-1'], ...options });
  const { url, key } = simulator;
  return {
    simulator,
    access: {
      accountId: key.account,
      ak: key.accessKeyId,
      sk: key.secretAccessKey,
      settings: { endpoint: url },
    },
    close: () => simulator.close(),
  };
}

/** Two pages of everything: AWS gives pages of five or more. */
const PAGED = {
  vpcs: 6,
  subnets: 6,
  securityGroups: 6,
  routeTables: 6,
  natGateways: 6,
  addresses: 3,
  keyPairs: 3,
  images: 6,
  snapshots: 6,
  instances: 6,
  loadBalancers: 3,
  classicLoadBalancers: 3,
  databases: 21, // RDS gives pages of twenty or more
  databaseClusters: 21,
  scalingGroups: 3,
  clusters: 3,
  functions: 3,
  buckets: 6, // over two regions
  zones: 3,
  others: 4,
  othersOfNoRegion: 4,
};

describeVendorConformance<AwsPeer>({
  manifest,
  adapter: awsAdapter(2),
  adapterOf: awsAdapter,
  estates: {
    paged: () => startPeer({ counts: PAGED }),
    empty: () => startPeer({}),
    golden: () => startPeer({ preset: 'demo' }),
  },
  incidents: {
    clockSkew: {
      provoke: ({ simulator }) => {
        simulator.faults.clockAheadMs = 3_600_000;
      },
    },
    deletion: {
      type: 'cloudservers',
      provoke: ({ simulator }, { regionId }) => {
        simulator.estate().region(regionId).compute.instances.remove(0);
      },
    },
    forgottenPlace: {
      type: 'vpcs',
      provoke: ({ simulator }) => {
        simulator.faults.expireTokens();
      },
    },
  },
  documents: { haveNoNulls: true },
  failures: [
    {
      name: 'a key that lacks a permission',
      kind: 'permission',
      provoke: ({ simulator }) => {
        simulator.faults.deny(simulator.key.account, 'ec2:DescribeVpcs');
      },
    },
    {
      name: "EC2's own way to throttle, HTTP 503",
      kind: 'throttled',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'error', code: 'RequestLimitExceeded', status: 503 });
      },
    },
    {
      name: 'an internal error',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'error', code: 'InternalError', status: 500 });
      },
    },
    {
      name: 'a proxy whose AWS is gone',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'status', status: 502 });
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'cut' });
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ simulator }) => {
        simulator.faults.failNext(1, { kind: 'malformed' });
      },
    },
    {
      name: 'a key that was deleted',
      kind: 'credentials',
      provoke: ({ simulator }) => {
        simulator.principals.setKey({ ...simulator.key, secretAccessKey: 'another secret' });
      },
    },
  ],
});
