import type { ResourceStatus } from '#domain';

import type { ConnectorDocument } from '../document/connector-document.js';
import type { FileDocument } from '../file/file-document.js';

/** That the source posts its pages by itself: what the account's setting `connector` holds instead of how it is read. */
export interface PushDocument {
  version: 1;
  source: 'push';
  /** For how long the source may post nothing. Default: {@link DEFAULT_TIMEOUT_MINUTES}. */
  timeout_minutes?: number;
  /** The source's words for states, and ours; whatever the case. */
  states?: Readonly<Record<string, ResourceStatus>>;
  /** The status of a state that neither `states` nor Muster knows. Default: `unknown`. */
  default_status?: ResourceStatus;
}

export const DEFAULT_TIMEOUT_MINUTES = 15;
export const MAX_TIMEOUT_MINUTES = 1_440;

export function isPushDocument(
  connector: ConnectorDocument | FileDocument | PushDocument,
): connector is PushDocument {
  return 'source' in connector;
}
