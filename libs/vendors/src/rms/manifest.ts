import type { VendorManifest } from '#vendor-kit';

import { RESOURCE_TYPES } from './resource-types.js';
import { domainInId, RmsSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'RMS',
  title: 'Huawei Cloud',
  credentials: {
    ak: 'The access key id (AK)',
    sk: 'The secret access key (SK); of a temporary key with a colon and the security token behind it',
  },
  temporaryKeys: { token: 'security token' },
  settings: RmsSettings,
  settingsFromId: (accountId) => {
    const domain = domainInId(accountId);
    return domain === undefined ? {} : { domain_id: domain };
  },
  hasRegions: true,
  resourceTypes: RESOURCE_TYPES,
};
