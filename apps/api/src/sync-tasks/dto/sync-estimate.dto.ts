import { ApiProperty } from '@nestjs/swagger';

import type { TaskHead } from '#database';
import { type Amount, estimateEnd, isTaskOver } from '#domain';

/** What a sync that goes on may come to. */
export class SyncEstimateDto {
  @ApiProperty({
    type: 'integer',
    description:
      'Resources that it may come to: what it has seen, and what the last complete listings of the units that ' +
      'are not over had beyond that.',
  })
  resources!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it may be over, if it goes on as fast as until now; null until it has got anywhere.',
  })
  finish_at!: Date | null;
}

/** How far a task is, by its units. */
export interface TaskAmounts {
  /** Of units that are over. */
  unitsDone: number;
  seen: number;
  /** Units that are not over, and what their last complete listings had that they have not seen yet. */
  left: Amount;
  /** Whether any of those has ever been listed completely, or none is left. */
  isEstimable: boolean;
}

/** Null when the task is over, or nothing of what is left was ever listed completely. */
export function toEstimateDto(
  { state, startedAt }: Pick<TaskHead, 'state' | 'startedAt'>,
  { unitsDone, seen, left, isEstimable }: TaskAmounts,
  now: Date = new Date(),
): SyncEstimateDto | null {
  if (isTaskOver(state) || !isEstimable || unitsDone + left.units === 0) return null;
  const done = { units: unitsDone, resources: seen };
  return {
    resources: seen + left.resources,
    finish_at: estimateEnd({ startedAt, done, left }, now) ?? null,
  };
}
