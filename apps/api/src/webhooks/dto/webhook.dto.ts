import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';

import type { DeadLetter, Webhook } from '#database';
import { EVENT_TYPES, type EventType } from '#domain';

import { ListWindowDto } from '../../http/list-window.dto.js';
import { AnyObject } from '../../http/openapi/schemas.js';
import { WholeNumber } from '../../http/query-values.js';

const MAX_NAME = 64;
const MAX_URL = 2_048;
/** A day: time enough to give a receiver the new secret. */
export const OVERLAP_SECONDS = 86_400;
/** A week. */
const MAX_OVERLAP_SECONDS = 604_800;
const OVERLAP = {
  message: `overlap_seconds must be a whole number from 0 to ${String(MAX_OVERLAP_SECONDS)}`,
};
/** What else a URL must not be, no pattern says. */
const URL_TEXT = /^https?:\/\/[!-~]+$/;
const TYPES = { each: true, message: `types must each be one of ${EVENT_TYPES.join(', ')}` };

/** POST /v1/webhooks, PUT /v1/webhooks/{id} */
export class WebhookTermsDto {
  @ApiProperty({ minLength: 1, maxLength: MAX_NAME, examples: ['CMDB'] })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_NAME)
  name!: string;

  @ApiProperty({
    pattern: URL_TEXT.source,
    maxLength: MAX_URL,
    examples: ['https://cmdb.example/hooks/muster?tenant=7'],
    description:
      'Where messages are posted to: http or https, without a user or a fragment. Public addresses, and those that ' +
      'the operator allows (ENDPOINT_ALLOWED_NETWORKS).',
  })
  @IsString()
  @MaxLength(MAX_URL)
  @Matches(URL_TEXT, {
    message: 'url must begin with https:// or http://, and be all ASCII, as a URL is written',
  })
  url!: string;

  @ApiPropertyOptional({
    enum: EVENT_TYPES,
    isArray: true,
    uniqueItems: true,
    maxItems: EVENT_TYPES.length,
    examples: [['task.finished']],
    description: 'Of which events it is told. Absent or empty: of all.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(EVENT_TYPES.length)
  @ArrayUnique()
  @IsIn(EVENT_TYPES, TYPES)
  types?: EventType[] | null;
}

/** POST /v1/webhooks/{id}/secret/rotate */
export class RotateSecretDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_OVERLAP_SECONDS,
    default: OVERLAP_SECONDS,
    description: 'How long messages are signed with the secret before as well; 0: not at all.',
  })
  @WholeNumber()
  @IsOptional()
  @IsInt(OVERLAP)
  @Min(0, OVERLAP)
  @Max(MAX_OVERLAP_SECONDS, OVERLAP)
  overlap_seconds?: number;
}

/** GET /v1/webhooks/{id}/dead-letters */
export class ListDeadLettersDto extends PickType(ListWindowDto, ['limit', 'marker']) {}

/** POST /v1/webhooks/{id}/dead-letters/replay */
export class ReplayDeadLettersDto {
  @ApiPropertyOptional({ format: 'uuid', description: 'One of them; absent: all.' })
  @IsOptional()
  @IsUUID(undefined, { message: 'dead_letter_id must be the id of a dead letter' })
  dead_letter_id?: string;
}

const FORMER_SECRET_UNTIL = {
  type: String,
  format: 'date-time',
  nullable: true,
  description: 'Until when messages are signed with the secret before as well; null when they are not.',
};

/** A receiver of events. */
export class WebhookDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  url!: string;

  @ApiProperty({ enum: EVENT_TYPES, isArray: true, description: 'Empty: all.' })
  types!: readonly EventType[];

  @ApiProperty()
  paused!: boolean;

  @ApiProperty({
    type: 'integer',
    description: 'Attempts so far at the message that comes next; 0: it is not behind.',
  })
  attempts!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When that is tried again; null when it is not behind.',
  })
  next_attempt_at!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it last took a message.',
  })
  delivered_at!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it last did not take one.',
  })
  failed_at!: Date | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why; null once it has taken one since.' })
  failure!: string | null;

  @ApiProperty(FORMER_SECRET_UNTIL)
  former_secret_until!: Date | null;

  @ApiProperty({ type: 'integer', description: 'Messages that were given up.' })
  dead_letters!: number;

  @ApiProperty({ type: String, format: 'date-time' })
  create_time!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  update_time!: Date;
}

export class WebhookDataDto {
  @ApiProperty({ type: WebhookDto })
  data!: WebhookDto;
}

export class WebhookListDto {
  @ApiProperty({ type: [WebhookDto] })
  data!: WebhookDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are.' })
  total!: number;
}

/** A message that was given up. */
export class DeadLetterDto {
  @ApiProperty({ format: 'uuid', description: 'Also the paging marker.' })
  id!: string;

  @ApiProperty({ ...AnyObject, description: 'The CloudEvent, as it was sent.' })
  message!: object;

  @ApiProperty({ type: 'integer' })
  attempts!: number;

  @ApiProperty({ description: 'Why the last attempt failed.' })
  failure!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When that was.' })
  at!: Date;

  @ApiProperty({ description: 'Whether it is about to be sent again.' })
  replaying!: boolean;
}

export class DeadLetterListDto {
  @ApiProperty({ type: [DeadLetterDto] })
  data!: DeadLetterDto[];
}

class SecretRotationDto {
  @ApiProperty(FORMER_SECRET_UNTIL)
  former_secret_until!: Date | null;
}

export class RotatedSecretDto {
  @ApiProperty({ type: SecretRotationDto })
  data!: SecretRotationDto;
}

export class ReplayedDto {
  @ApiProperty({ type: 'integer', description: 'How many messages are sent again.' })
  data!: number;
}

export function toWebhookDto(webhook: Webhook): WebhookDto {
  return {
    id: webhook.id,
    name: webhook.name,
    url: webhook.url,
    types: webhook.types,
    paused: webhook.pausedAt !== null,
    attempts: webhook.attempts,
    next_attempt_at: webhook.attempts === 0 ? null : webhook.nextAttemptAt,
    delivered_at: webhook.deliveredAt,
    failed_at: webhook.failedAt,
    failure: webhook.failure,
    former_secret_until: webhook.formerSecretUntil,
    dead_letters: webhook.deadLetters,
    create_time: webhook.createdAt,
    update_time: webhook.updatedAt,
  };
}

export function toDeadLetterDto({ id, message, attempts, failure, at, replayAt }: DeadLetter): DeadLetterDto {
  return { id, message, attempts, failure, at, replaying: replayAt !== null };
}
