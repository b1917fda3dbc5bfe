import type { VendorManifest } from '#vendor-kit';

import { endpointInId } from './endpoint.js';
import { VmwareSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'VMWARE',
  title: 'VMware vSphere',
  credentials: { ak: 'User name, with its domain: muster@vsphere.local', sk: 'Password' },
  settings: VmwareSettings,
  settingsFromId: (accountId) => {
    const endpoint = endpointInId(accountId);
    return endpoint === undefined ? {} : { endpoint };
  },
  hasRegions: false,
  resourceTypes: [
    'cloudservers',
    'computeClusters',
    'datacenters',
    'datastoreClusters',
    'datastores',
    'distributedSwitches',
    'folders',
    'hosts',
    'networks',
    'resourcePools',
    'serverSnapshots',
  ],
};
