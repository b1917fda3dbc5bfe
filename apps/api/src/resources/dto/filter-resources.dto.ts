import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, IsOptional, IsString } from 'class-validator';

import type { ResourceFilter } from '#database';
import { type Vendor, VENDORS } from '#domain';

import { ListWindowDto } from '../../http/list-window.dto.js';
import { EmptyIsAbsent, RepeatedValue } from '../../http/query-values.js';

const MAX_VALUES = 100;

/** GET /v1/multicloud-resources/count */
export class FilterResourcesDto {
  @ApiProperty({ enum: VENDORS })
  @IsIn(VENDORS)
  vendor!: Vendor;

  @ApiPropertyOptional({ description: 'For example cloudservers; docs/resource-types.md lists them.' })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  type?: string;

  @ApiPropertyOptional({ type: [String], maxItems: MAX_VALUES, description: "The vendor's ids." })
  @RepeatedValue()
  @IsOptional()
  @ArrayMaxSize(MAX_VALUES)
  @IsString({ each: true })
  resource_id_list?: string[];

  @ApiPropertyOptional({ type: [String], maxItems: MAX_VALUES, description: 'Whole names.' })
  @RepeatedValue()
  @IsOptional()
  @ArrayMaxSize(MAX_VALUES)
  @IsString({ each: true })
  name_list?: string[];

  @ApiPropertyOptional({ type: [String], maxItems: MAX_VALUES })
  @RepeatedValue()
  @IsOptional()
  @ArrayMaxSize(MAX_VALUES)
  @IsString({ each: true })
  region_id_list?: string[];
}

/** GET /v1/multicloud-resources */
export class ListResourcesDto extends IntersectionType(FilterResourcesDto, ListWindowDto) {}

export function toResourceFilter(query: FilterResourcesDto): ResourceFilter {
  return {
    vendor: query.vendor,
    ...(query.type === undefined ? {} : { type: query.type }),
    ...(query.resource_id_list === undefined ? {} : { nativeIds: query.resource_id_list }),
    ...(query.name_list === undefined ? {} : { names: query.name_list }),
    ...(query.region_id_list === undefined ? {} : { regionIds: query.region_id_list }),
  };
}
