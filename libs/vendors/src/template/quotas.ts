import type { CallLimit } from '#domain';

/** All of the cloud's API. */
export const TEMPLATE_API = 'api';

/** What the vendor publishes, with the source. Without any, leave it out: it is learned when the vendor throttles. */
export const QUOTAS: Readonly<Record<string, CallLimit>> = {
  [TEMPLATE_API]: { perSecond: 20, burst: 40 },
};
