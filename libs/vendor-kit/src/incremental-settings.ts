import { IsInt, IsOptional, Max, Min } from 'class-validator';

import { AccountSettings } from './account-settings.js';

const MAX_SYNCS = 1_000;
/** A month. */
const MAX_HOURS = 744;
const SYNCS = { message: `incremental_syncs must be a whole number from 0 to ${String(MAX_SYNCS)}` };
const HOURS = { message: `full_listing_hours must be a whole number from 1 to ${String(MAX_HOURS)}` };

const DEFAULT_SYNCS = 0;
/** A day. */
const DEFAULT_HOURS = 24;

/** The settings of a vendor that can tell, of some of its types, what has changed. */
export class IncrementalSettings extends AccountSettings {
  /**
   * How many syncs in a row may list only what has changed, of types of which the vendor tells that, before all is
   * listed again. Default: 0, every sync lists all.
   */
  @IsOptional()
  @IsInt(SYNCS)
  @Min(0, SYNCS)
  @Max(MAX_SYNCS, SYNCS)
  incremental_syncs?: number;

  /** After how many hours all is listed again at the latest. Default: 24. */
  @IsOptional()
  @IsInt(HOURS)
  @Min(1, HOURS)
  @Max(MAX_HOURS, HOURS)
  full_listing_hours?: number;
}

/** How often an account's listings may be incremental: so many in a row, for so many hours after a complete one. */
export function incrementalLimits(settings: AccountSettings): { inARow: number; hours: number } {
  const { incremental_syncs: inARow, full_listing_hours: hours } = settings as IncrementalSettings;
  return { inARow: inARow ?? DEFAULT_SYNCS, hours: hours ?? DEFAULT_HOURS };
}
