import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import type { PatchOperation, RecordedChange } from '#database';

import { AnyJson } from '../../http/openapi/schemas.js';

const KINDS = ['CREATED', 'UPDATED', 'DELETED', 'RESTORED'];

export class PatchOperationDto {
  @ApiProperty({ enum: ['add', 'remove', 'replace'] })
  op!: string;

  @ApiProperty({ description: 'JSON Pointer (RFC 6901) into the resource: /status' })
  path!: string;

  @ApiPropertyOptional({ ...AnyJson, description: 'Absent when op is remove.' })
  value?: unknown;
}

/** Something that happened to a resource. */
export class ChangeDto {
  @ApiProperty({ description: 'Also the paging marker.' })
  id!: string;

  @ApiProperty({
    description: "Muster's id of the resource, by COC's name for it: the `id` in lists of resources.",
  })
  cmdb_resource_id!: string;

  @ApiProperty({ description: "The vendor's id of the resource, as in lists of resources." })
  resource_id!: string;

  @ApiProperty({ description: "The resource's name now." })
  name!: string;

  @ApiProperty({ description: "The resource's type." })
  type!: string;

  @ApiProperty({ enum: KINDS })
  kind!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The task that started the sync; null when the account was removed instead.',
  })
  task_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  unit_id!: string | null;

  @ApiProperty({
    type: [PatchOperationDto],
    nullable: true,
    description:
      'An RFC 6902 JSON Patch of the resource as GET /v1/multicloud-resources/{id} shows it: name, status, ' +
      'native_status, region_id, zone_id, addresses, tags, create_time (null where the vendor does not say), ' +
      'properties, relations. Null unless kind is UPDATED.',
  })
  patch!: PatchOperation[] | null;

  @ApiProperty({ type: String, format: 'date-time' })
  at!: Date;
}

export class ChangeListDto {
  @ApiProperty({ type: [ChangeDto] })
  data!: ChangeDto[];
}

/** @param id the change's place in the list, as the tenant is shown it */
export function toChangeDto(change: RecordedChange, id: string) {
  return {
    id,
    cmdb_resource_id: change.resourceId,
    resource_id: change.nativeId,
    name: change.name,
    type: change.resourceType,
    kind: change.kind,
    task_id: change.taskId,
    unit_id: change.unitId,
    patch: change.patch,
    at: change.at,
  };
}
