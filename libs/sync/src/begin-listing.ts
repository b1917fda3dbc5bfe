import type { LeasedUnit, ListingStart } from '#database';
import { MUSTER_VERSION } from '#platform';
import { incrementalLimits, type ResourceTable } from '#vendor-kit';

import type { PooledConnection } from './connection-pool.js';
import type { Engine } from './engine.js';

/**
 * What a unit is to list, and from where on: all, or what has changed since the last listing of its cell, where its
 * vendor tells that and the account's settings have it so. A plan says what a listing of all would do.
 */
export async function beginListing(
  { units }: Engine,
  unit: LeasedUnit,
  { incremental }: ResourceTable<unknown, unknown>,
  { settings, version }: PooledConnection,
): Promise<ListingStart> {
  if (incremental === undefined || unit.mode === 'plan') return { since: null, resumeAt: unit.resumeAt };
  const { overlapMs } = incremental;
  const basis = `Muster ${MUSTER_VERSION}, account as of ${new Date(version).toISOString()}`;
  return units.beginListing(unit, { basis, overlapMs, ...incrementalLimits(settings) });
}
