import type { VendorManifest } from '#vendor-kit';

import { TemplateSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'OTHER',
  title: 'Template Cloud',
  credentials: { ak: 'Id of the access key', sk: 'Secret of the access key' },
  settings: TemplateSettings,
  hasRegions: true,
  resourceTypes: ['cloudservers', 'volumes'],
};
