import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

import { ScheduleSettings } from './schedule-settings.js';

const PERCENT = { message: 'api_quota_percent must be a whole number from 1 to 100' };
const UNITS = { message: 'max_concurrent_units must be a whole number from 1 to 100' };

/** More than any vendor has of regions or types. */
const MAX_NAMES = 500;
const MAX_NAME_CHARACTERS = 64;

/** A list of names of something. */
function IsListOf(names: string): PropertyDecorator {
  const message = `$property must be a list of 1 to ${String(MAX_NAMES)} different ${names}`;
  const rules = [
    IsArray({ message }),
    ArrayMinSize(1, { message }),
    ArrayMaxSize(MAX_NAMES, { message }),
    ArrayUnique({ message }),
    IsString({ each: true, message }),
    Length(1, MAX_NAME_CHARACTERS, { each: true, message }),
  ];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/** Which resource types are listed: those included, or all of the vendor's, without those excluded. */
export class ResourceTypeChoice {
  @IsOptional()
  @IsListOf('resource types')
  include?: string[];

  @IsOptional()
  @IsListOf('resource types')
  exclude?: string[];
}

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

  /**
   * The types to list, by our names. What is left out keeps the rows that it has: it is not listed, and so
   * nothing of it is deleted.
   */
  @IsOptional()
  @IsObject({ message: 'resource_types must be an object with the lists include or exclude' })
  @ValidateNested()
  @Type(() => ResourceTypeChoice)
  resource_types?: ResourceTypeChoice;

  /** The regions to list, of a vendor that has regions; default: all. What has no region is always listed. */
  @IsOptional()
  @IsListOf('regions')
  regions?: string[];

  /** When the account is synced by itself; default: when somebody asks. */
  @IsOptional()
  @IsObject({ message: 'schedule must be an object with cron or interval_seconds' })
  @ValidateNested()
  @Type(() => ScheduleSettings)
  schedule?: ScheduleSettings | null;
}

/** The part of the settings that chooses what is listed. */
export type ListingChoice = Pick<AccountSettings, 'resource_types' | 'regions'>;

export function isTypeChosen(type: string, { resource_types: types }: ListingChoice): boolean {
  return types?.include?.includes(type) !== false && types?.exclude?.includes(type) !== true;
}
