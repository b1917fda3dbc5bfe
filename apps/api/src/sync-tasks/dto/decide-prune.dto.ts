import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

import type { PruneDecision } from '#database';

const DECISIONS = ['approve', 'reject'] as const satisfies readonly PruneDecision[];

/** POST …/sync/{task_id}/units/{unit_id}/prune */
export class DecidePruneDto {
  @ApiProperty({
    enum: DECISIONS,
    description: 'approve: tombstone what the listing lacked. reject: keep it.',
  })
  @IsIn(DECISIONS)
  decision!: PruneDecision;
}

/** How many resources a decision tombstoned. */
export class DecidedPruneDto {
  @ApiProperty()
  unit_id!: string;

  @ApiProperty({ enum: DECISIONS })
  decision!: string;

  @ApiProperty({ type: 'integer' })
  deleted!: number;
}

export class DecidedPruneDataDto {
  @ApiProperty({ type: DecidedPruneDto })
  data!: DecidedPruneDto;
}
