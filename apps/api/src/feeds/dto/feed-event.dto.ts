import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import type { FeedEvent } from '#database';
import { EVENT_TYPES, type EventType, PRUNE_DECISIONS, SYNC_MODES, TASK_STATES, VENDORS } from '#domain';
import { toPublicEvent } from '#sync';

/** How many resources: of what was changed, or of a whole task. */
export class EventCountsDto {
  @ApiPropertyOptional({ type: 'integer', description: 'Of task.finished.' })
  seen?: number;

  @ApiProperty({ type: 'integer' })
  created!: number;

  @ApiProperty({ type: 'integer' })
  updated!: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Of task.finished.' })
  unchanged?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Of resources.changed.' })
  restored?: number;

  @ApiProperty({ type: 'integer' })
  deleted!: number;
}

/** What else there is to say of an event, by its type. */
export class EventDataDto {
  @ApiPropertyOptional({
    type: EventCountsDto,
    description: 'Of resources.changed: by this page, prune or undoing. Of task.finished: by all of it.',
  })
  counts?: EventCountsDto;

  @ApiPropertyOptional({ enum: TASK_STATES, description: 'Of task.finished.' })
  state?: string;

  @ApiPropertyOptional({ enum: SYNC_MODES, description: 'Of task.finished.' })
  mode?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Of prune.held: how many deletions.' })
  held?: number;

  @ApiPropertyOptional({ enum: PRUNE_DECISIONS, description: 'Of prune.decided.' })
  decision?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Of prune.decided: how many resources.' })
  deleted?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Of prune.undone: how many resources.' })
  restored?: number;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Of prune.decided and prune.undone: the id of the credential whose doing it was.',
  })
  by?: string;
}

/** Something that happened. */
export class FeedEventDto {
  @ApiProperty({ description: 'Also the paging marker, and the Last-Event-ID of a stream.' })
  id!: string;

  @ApiProperty({ enum: EVENT_TYPES })
  type!: EventType;

  @ApiProperty({ type: String, format: 'date-time' })
  at!: Date;

  @ApiProperty({ enum: VENDORS })
  vendor!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "The vendor's id of the account that it is about; null when it is about a whole task.",
  })
  account_id!: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The task that started the sync; null when an account was removed instead.',
  })
  task_id!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  unit_id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'What the unit lists.' })
  resource_type!: string | null;

  @ApiProperty({ type: EventDataDto })
  data!: EventDataDto;
}

export class FeedEventListDto {
  @ApiProperty({ type: [FeedEventDto] })
  data!: FeedEventDto[];

  @ApiProperty({
    description: 'The marker from which the feed goes on, also when nothing came: keep it rather than an id.',
  })
  next_marker!: string;
}

/** @param id the event's position as the tenant is shown it */
export function toFeedEventDto(event: FeedEvent, id: string): FeedEventDto {
  return { id, ...toPublicEvent(event) };
}
