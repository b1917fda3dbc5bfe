import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

import type { TaskFilter } from '#database';
import { TASK_STATES, TASK_TRIGGERS, type TaskState, type TaskTrigger, type Vendor, VENDORS } from '#domain';

import { ListWindowDto } from '../../http/list-window.dto.js';
import { EmptyIsAbsent, RepeatedValue } from '../../http/query-values.js';
import { Rfc3339Time } from '../../http/rfc-3339-time.js';

const MAX_CHARACTERS = 64;

/** GET /v1/multicloud-resources/sync */
export class ListSyncTasksDto extends PickType(ListWindowDto, ['limit', 'marker']) {
  @ApiPropertyOptional({ enum: VENDORS })
  @EmptyIsAbsent()
  @IsOptional()
  @IsIn(VENDORS)
  vendor?: Vendor;

  @ApiPropertyOptional({
    maxLength: MAX_CHARACTERS,
    description: "The vendor's id of an account that the task synced, alone or among others.",
  })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_id?: string;

  @ApiPropertyOptional({
    enum: TASK_STATES,
    isArray: true,
    maxItems: TASK_STATES.length,
    description: 'Repeated for several.',
  })
  @RepeatedValue()
  @IsOptional()
  @IsIn(TASK_STATES, { each: true, message: `state must be one of ${TASK_STATES.join(', ')}` })
  state?: TaskState[];

  @ApiPropertyOptional({ enum: TASK_TRIGGERS })
  @EmptyIsAbsent()
  @IsOptional()
  @IsIn(TASK_TRIGGERS)
  trigger?: TaskTrigger;

  @ApiPropertyOptional({ format: 'date-time', description: 'Tasks asked for at this time and later.' })
  @EmptyIsAbsent()
  @IsOptional()
  @Rfc3339Time()
  since?: string;
}

export function toTaskFilter({ vendor, account_id, state, trigger, since }: ListSyncTasksDto): TaskFilter {
  return {
    ...(vendor === undefined ? {} : { vendor }),
    ...(account_id === undefined ? {} : { accountId: account_id }),
    ...(state === undefined ? {} : { states: state }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(since === undefined ? {} : { since: new Date(since) }),
  };
}
