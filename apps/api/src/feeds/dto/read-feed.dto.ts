import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID, Matches } from 'class-validator';

import { EVENT_TYPES, type EventType } from '#domain';
import { MARKER as ANY_MARKER } from '#sync';

import { MAX_LIMIT, PageLimit } from '../../http/list-window.dto.js';
import { EmptyIsAbsent, RepeatedValue } from '../../http/query-values.js';
import { WaitTime } from '../../http/wait-time.js';

/** Behind all there is now. */
export const LATEST = 'latest';

const MARKER = new RegExp(`^(${LATEST}|${ANY_MARKER.source.slice(1, -1)})$`);

export const DEFAULT_LIMIT = 100;

/** GET /v1/multicloud-resources/changes */
export class ReadFeedDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: DEFAULT_LIMIT,
    description: 'How many to return at most; a stream has no such end.',
  })
  @PageLimit()
  @IsOptional()
  limit?: number;

  @ApiPropertyOptional({
    pattern: MARKER.source,
    description:
      `The next_marker of the answer before, or an id; ${LATEST} to begin with what comes from now on. ` +
      'Without one it begins with the oldest there is.',
  })
  @EmptyIsAbsent()
  @IsOptional()
  @Matches(MARKER, { message: `marker must be the next_marker of the answer before, or ${LATEST}` })
  marker?: string;

  @WaitTime('The answer comes when there is something, or is empty after that time')
  wait?: number;
}

/** GET /v1/multicloud-resources/events */
export class ReadEventsDto extends ReadFeedDto {
  @ApiPropertyOptional({
    enum: EVENT_TYPES,
    isArray: true,
    maxItems: EVENT_TYPES.length,
    description: 'Repeated for several.',
  })
  @RepeatedValue()
  @IsOptional()
  @IsIn(EVENT_TYPES, { each: true, message: `type must be one of ${EVENT_TYPES.join(', ')}` })
  type?: EventType[];

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Events of one task, also of syncs of other tasks that it waits for.',
  })
  @EmptyIsAbsent()
  @IsOptional()
  @IsUUID(undefined, { message: 'task_id must be the id of a task' })
  task_id?: string;
}
