import type { VendorManifest } from '#vendor-kit';

import { RESOURCE_TYPES } from './resource-types.js';
import { HcsSettings, placeInId } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'HCS',
  title: 'Huawei Cloud Stack',
  credentials: {
    ak: 'The access key id (AK); with the setting source: manageone a user of ManageOne',
    sk: 'The secret access key (SK), or that user’s password',
  },
  settings: HcsSettings,
  settingsFromId: (accountId) => placeInId(accountId) ?? {},
  hasRegions: true,
  resourceTypes: RESOURCE_TYPES,
};
