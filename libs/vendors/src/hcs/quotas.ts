import type { CallLimit } from '#domain';

import { type HcsService, SERVICE_HOSTS } from './endpoints.js';

/**
 * A private cloud's gateway bears what its operator has given it, and nobody publishes how much. Three listings of a
 * project at once are asked for at most this often, of each service of a region.
 */
const POLITE: CallLimit = { perSecond: 10, burst: 20 };

/** ManageOne is people's console as well. One call at a time is made of it, of some 1,000 rows at the most. */
const OF_MANAGEONE: CallLimit = { perSecond: 5, burst: 10 };

export const QUOTAS: Readonly<Record<string, CallLimit>> = {
  ...Object.fromEntries(Object.keys(SERVICE_HOSTS).map((service) => [service, POLITE])),
  oc: OF_MANAGEONE,
};

/** What a region's service is called at the gate: each region has a gateway of its own. */
export function apiOf(service: HcsService, region: string): string {
  return `${service}/${region}`;
}
