import { ApiProperty } from '@nestjs/swagger';

import type { FeedChange } from '#database';
import { VENDORS } from '#domain';

import { ChangeDto, toChangeDto } from '../../changes/dto/change.dto.js';

/** A change of one of the tenant's resources, whichever. */
export class FeedChangeDto extends ChangeDto {
  @ApiProperty({ enum: VENDORS })
  vendor!: string;

  @ApiProperty({ description: "The vendor's id of the account." })
  account_id!: string;
}

export class FeedChangeListDto {
  @ApiProperty({ type: [FeedChangeDto] })
  data!: FeedChangeDto[];

  @ApiProperty({
    description: 'The marker from which the feed goes on, also when nothing came: keep it rather than an id.',
  })
  next_marker!: string;
}

/** @param id the change's position as the tenant is shown it */
export function toFeedChangeDto(change: FeedChange, id: string): FeedChangeDto {
  return { ...toChangeDto(change, id), vendor: change.vendor, account_id: change.account };
}
