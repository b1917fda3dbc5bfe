import type { VendorManifest } from '#vendor-kit';

import { AliSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'ALI',
  title: 'Alibaba Cloud',
  credentials: {
    ak: 'AccessKey ID of a RAM user, LTAI…, or of STS, STS.…',
    sk: 'AccessKey secret; of a key of STS with a colon and the security token behind it',
  },
  temporaryKeys: { token: 'security token', prefixes: { temporary: 'STS.', lasting: 'LTAI' } },
  settings: AliSettings,
  hasRegions: true,
  resourceTypes: [
    'buckets',
    'cloudservers',
    'clusters',
    'functions',
    'images',
    'instances',
    'keypairs',
    'loadbalancers',
    'natGateways',
    'networkInterfaces',
    'otherResources',
    'publicips',
    'routeTables',
    'scalingGroups',
    'securityGroups',
    'snapshots',
    'subnets',
    'volumes',
    'vpcs',
    'zones',
  ],
};
