import type { VendorManifest } from '#vendor-kit';

import { RESOURCE_TYPES } from './resource-types.js';
import { AzureSettings, tenantInId } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'AZURE',
  title: 'Microsoft Azure',
  credentials: {
    ak: "The application's (client) id",
    sk: "The client secret's value; with client_certificate_pem, the passphrase of its key",
  },
  settings: AzureSettings,
  settingsFromId: (accountId) => {
    const tenant = tenantInId(accountId);
    return tenant === undefined ? {} : { tenant_id: tenant };
  },
  hasRegions: false,
  resourceTypes: RESOURCE_TYPES,
};
