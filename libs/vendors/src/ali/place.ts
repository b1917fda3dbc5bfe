import type { OfferedScope } from '#vendor-kit';

/** Where something is listed: what a scope's key says. */
export interface AliPlace {
  /** A member of the resource directory; absent for the account itself. */
  account?: string;
  /** Absent for what is in none. */
  region?: string;
}

/** The scope of what is not in a region. */
export const GLOBAL_SCOPE: OfferedScope = { key: 'global', name: 'Global' };

export function placeOf({ key }: { key: string }): AliPlace {
  const [, account, place = ''] = /^(?:(\d+)\/)?(.*)$/.exec(key) ?? [];
  return {
    ...(account === undefined ? {} : { account }),
    ...(place === GLOBAL_SCOPE.key ? {} : { region: place }),
  };
}

/** The scope of a member of the resource directory that is like one of the account's own. */
export function memberScope(account: string, own: OfferedScope): OfferedScope {
  return { ...own, key: `${account}/${own.key}`, name: `${own.name}, account ${account}` };
}
