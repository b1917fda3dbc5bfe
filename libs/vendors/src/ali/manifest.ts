import type { VendorManifest } from '#vendor-kit';

import { AliSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'ALI',
  title: 'Alibaba Cloud',
  credentials: { ak: 'AccessKey ID of a RAM user', sk: 'AccessKey secret' },
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
