import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

import { ListWindowDto } from './list-window.dto.js';
import { EmptyIsAbsent } from './query-values.js';

/** Fits a bigint, whatever the digits. */
const SERIAL_ID = /^\d{1,18}$/;

/** Which page of a list whose ids are numbers: `limit`, and `marker` from the second on. */
export class SerialWindowDto extends PickType(ListWindowDto, ['limit']) {
  @ApiPropertyOptional({
    pattern: SERIAL_ID.source,
    description: 'The id of the last item of the page before.',
  })
  @EmptyIsAbsent()
  @IsOptional()
  @Matches(SERIAL_ID, { message: 'marker must be the id of the last item of the page before' })
  marker?: string;
}
