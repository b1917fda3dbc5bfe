import { ApiProperty } from '@nestjs/swagger';

import type { ListedResource, ResourceDetails } from '#database';
import { RELATION_KINDS, RESOURCE_STATUSES } from '#domain';

/** A resource with COC's nine fields. */
export class ResourceDto {
  @ApiProperty({ description: "Muster's id; also the paging marker." })
  id!: string;

  @ApiProperty({ description: "The vendor's id." })
  resource_id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  vendor!: string;

  @ApiProperty()
  type!: string;

  @ApiProperty({ description: 'The id of the vendor account it was found with.' })
  datasource!: string;

  @ApiProperty()
  region_id!: string;

  @ApiProperty({ type: Object, description: "The vendor's own document." })
  properties!: unknown;

  @ApiProperty({
    description: 'When it was created at the vendor, or first seen where the vendor does not say.',
  })
  create_time!: string;
}

export class ResourceListDto {
  @ApiProperty({ type: [ResourceDto] })
  data!: ResourceDto[];
}

export function toResourceDto(resource: ListedResource): ResourceDto {
  return cocFields(resource);
}

/** COC's nine fields. */
function cocFields(resource: ListedResource) {
  return {
    id: resource.id,
    resource_id: resource.nativeId,
    name: resource.name,
    vendor: resource.vendor,
    type: resource.resourceType,
    datasource: resource.accountId,
    region_id: resource.regionId,
    properties: resource.properties,
    create_time: (resource.vendorCreatedAt ?? resource.firstSeenAt).toISOString(),
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

  @ApiProperty({ description: 'The task of the last sync that changed it.' })
  changed_by_task!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null while it is there.' })
  deleted_at!: Date | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The evidence: the unit whose complete listing lacked it. Null also when its account was removed.',
  })
  deleted_by_unit_id!: string | null;
}

export class ResourceDataDto {
  @ApiProperty({ type: ResourceDetailsDto })
  data!: ResourceDetailsDto;
}

export function toResourceDetailsDto(resource: ResourceDetails): ResourceDetailsDto {
  return {
    ...cocFields(resource),
    status: resource.status,
    native_status: resource.nativeStatus,
    zone_id: resource.zoneId,
    addresses: resource.addresses,
    tags: resource.tags,
    relations: resource.relations.map(({ kind, type, nativeId }) => ({ kind, type, native_id: nativeId })),
    first_seen_at: resource.firstSeenAt,
    changed_at: resource.changedAt,
    changed_by_task: resource.changedByTaskId,
    deleted_at: resource.deletedAt,
    deleted_by_unit_id: resource.deletedByUnitId,
  };
}
