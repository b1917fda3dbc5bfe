import type { PlannedUnit } from '#database';
import { isTypeChosen, type ListingChoice, type OfferedScope, type ResourceTable } from '#vendor-kit';

import { chooseScopes } from './choose-scopes.js';

export interface Plan {
  units: PlannedUnit[];
  /** What the account's settings leave out: neither listed nor pruned. */
  excluded: PlannedUnit[];
}

/**
 * scopes × tables → units, in the order of the tables: what others refer to should come first there. A table has
 * none where its type is not listed.
 * @throws {SyncError} when the account's settings leave no scope
 */
export function planUnits(
  scopes: readonly OfferedScope[],
  tables: readonly Pick<ResourceTable<never, unknown>, 'type' | 'isListedIn'>[],
  choice: ListingChoice,
): Plan {
  const { chosen } = chooseScopes(scopes, choice);
  const all = tables.flatMap((table) =>
    scopes
      .filter((scope) => table.isListedIn?.(scope) !== false)
      .map((scope) => ({ scope, resourceType: table.type })),
  );
  const isChosen = ({ scope, resourceType }: PlannedUnit) =>
    chosen.includes(scope) && isTypeChosen(resourceType, choice);
  return { units: all.filter(isChosen), excluded: all.filter((unit) => !isChosen(unit)) };
}
