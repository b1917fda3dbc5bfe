import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import { PRUNE_DECISIONS, type PruneDecision } from '#domain';

/** POST …/sync/{task_id}/units/{unit_id}/prune */
export class DecidePruneDto {
  @ApiProperty({
    enum: PRUNE_DECISIONS,
    description: 'approve: tombstone what the listing lacked. reject: keep it.',
  })
  @IsIn(PRUNE_DECISIONS)
  decision!: PruneDecision;
}

/** How many resources a decision tombstoned. */
export class DecidedPruneDto {
  @ApiProperty()
  unit_id!: string;

  @ApiProperty({ enum: PRUNE_DECISIONS })
  decision!: string;

  @ApiProperty({ type: 'integer' })
  deleted!: number;
}

export class DecidedPruneDataDto {
  @ApiProperty({ type: DecidedPruneDto })
  data!: DecidedPruneDto;
}
