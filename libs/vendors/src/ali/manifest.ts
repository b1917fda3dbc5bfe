import type { VendorManifest } from '#vendor-kit';

import { AliSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'ALI',
  title: 'Alibaba Cloud',
  credentials: { ak: 'AccessKey ID of a RAM user', sk: 'AccessKey secret' },
  settings: AliSettings,
  hasRegions: true,
  resourceTypes: [
    'cloudservers',
    'images',
    'keypairs',
    'natGateways',
    'networkInterfaces',
    'publicips',
    'routeTables',
    'securityGroups',
    'snapshots',
    'subnets',
    'volumes',
    'vpcs',
  ],
};
