import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export const MAX_CRON_CHARACTERS = 100;
export const MAX_ZONE_CHARACTERS = 64;
/** More often than once a minute no inventory changes, and a cron line does not tell more. */
export const MIN_INTERVAL_SECONDS = 60;
export const MAX_INTERVAL_SECONDS = 31_536_000;
export const MAX_JITTER_SECONDS = 86_400;

const INTERVAL = {
  message: `interval_seconds must be a whole number from ${String(MIN_INTERVAL_SECONDS)} to ${String(MAX_INTERVAL_SECONDS)}, a year`,
};
const JITTER = {
  message: `jitter_seconds must be a whole number from 0 to ${String(MAX_JITTER_SECONDS)}, a day`,
};

/** When an account is synced by itself: at the times of a cron line, or every so many seconds. */
export class ScheduleSettings {
  /** Five fields: minute, hour, day of month, month, day of week. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CRON_CHARACTERS)
  cron?: string | null;

  /** Instead of a cron line. */
  @IsOptional()
  @IsInt(INTERVAL)
  @Min(MIN_INTERVAL_SECONDS, INTERVAL)
  @Max(MAX_INTERVAL_SECONDS, INTERVAL)
  interval_seconds?: number | null;

  /** IANA name of the time zone that the cron line is about; default: UTC. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ZONE_CHARACTERS)
  time_zone?: string | null;

  /** By how much each time may be put off, at random; default: 0. */
  @IsOptional()
  @IsInt(JITTER)
  @Min(0, JITTER)
  @Max(MAX_JITTER_SECONDS, JITTER)
  jitter_seconds?: number | null;
}
