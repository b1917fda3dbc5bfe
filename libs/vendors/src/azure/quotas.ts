import type { CallLimit } from '#domain';

/** Queries of Azure Resource Graph. */
export const RESOURCE_GRAPH_API = 'resource-graph';
/** Reads of Azure Resource Manager itself. */
export const RESOURCE_MANAGER_API = 'resource-manager';
/** Lists of the storage resource provider. */
export const STORAGE_API = 'storage';
/** Tokens, which Microsoft Entra ID gives: a call or two a sync, of which no limit is published. */
export const SIGN_IN_API = 'sign-in';

/**
 * Resource Graph: 15 queries in 5 seconds per principal ("Guidance for throttled requests in Azure Resource
 * Graph"). Resource Manager: a bucket of 250 reads per principal and subscription, refilled by 25 a second
 * ("Understand how Azure Resource Manager throttles requests"): those have each their own, by their id behind a slash.
 * Storage: 100 lists in 5 minutes per subscription and region ("Azure Storage resource provider limits").
 */
export const QUOTAS: Readonly<Record<string, CallLimit>> = {
  [RESOURCE_GRAPH_API]: { perSecond: 3, burst: 15 },
  [RESOURCE_MANAGER_API]: { perSecond: 25, burst: 250 },
  [STORAGE_API]: { perSecond: 1 / 3, burst: 100 },
};
