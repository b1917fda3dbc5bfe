import { IsInt, IsOptional, Max, Min } from 'class-validator';

const PERCENT = { message: 'api_quota_percent must be a whole number from 1 to 100' };
const UNITS = { message: 'max_concurrent_units must be a whole number from 1 to 100' };

/** The settings that accounts of every vendor have; the class of a vendor's settings extends it. */
export class AccountSettings {
  /**
   * How much of the account's quota of API calls Muster may use, in percent; the rest is for others who use
   * the account. Of a vendor whose quota nobody knows, it is a part of what it bore when it first throttled.
   * Default: 100.
   */
  @IsOptional()
  @IsInt(PERCENT)
  @Min(1, PERCENT)
  @Max(100, PERCENT)
  api_quota_percent?: number;

  /** How many units of the account may be worked on at once, if fewer than the vendor's adapter allows. */
  @IsOptional()
  @IsInt(UNITS)
  @Min(1, UNITS)
  @Max(100, UNITS)
  max_concurrent_units?: number;
}
