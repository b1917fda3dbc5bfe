import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsOptional, IsUUID } from 'class-validator';

import type { PatchOperation, PlanItem, PlannedCell } from '#database';
import { UNIT_STATES } from '#domain';

import { PatchOperationDto } from '../../changes/dto/change.dto.js';
import { ListWindowDto } from '../../http/list-window.dto.js';
import { EmptyIsAbsent } from '../../http/query-values.js';

/** Which page of a plan: `limit`, and `marker` from the second on. */
export class PlanWindowDto extends PickType(ListWindowDto, ['limit']) {
  @ApiPropertyOptional({ format: 'uuid', description: 'The unit_id of the last item of the page before.' })
  @EmptyIsAbsent()
  @IsOptional()
  @IsUUID(undefined, { message: 'marker must be the unit_id of the last item of the page before' })
  marker?: string;
}

export class PlanItemDto {
  @ApiProperty({ description: "The vendor's id of the resource." })
  resource_id!: string;

  @ApiProperty()
  name!: string;
}

export class PlanUpdateDto extends PlanItemDto {
  @ApiProperty({
    type: [PatchOperationDto],
    description: 'What would change: an RFC 6902 JSON Patch, as in the changes of a resource.',
  })
  patch!: PatchOperation[];
}

/** The first resources of each kind that a unit would write. */
export class PlanSampleDto {
  @ApiProperty({ type: [PlanItemDto], description: 'New to the inventory.' })
  creates!: PlanItemDto[];

  @ApiProperty({ type: [PlanUpdateDto] })
  updates!: PlanUpdateDto[];

  @ApiProperty({ type: [PlanItemDto], description: 'Back again after they were deleted.' })
  restores!: PlanItemDto[];

  @ApiProperty({ type: [PlanItemDto], description: 'Deleted, or held back: see held_deletes.' })
  deletes!: PlanItemDto[];
}

/** What a sync would do about one resource type in one scope of an account. */
export class PlannedUnitDto {
  @ApiProperty({ format: 'uuid', description: 'Also the paging marker.' })
  unit_id!: string;

  @ApiProperty({ description: "The account's id at the vendor." })
  account_id!: string;

  @ApiProperty({ description: 'Region, subscription, project or vCenter.' })
  scope!: string;

  @ApiProperty()
  type!: string;

  @ApiProperty({ enum: UNIT_STATES, description: 'The counts are whole once it is SUCCEEDED.' })
  state!: string;

  @ApiProperty({ type: 'integer', description: 'Resources that would be created, or restored.' })
  created!: number;

  @ApiProperty({ type: 'integer' })
  updated!: number;

  @ApiProperty({ type: 'integer' })
  unchanged!: number;

  @ApiProperty({ type: 'integer' })
  deleted!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Deletions that would be held back because they are implausibly many.',
  })
  held_deletes!: number;

  @ApiProperty({ type: PlanSampleDto })
  sample!: PlanSampleDto;
}

export class SyncPlanDto {
  @ApiProperty({ type: [PlannedUnitDto] })
  data!: PlannedUnitDto[];
}

export function toPlannedUnitDto(cell: PlannedCell): PlannedUnitDto {
  const ofKind = (kind: PlanItem['kind']) => cell.sample.filter((item) => item.kind === kind);
  return {
    unit_id: cell.unitId,
    account_id: cell.accountId,
    scope: cell.scope,
    type: cell.resourceType,
    state: cell.state,
    created: cell.created,
    updated: cell.updated,
    unchanged: cell.unchanged,
    deleted: cell.deleted,
    held_deletes: cell.heldDeletes,
    sample: {
      creates: ofKind('create').map(toItem),
      updates: ofKind('update').map(({ nativeId, name, patch }) => ({
        resource_id: nativeId,
        name,
        patch: patch ?? [],
      })),
      restores: ofKind('restore').map(toItem),
      deletes: ofKind('delete').map(toItem),
    },
  };
}

function toItem({ nativeId, name }: PlanItem): PlanItemDto {
  return { resource_id: nativeId, name };
}
