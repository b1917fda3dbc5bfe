import { ApiProperty, PickType } from '@nestjs/swagger';

import type { PushedUnit } from '#database';
import { TASK_STATES } from '#domain';

import { SyncUnitDto } from './sync-task.dto.js';

/** A scope whose pages a source posts, as far as it has come. */
export class PushedUnitDto extends PickType(SyncUnitDto, [
  ...(['type', 'state', 'pages', 'held_deletes'] as const),
  ...(['seen', 'created', 'updated', 'unchanged', 'deleted'] as const),
]) {
  @ApiProperty({ format: 'uuid' })
  unit_id!: string;

  @ApiProperty({ description: "The region; push where there is none, as in the task's report." })
  scope!: string;
}

export class PushedPageDto extends PushedUnitDto {
  @ApiProperty({ description: 'Whether the page was there already, and changed nothing.' })
  repeated!: boolean;
}

export class PushedPageDataDto {
  @ApiProperty({ type: PushedPageDto })
  data!: PushedPageDto;
}

export class PushedUnitDataDto {
  @ApiProperty({ type: PushedUnitDto })
  data!: PushedUnitDto;
}

/** How a task ended. */
export class CompletedTaskDto {
  @ApiProperty({ format: 'uuid' })
  task_id!: string;

  @ApiProperty({ enum: TASK_STATES })
  state!: string;
}

export class CompletedTaskDataDto {
  @ApiProperty({ type: CompletedTaskDto })
  data!: CompletedTaskDto;
}

export function toPushedUnitDto(unit: PushedUnit): PushedUnitDto {
  return fieldsOf(unit);
}

export function toPushedPageDto(unit: PushedUnit, isRepeated: boolean): PushedPageDto {
  return { ...fieldsOf(unit), repeated: isRepeated };
}

function fieldsOf({ id, scope, resourceType, heldDeletes, ...unit }: PushedUnit) {
  const { state, pages, seen, created, updated, unchanged, deleted } = unit;
  return {
    ...{ unit_id: id, scope, type: resourceType, state, pages },
    ...{ seen, created, updated, unchanged, deleted, held_deletes: heldDeletes },
  };
}
