import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

import type { ChangeWindow } from '#database';

import { ListWindowDto } from '../../http/list-window.dto.js';
import { EmptyIsAbsent } from '../../http/query-values.js';

/** Fits a bigint, whatever the digits. */
const CHANGE_ID = /^\d{1,18}$/;

/** Which page of changes: `limit`, and `marker` from the second on. */
export class ChangeWindowDto extends PickType(ListWindowDto, ['limit']) {
  @ApiPropertyOptional({ description: 'The id of the last change of the page before.' })
  @EmptyIsAbsent()
  @IsOptional()
  @Matches(CHANGE_ID, { message: 'marker must be the id of the last change of the page before' })
  marker?: string;
}

export function toChangeWindow({ limit, marker }: ChangeWindowDto): ChangeWindow {
  return { limit, ...(marker === undefined ? {} : { marker }) };
}
