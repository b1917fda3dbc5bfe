import { ApiProperty } from '@nestjs/swagger';

import type { ListedResource } from '#database';

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
