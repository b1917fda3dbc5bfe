import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

import type { ListWindow } from '#database';

import { EmptyIsAbsent, WholeNumber } from './query-values.js';

export const MAX_LIMIT = 500;
const MAX_OFFSET = 2_147_483_647;

/** How many to return at most. */
export function PageLimit(): PropertyDecorator {
  const options = { message: `limit must be a whole number from 1 to ${String(MAX_LIMIT)}` };
  const rules = [WholeNumber(), IsInt(options), Min(1, options), Max(MAX_LIMIT, options)];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/** COC's paging: `limit` with `offset` or with `marker`. With both, the marker wins. */
export class ListWindowDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    description: 'How many to return at most.',
  })
  @PageLimit()
  limit!: number;

  @ApiPropertyOptional({
    type: String,
    pattern: '^[0-9]{1,10}$',
    default: '0',
    description: `How many to pass over: a whole number from 0 to ${String(MAX_OFFSET)}, as text, as at COC.`,
  })
  @WholeNumber()
  @IsOptional()
  @IsInt({ message: `offset must be a whole number from 0 to ${String(MAX_OFFSET)}` })
  @Min(0, { message: `offset must be a whole number from 0 to ${String(MAX_OFFSET)}` })
  @Max(MAX_OFFSET, { message: `offset must be a whole number from 0 to ${String(MAX_OFFSET)}` })
  offset?: number;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The id of the last item of the page before. With an offset, the marker wins.',
  })
  @EmptyIsAbsent()
  @IsOptional()
  @IsUUID(undefined, { message: 'marker must be the id of the last item of the page before' })
  marker?: string;
}

export function toListWindow({ offset, ...query }: ListWindowDto): ListWindow {
  return { ...toMarkerWindow(query), offset: offset ?? 0 };
}

/** Of a list that is paged by marker only, whatever its markers are. */
export function toMarkerWindow({ limit, marker }: { limit: number; marker?: string }): {
  limit: number;
  marker?: string;
} {
  return { limit, ...(marker === undefined ? {} : { marker }) };
}
