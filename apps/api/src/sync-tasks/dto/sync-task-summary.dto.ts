import { ApiProperty, PickType } from '@nestjs/swagger';

import type { TaskSummary, UnitsInState } from '#database';
import { isUnitOver } from '#domain';

import { SyncTaskDto } from './sync-task.dto.js';

/** A task in a list: how far it is, without its parts. */
export class SyncTaskSummaryDto extends PickType(SyncTaskDto, [
  'task_id',
  'vendor',
  'account_id',
  'state',
  'trigger',
  'mode',
  'created_at',
  'started_at',
  'finished_at',
  'progress',
  'counts',
]) {
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
    task_id: task.id,
    vendor: task.vendor,
    account_id: task.accountFilter,
    state: task.state,
    trigger: task.trigger,
    mode: task.mode,
    created_at: task.createdAt,
    started_at: task.startedAt,
    finished_at: task.finishedAt,
    progress: {
      units: total(units, 'units'),
      units_finished: total(
        units.filter(({ state }) => isUnitOver(state)),
        'units',
      ),
      by_state: Object.fromEntries(units.map(({ state, units: count }) => [state, count])),
    },
    counts: {
      seen: total(units, 'seen'),
      created: total(units, 'created'),
      updated: total(units, 'updated'),
      unchanged: total(units, 'unchanged'),
      deleted: total(units, 'deleted'),
    },
    accounts_total: task.accounts,
  };
}

function total(units: readonly UnitsInState[], count: Exclude<keyof UnitsInState, 'state'>): number {
  return units.reduce((sum, of) => sum + of[count], 0);
}
