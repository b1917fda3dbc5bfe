import type { CallLimit } from '#domain';

/** Config, the former Resource Management Service. */
export const CONFIG_API = 'config';
/** Identity and Access Management: a call or two a sync. */
export const IAM_API = 'iam';
/** Elastic Cloud Server; a region behind a slash, as each limits its own. */
export const ECS_API = 'ecs';

/**
 * No limit is published for these calls; the gateway's own default is 200 a second for a user and API. A tenth of it
 * leaves the rest to the account's other users. What a region or API bears less of is learned when it throttles.
 */
const POLITE: CallLimit = { perSecond: 20, burst: 40 };

export const QUOTAS: Readonly<Record<string, CallLimit>> = {
  [CONFIG_API]: POLITE,
  [IAM_API]: POLITE,
  [ECS_API]: POLITE,
};
