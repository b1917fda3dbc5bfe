import { ApiProperty, PickType } from '@nestjs/swagger';

import type { TaskSummary, UnitsInState } from '#database';
import { isUnitOver } from '#domain';

import { sumCounts, SyncTaskDto, TASK_HEAD_FIELDS, toTaskHead } from './sync-task.dto.js';

/** A task in a list: how far it is, without its parts. */
export class SyncTaskSummaryDto extends PickType(SyncTaskDto, [...TASK_HEAD_FIELDS, 'progress', 'counts']) {
  @ApiProperty({ type: 'integer', description: 'How many accounts it syncs.' })
  accounts_total!: number;
}

export class SyncTaskListDto {
  @ApiProperty({ type: [SyncTaskSummaryDto] })
  data!: SyncTaskSummaryDto[];
}

export function toSyncTaskSummaryDto(task: TaskSummary): SyncTaskSummaryDto {
  const { units } = task;
  return {
    ...toTaskHead(task),
    progress: {
      units: numberOf(units),
      units_finished: numberOf(units.filter(({ state }) => isUnitOver(state))),
      by_state: Object.fromEntries(units.map(({ state, units: count }) => [state, count])),
    },
    counts: sumCounts(units),
    accounts_total: task.accounts,
  };
}

function numberOf(groups: readonly UnitsInState[]): number {
  return groups.reduce((sum, { units }) => sum + units, 0);
}
