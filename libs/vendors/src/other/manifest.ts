import type { VendorManifest } from '#vendor-kit';

import { isFileDocument } from './file/file-document.js';
import { refusalOfState } from './file/state-succession.js';
import { isPushDocument } from './push/push-document.js';
import { PushIntake } from './push/push-intake.js';
import { RESOURCE_TYPES } from './resource-types.js';
import { OtherSettings } from './settings.js';

export const manifest: VendorManifest = {
  vendor: 'OTHER',
  title: 'Any other cloud',
  credentials: {
    ak: 'What the connector signs in with: a user name, client id or token id; not every cloud has one',
    sk: 'Its password, token or key',
  },
  // Tokens of Kubernetes and private keys.
  maxSecretCharacters: 4_096,
  settings: OtherSettings,
  hasPreview: true,
  takesDocument: (settings) => {
    const { connector } = settings as OtherSettings;
    if (!isFileDocument(connector)) return undefined;
    return connector.format === 'terraform_state' ? { refusalOf: refusalOfState } : {};
  },
  takesPages: (settings) => {
    const { connector } = settings as OtherSettings;
    return isPushDocument(connector) ? new PushIntake(connector) : undefined;
  },
  hasRegions: false,
  resourceTypes: RESOURCE_TYPES,
};
