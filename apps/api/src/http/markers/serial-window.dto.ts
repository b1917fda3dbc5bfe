import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

import { MARKER } from '#sync';

import { ListWindowDto } from '../list-window.dto.js';
import { EmptyIsAbsent } from '../query-values.js';

export const NO_SUCH_SERIAL = 'marker must be the id of the last item of the page before';

/** Which page of a list whose rows have serial numbers: `limit`, and `marker` from the second on. */
export class SerialWindowDto extends PickType(ListWindowDto, ['limit']) {
  @ApiPropertyOptional({
    pattern: MARKER.source,
    description: 'The id of the last item of the page before.',
  })
  @EmptyIsAbsent()
  @IsOptional()
  @Matches(MARKER, { message: NO_SUCH_SERIAL })
  marker?: string;
}
