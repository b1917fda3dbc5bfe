import { ApiProperty } from '@nestjs/swagger';

import type { Deletion, ListedResource, ResourceDetails, ResourceSummary } from '#database';
import { RELATION_KINDS, RESOURCE_STATUSES, VENDORS } from '#domain';

import { AnyObject } from '../../http/openapi/schemas.js';

const DELETION_CAUSES = ['not_listed', 'account_removed'];

/** A resource with COC's nine fields. */
export class ResourceDto {
  @ApiProperty({ format: 'uuid', description: "Muster's id; also the paging marker." })
  id!: string;

  @ApiProperty({ description: "The vendor's id." })
  resource_id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: VENDORS })
  vendor!: string;

  @ApiProperty()
  type!: string;

  @ApiProperty({ format: 'uuid', description: 'The id of the vendor account it was found with.' })
  datasource!: string;

  @ApiProperty()
  region_id!: string;

  @ApiProperty({ ...AnyObject, description: "The vendor's own document." })
  properties!: unknown;

  @ApiProperty({
    format: 'date-time',
    description: 'When it was created at the vendor, or first seen where the vendor does not say.',
  })
  create_time!: string;
}

export class ResourceListDto {
  @ApiProperty({ type: [ResourceDto] })
  data!: ResourceDto[];
}

/**
 * A list as JSON, in UTF-8. The vendors' documents, most of it, are in it as Postgres has them, and each part is
 * written straight to its place: half a megabyte as one string would be put together, measured and encoded.
 */
export function toResourceListJson(resources: readonly ListedResource[]): Buffer {
  const parts = ['{"data":['];
  for (const [index, resource] of resources.entries()) {
    if (index > 0) parts.push(',');
    const before = JSON.stringify(firstFields(resource)).slice(0, -1);
    parts.push(before, ',"properties":', resource.propertiesText);
    parts.push(`,"create_time":"${resource.createdAt.toISOString()}"}`);
  }
  parts.push(']}');
  const json = Buffer.allocUnsafeSlow(parts.reduce((bytes, part) => bytes + Buffer.byteLength(part), 0));
  let at = 0;
  for (const part of parts) at += json.write(part, at);
  return json;
}

/** COC's nine fields but for the last two, `properties` and `create_time`. */
function firstFields(resource: ResourceSummary) {
  return {
    id: resource.id,
    resource_id: resource.nativeId,
    name: resource.name,
    vendor: resource.vendor,
    type: resource.resourceType,
    datasource: resource.accountId,
    region_id: resource.regionId,
  };
}

export class RelationDto {
  @ApiProperty({ enum: RELATION_KINDS, description: 'Read from this resource to the other.' })
  kind!: string;

  @ApiProperty({ description: "The other's type." })
  type!: string;

  @ApiProperty({ description: "The other's id at the vendor. It may not have been synced yet." })
  native_id!: string;
}

/** When a resource was found to be gone, and the evidence. */
export class DeletionDto {
  @ApiProperty({ type: String, format: 'date-time' })
  deleted_at!: Date;

  @ApiProperty({
    enum: DELETION_CAUSES,
    description:
      'not_listed: a complete listing of its account, scope and type lacked it. account_removed: a user ' +
      'removed its account; all else is null then.',
  })
  cause!: string;

  @ApiProperty({ type: String, nullable: true, description: 'The task that started the sync that listed.' })
  task_id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The unit that listed.' })
  unit_id!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When that listing was complete.',
  })
  listed_at!: Date | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The id of the API key that approved the deletion; null when it was not held back.',
  })
  approved_by!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  approved_at!: Date | null;
}

/** A resource with all that is known of it. The patches of its changes are in these fields. */
export class ResourceDetailsDto extends ResourceDto {
  @ApiProperty({ enum: RESOURCE_STATUSES })
  status!: string;

  @ApiProperty({ type: String, nullable: true, description: "The state in the vendor's own word." })
  native_status!: string | null;

  @ApiProperty({ type: String, nullable: true })
  zone_id!: string | null;

  @ApiProperty({ type: [String], description: "IP addresses, in the vendor's order." })
  addresses!: string[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  tags!: Record<string, string>;

  @ApiProperty({ type: [RelationDto] })
  relations!: RelationDto[];

  @ApiProperty({ type: String, format: 'date-time' })
  first_seen_at!: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When a change was last recorded.' })
  changed_at!: Date;

  @ApiProperty({ format: 'uuid', description: 'The task of the last sync that changed it.' })
  changed_by_task!: string;

  @ApiProperty({ type: DeletionDto, nullable: true, description: 'Null while it is there.' })
  deletion!: DeletionDto | null;
}

export class ResourceDataDto {
  @ApiProperty({ type: ResourceDetailsDto })
  data!: ResourceDetailsDto;
}

export function toResourceDetailsDto(resource: ResourceDetails): ResourceDetailsDto {
  return {
    ...firstFields(resource),
    properties: resource.properties,
    create_time: resource.createdAt.toISOString(),
    status: resource.status,
    native_status: resource.nativeStatus,
    zone_id: resource.zoneId,
    addresses: resource.addresses,
    tags: resource.tags,
    relations: resource.relations.map(({ kind, type, nativeId }) => ({ kind, type, native_id: nativeId })),
    first_seen_at: resource.firstSeenAt,
    changed_at: resource.changedAt,
    changed_by_task: resource.changedByTaskId,
    deletion: resource.deletion === null ? null : toDeletionDto(resource.deletion),
  };
}

function toDeletionDto(deletion: Deletion): DeletionDto {
  return {
    deleted_at: deletion.at,
    cause: deletion.unitId === null ? 'account_removed' : 'not_listed',
    task_id: deletion.taskId,
    unit_id: deletion.unitId,
    listed_at: deletion.listedAt,
    approved_by: deletion.approvedBy,
    approved_at: deletion.approvedAt,
  };
}
