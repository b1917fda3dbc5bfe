import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, ResourceRepository } from '#database';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { NumberDataDto } from '../http/data.dto.js';
import { toListWindow } from '../http/list-window.dto.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { FilterResourcesDto, ListResourcesDto, toResourceFilter } from './dto/filter-resources.dto.js';
import {
  ResourceDataDto,
  ResourceListDto,
  toResourceDetailsDto,
  toResourceListJson,
} from './dto/resource.dto.js';

/** COC's view of the inventory, and all that Muster knows of one resource. */
@ApiTags('Resources')
@Controller('v1/multicloud-resources')
export class ResourcesController {
  constructor(@Inject(ResourceRepository) private readonly resources: ResourceRepository) {}

  @Get()
  @Requires('coc:instance:listResources')
  @ApiOperation({ operationId: 'ListMultiCloudResources', summary: 'List resources' })
  @ApiOkResponse({ type: ResourceListDto })
  @Header('Content-Type', 'application/json; charset=utf-8')
  async list(@FromCaller() { tenantId }: Caller, @Query() query: ListResourcesDto): Promise<Buffer> {
    const resources = await this.resources.list(tenantId, toResourceFilter(query), toListWindow(query));
    return toResourceListJson(resources);
  }

  @Get('count')
  @Requires('coc:instance:countResources')
  @ApiOperation({ operationId: 'CountMultiCloudResources', summary: 'Count resources' })
  @ApiOkResponse({ type: NumberDataDto })
  async count(
    @FromCaller() { tenantId }: Caller,
    @Query() query: FilterResourcesDto,
  ): Promise<NumberDataDto> {
    return { data: await this.resources.count(tenantId, toResourceFilter(query)) };
  }

  // Behind the paths without a parameter: it would take them for ids.
  @Get(':id')
  @Requires('coc:instance:getResource')
  @ApiOperation({
    operationId: 'ShowMultiCloudResource',
    summary: 'All that is known of a resource, also when it is gone',
  })
  @ApiOkResponse({ type: ResourceDataDto })
  @RefusesWith({ noSuchResource: 'There is and was no such resource.' })
  async show(@FromCaller() { tenantId }: Caller, @Param('id') id: string): Promise<ResourceDataDto> {
    const resource = isUUID(id) ? await this.resources.find(tenantId, id) : undefined;
    if (resource === undefined) throw new ApiError('noSuchResource', `id ${id}: there is no such resource`);
    return { data: toResourceDetailsDto(resource) };
  }
}
