import type { OfferedScope } from '#vendor-kit';

import { eachAtMost } from '../shared/each-at-most.js';
import type { AwsConnection } from './aws-connection.js';
import { type AwsPlace, GLOBAL, scopeKey } from './regions.js';

/** The accounts whose regions are asked for at once. */
const ACCOUNTS_AT_ONCE = 4;

/**
 * Where an account is listed: in each region that it has enabled, and once; with `organization_role` in those of
 * each member of its organization, too.
 */
export async function offeredScopes(
  connection: AwsConnection,
  signal: AbortSignal,
): Promise<readonly OfferedScope[]> {
  const own = await connection.account(signal);
  const regions = await connection.regions(own, signal);
  const members = await connection.members(signal);
  const ofMembers = await eachAtMost(ACCOUNTS_AT_ONCE, members, async ({ account, isActive }) => {
    const once = `${GLOBAL} (${account}${isActive ? '' : ', suspended'})`;
    // One scope is enough to say that it was skipped.
    if (!isActive) return [scopeOf({ account, region: GLOBAL }, once)];
    const enabled = await connection.memberRegions(account, { otherwise: regions, signal });
    return scopesOf(account, enabled, (region) => `${region} (${account})`);
  });
  return [...scopesOf(own, regions, (region) => region), ...ofMembers.flat()];
}

function scopesOf(
  account: string,
  regions: readonly string[],
  nameOf: (region: string) => string,
): OfferedScope[] {
  return [
    ...regions.map((region) => ({ ...scopeOf({ account, region }, nameOf(region)), region })),
    scopeOf({ account, region: GLOBAL }, `${GLOBAL} (${account})`),
  ];
}

function scopeOf(place: AwsPlace, name: string): OfferedScope {
  return { key: scopeKey(place), name };
}
