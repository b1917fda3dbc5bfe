import { ApiProperty, PickType } from '@nestjs/swagger';

import type { TaskProgress } from '#database';
import { WAIT_CAUSES } from '#domain';

import { SyncEstimateDto, toEstimateDto } from '../../sync-tasks/dto/sync-estimate.dto.js';
import { sumCounts, SyncTaskDto, TASK_HEAD_FIELDS, toTaskHead } from '../../sync-tasks/dto/sync-task.dto.js';

/** How far a task is, in a stream of events. */
export class TaskProgressDto extends PickType(SyncTaskDto, [...TASK_HEAD_FIELDS, 'counts']) {
  @ApiProperty({ type: 'integer', description: 'Units known so far: 0 until the accounts are planned.' })
  units!: number;

  @ApiProperty({ type: 'integer' })
  units_finished!: number;

  @ApiProperty({ type: 'integer', description: 'Pages committed.' })
  pages!: number;

  @ApiProperty({ type: 'integer', description: 'Calls made of the vendor.' })
  calls!: number;

  @ApiProperty({
    description: `Units that wait now, by what for: ${WAIT_CAUSES.join(', ')}.`,
    type: 'object',
    additionalProperties: { type: 'integer' },
  })
  waiting!: Record<string, number>;

  @ApiProperty({
    type: SyncEstimateDto,
    nullable: true,
    description: 'Null when it is over, or nothing of what is left was ever listed completely.',
  })
  estimate!: SyncEstimateDto | null;
}

export function toTaskProgressDto(progress: TaskProgress): TaskProgressDto {
  const { units, left, pages, calls, waiting, seen, isEstimable } = progress;
  const unitsDone = units - left.units;
  return {
    ...toTaskHead(progress),
    counts: sumCounts([progress]),
    units,
    units_finished: unitsDone,
    pages,
    calls,
    waiting,
    estimate: toEstimateDto(progress, { unitsDone, seen, left, isEstimable }),
  };
}
