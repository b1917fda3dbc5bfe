import type { PlannedUnit } from '#database';
import type { Scope } from '#domain';
import type { ResourceTable } from '#vendor-kit';

/** scopes × tables → units, in the order of the tables: what others refer to should come first there. */
export function planUnits(
  scopes: readonly Scope[],
  tables: readonly Pick<ResourceTable<never, unknown>, 'type'>[],
): PlannedUnit[] {
  return tables.flatMap(({ type }) => scopes.map((scope) => ({ scope, resourceType: type })));
}
