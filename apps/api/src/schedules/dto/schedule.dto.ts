import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions, PickType } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

import type { Schedule, ScheduleFilter } from '#database';
import { type Timing, type Vendor, VENDORS } from '#domain';
import { readTiming } from '#sync';
import {
  MAX_CRON_CHARACTERS,
  MAX_INTERVAL_SECONDS,
  MAX_JITTER_SECONDS,
  MAX_ZONE_CHARACTERS,
  MIN_INTERVAL_SECONDS,
  ScheduleSettings,
} from '#vendor-kit';

import { ApiError } from '../../http/api-error.js';
import { ListWindowDto } from '../../http/list-window.dto.js';
import { EmptyIsAbsent } from '../../http/query-values.js';

const MAX_CHARACTERS = 64;

/** PUT /v1/schedules/{id}: the whole timing, by the rules of the account setting `schedule`. */
export class ChangeScheduleDto extends ScheduleSettings {}

const TIMING_FIELDS: Record<keyof ScheduleSettings, ApiPropertyOptions> = {
  cron: {
    type: String,
    nullable: true,
    maxLength: MAX_CRON_CHARACTERS,
    examples: ['0 3 * * 1-5'],
    description:
      'Five fields: minute (0 to 59), hour (0 to 23), day of month (1 to 31), month (1 to 12, JAN to DEC), day of ' +
      'week (0 to 7, SUN to SAT). Each a list of *, values, ranges and steps: 0-30/10. Either this or interval_seconds.',
  },
  interval_seconds: {
    type: 'integer',
    nullable: true,
    minimum: MIN_INTERVAL_SECONDS,
    maximum: MAX_INTERVAL_SECONDS,
    description: 'Every so many seconds, counted from when it was made or changed.',
  },
  time_zone: {
    type: String,
    nullable: true,
    maxLength: MAX_ZONE_CHARACTERS,
    examples: ['Europe/Berlin'],
    description: 'Of the cron line: a name of the IANA database. UTC by default.',
  },
  jitter_seconds: {
    type: 'integer',
    nullable: true,
    minimum: 0,
    maximum: MAX_JITTER_SECONDS,
    description:
      'By how much each time may be put off, at random, so that not all begin at once. 0 by default.',
  },
};
for (const [field, options] of Object.entries(TIMING_FIELDS)) {
  ApiPropertyOptional(options)(ChangeScheduleDto.prototype, field);
}

/** POST /v1/schedules */
export class CreateScheduleDto extends ChangeScheduleDto {
  @ApiProperty({ enum: VENDORS, examples: ['VMWARE'] })
  @IsIn(VENDORS)
  vendor!: Vendor;

  @ApiPropertyOptional({
    examples: ['vcenter.example.com'],
    type: String,
    nullable: true,
    maxLength: MAX_CHARACTERS,
    description: "The account's id at the vendor. Absent or empty: every account that the vendor has then.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_id?: string | null;
}

/** GET /v1/schedules */
export class ListSchedulesDto extends ListWindowDto {
  @ApiPropertyOptional({ enum: VENDORS })
  @EmptyIsAbsent()
  @IsOptional()
  @IsIn(VENDORS)
  vendor?: Vendor;

  @ApiPropertyOptional({ maxLength: MAX_CHARACTERS, description: "The account's id at the vendor." })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_id?: string;
}

/** GET /v1/schedules/{id}/runs */
export class ListScheduleRunsDto extends PickType(ListWindowDto, ['limit', 'marker']) {}

/** When an account, or all of a vendor's, are synced by themselves. */
export class ScheduleDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: VENDORS })
  vendor!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null: every account of the vendor.' })
  account_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  cron!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  interval_seconds!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of the cron line; null without.' })
  time_zone!: string | null;

  @ApiProperty({ type: 'integer' })
  jitter_seconds!: number;

  @ApiProperty({
    enum: ['api', 'account'],
    description: "account: it is the account's setting `schedule`, and is changed or removed there.",
  })
  source!: string;

  @ApiProperty()
  paused!: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it starts next, with the jitter that was drawn for it. Null while paused.',
  })
  next_run_at!: Date | null;

  @ApiProperty({ type: String, format: 'date-time' })
  create_time!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  update_time!: Date;
}

/** A schedule by itself. */
export class ScheduleDetailsDto extends ScheduleDto {
  @ApiProperty({
    type: [String],
    format: 'date-time',
    description:
      'The next five times, the first with its jitter, which the others do not have yet. None while paused.',
  })
  next_runs!: Date[];
}

export class ScheduleDataDto {
  @ApiProperty({ type: ScheduleDetailsDto })
  data!: ScheduleDetailsDto;
}

export class ScheduleListDto {
  @ApiProperty({ type: [ScheduleDto] })
  data!: ScheduleDto[];

  @ApiProperty({ type: 'integer', description: 'How many match in all.' })
  total!: number;
}

/**
 * When a request wants something to be done.
 * @throws {ApiError} that names each wrong field
 */
export function toTiming(body: ChangeScheduleDto): Timing {
  const timing = readTiming(body);
  if ('problems' in timing) throw new ApiError('invalidParameter', timing.problems.join('; '));
  return timing;
}

export function toScheduleFilter({ vendor, account_id: accountId }: ListSchedulesDto): ScheduleFilter {
  return { ...(vendor === undefined ? {} : { vendor }), ...(accountId === undefined ? {} : { accountId }) };
}

export function toScheduleDto({ timing, ...schedule }: Schedule): ScheduleDto {
  return {
    id: schedule.id,
    vendor: schedule.vendor,
    account_id: schedule.accountId,
    cron: 'cron' in timing ? timing.cron : null,
    interval_seconds: 'cron' in timing ? null : timing.intervalSeconds,
    time_zone: 'cron' in timing ? timing.timeZone : null,
    jitter_seconds: timing.jitterSeconds,
    source: schedule.fromSettings ? 'account' : 'api',
    paused: schedule.pausedAt !== null,
    next_run_at: schedule.nextRunAt,
    create_time: schedule.createdAt,
    update_time: schedule.updatedAt,
  };
}

export function toScheduleDetailsDto(schedule: Schedule, nextTimes: Date[]): ScheduleDetailsDto {
  return Object.assign(toScheduleDto(schedule), { next_runs: nextTimes });
}
