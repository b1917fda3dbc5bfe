import type { VendorManifest } from '#vendor-kit';

import { endpointInId } from './auth-url.js';
import { CLOUDS_YAML } from './clouds-yaml.js';
import { OpenstackSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'OPENSTACK',
  title: 'OpenStack',
  credentials: {
    ak: "The user's name, or an application credential's id; with a clouds.yaml in sk, the name of the cloud in it",
    sk: "The password, or the application credential's secret; or the content of a clouds.yaml",
  },
  // The secret of an application credential has 86 as Keystone makes it.
  maxSecretCharacters: 255,
  credentialsFile: CLOUDS_YAML,
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
