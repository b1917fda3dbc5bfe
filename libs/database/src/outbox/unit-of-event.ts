import type { UnitOfEvent } from '#domain';

import type { LeasedUnit } from '../sync/unit.repository.js';

/** A unit, as events name it. */
export function unitOfEvent(
  unit: Pick<LeasedUnit, 'id' | 'taskId' | 'accountId' | 'vendor' | 'resourceType'>,
): UnitOfEvent {
  const { id: unitId, taskId, accountId, vendor, resourceType } = unit;
  return { unitId, taskId, accountId, vendor, resourceType };
}
