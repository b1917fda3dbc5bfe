import type { VendorManifest } from '#vendor-kit';

import { endpointInId } from './auth-url.js';
import { OpenstackSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'OPENSTACK',
  title: 'OpenStack',
  credentials: {
    ak: "The user's name, or an application credential's id",
    sk: "The password, or the application credential's secret",
  },
  // The secret of an application credential has 86 as Keystone makes it.
  maxSecretCharacters: 255,
  settings: OpenstackSettings,
  settingsFromId: (accountId) => {
    const endpoint = endpointInId(accountId);
    return endpoint === undefined ? {} : { endpoint };
  },
  hasRegions: true,
  resourceTypes: [
    'cloudservers',
    'clusters',
    'flavors',
    'hosts',
    'images',
    'keypairs',
    'loadbalancers',
    'networkInterfaces',
    'publicips',
    'routers',
    'securityGroups',
    'serverGroups',
    'shares',
    'snapshots',
    'subnets',
    'volumes',
    'vpcs',
    'zones',
  ],
};
