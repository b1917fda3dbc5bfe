import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

import { PushedScopeDto } from './push-page.dto.js';

const OUTCOMES = ['complete', 'failed'] as const;
const MAX_PAGES = 1_000_001;
const MAX_MESSAGE_CHARACTERS = 300;

/** POST …/sync/{task_id}/scopes/close */
export class CloseScopeDto extends PushedScopeDto {
  @ApiProperty({
    enum: OUTCOMES,
    description:
      'complete: all that there is was posted, so what was known and is not among it is deleted, under the guard. ' +
      'failed: it could not be listed, or not wholly; nothing is deleted.',
  })
  @IsIn(OUTCOMES)
  outcome!: (typeof OUTCOMES)[number];

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 0,
    maximum: MAX_PAGES,
    description:
      'How many pages were posted. Must be there with complete: a page that got lost must not look like resources ' +
      'that are gone.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_PAGES)
  pages?: number | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: MAX_MESSAGE_CHARACTERS,
    description: 'Why it failed. It is shown to whoever may see the task.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_MESSAGE_CHARACTERS)
  message?: string | null;
}
