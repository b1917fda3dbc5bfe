import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { type Caller, ResourceRepository } from '#database';

import { FromCaller } from '../http/caller.js';
import { NumberDataDto } from '../http/data.dto.js';
import { toListWindow } from '../http/list-window.dto.js';
import { FilterResourcesDto, ListResourcesDto, toResourceFilter } from './dto/filter-resources.dto.js';
import { ResourceListDto, toResourceDto } from './dto/resource.dto.js';

/** COC's view of the inventory. */
@ApiTags('Resources')
@ApiBearerAuth()
@Controller('v1/multicloud-resources')
export class ResourcesController {
  constructor(@Inject(ResourceRepository) private readonly resources: ResourceRepository) {}

  @Get()
  @ApiOperation({ operationId: 'ListMultiCloudResources', summary: 'List resources' })
  @ApiOkResponse({ type: ResourceListDto })
  async list(@FromCaller() { tenantId }: Caller, @Query() query: ListResourcesDto): Promise<ResourceListDto> {
    const resources = await this.resources.list(tenantId, toResourceFilter(query), toListWindow(query));
    return { data: resources.map(toResourceDto) };
  }

  @Get('count')
  @ApiOperation({ operationId: 'CountMultiCloudResources', summary: 'Count resources' })
  @ApiOkResponse({ type: NumberDataDto })
  async count(
    @FromCaller() { tenantId }: Caller,
    @Query() query: FilterResourcesDto,
  ): Promise<NumberDataDto> {
    return { data: await this.resources.count(tenantId, toResourceFilter(query)) };
  }
}
