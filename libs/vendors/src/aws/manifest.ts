import type { VendorManifest } from '#vendor-kit';

import { AwsSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'AWS',
  title: 'Amazon Web Services',
  credentials: {
    ak: 'Access key id: AKIA… or, of a temporary key, ASIA…; empty with host_identity',
    sk: 'Secret access key; of a temporary key with a colon and the session token behind it; empty with host_identity',
  },
  temporaryKeys: { token: 'session token', prefixes: { temporary: 'ASIA', lasting: 'AKIA' } },
  settings: AwsSettings,
  hasRegions: true,
  resourceTypes: [
    'vpcs',
    'subnets',
    'securityGroups',
    'images',
    'volumes',
    'snapshots',
    'networkInterfaces',
    'publicips',
    'keypairs',
    'routeTables',
    'natGateways',
    'cloudservers',
    'loadbalancers',
    'scalingGroups',
    'databaseClusters',
    'instances',
    'clusters',
    'functions',
    'buckets',
    'zones',
    'otherResources',
  ],
};
