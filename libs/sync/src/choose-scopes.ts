import { SyncError } from '#domain';
import type { ListingChoice, OfferedScope } from '#vendor-kit';

export interface ChosenScopes {
  chosen: OfferedScope[];
  /** Left out by the account's settings. */
  excluded: OfferedScope[];
  /** Regions that the settings name and the account does not have. */
  unknownRegions: string[];
}

/**
 * Applies an account's setting `regions`. What is in no region is always chosen.
 * @throws {SyncError} when it leaves nothing to list: that would look like a sync that found nothing
 */
export function chooseScopes(scopes: readonly OfferedScope[], { regions }: ListingChoice): ChosenScopes {
  if (regions === undefined) return { chosen: [...scopes], excluded: [], unknownRegions: [] };
  const isChosen = ({ region }: OfferedScope) => region === undefined || regions.includes(region);
  const chosen = scopes.filter(isChosen);
  if (chosen.length === 0 && scopes.length > 0) {
    const offered = [...new Set(scopes.map(({ region }) => region))].join(', ');
    throw new SyncError(
      'credentials',
      `The account's setting regions (${regions.join(', ')}) leaves nothing to list: it has ${offered}.`,
      { vendorCode: 'NO_REGION' },
    );
  }
  return {
    chosen,
    excluded: scopes.filter((scope) => !isChosen(scope)),
    unknownRegions: regions.filter((name) => !scopes.some(({ region }) => region === name)),
  };
}
