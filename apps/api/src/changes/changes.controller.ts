import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, ChangeRepository } from '#database';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { Markers } from '../http/markers/markers.js';
import { SerialWindowDto } from '../http/markers/serial-window.dto.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { noSuchTask } from '../sync-tasks/no-such-task.js';
import { ChangeListDto, toChangeDto } from './dto/change.dto.js';

/** What happened to resources. */
@ApiTags('Changes')
@Controller('v1/multicloud-resources')
export class ChangesController {
  constructor(
    @Inject(ChangeRepository) private readonly changes: ChangeRepository,
    @Inject(Markers) private readonly markers: Markers,
  ) {}

  @Get('sync/:task_id/changes')
  @Requires('coc:change:list')
  @ApiOperation({
    operationId: 'ListSyncTaskChanges',
    summary: 'What a sync changed, oldest first',
    description:
      'Complete once the task is over: until then, changes may still be recorded behind the marker. ' +
      'An account that was being synced already when the task was asked for is in it as a whole.',
  })
  @ApiOkResponse({ type: ChangeListDto })
  @RefusesWith({ noSuchTask: 'There is no such task.' })
  async ofTask(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @Query() query: SerialWindowDto,
  ): Promise<ChangeListDto> {
    const { window, toMarker } = await this.markers.serials(tenantId, 'recorded changes', query);
    const changes = isUUID(taskId) ? await this.changes.ofTask(tenantId, taskId, window) : undefined;
    if (changes === undefined) throw noSuchTask(taskId);
    return { data: changes.map((change) => toChangeDto(change, toMarker(change.id))) };
  }

  @Get(':id/changes')
  @Requires('coc:change:list')
  @ApiOperation({
    operationId: 'ListMultiCloudResourceChanges',
    summary: 'What happened to a resource, newest first',
  })
  @ApiOkResponse({ type: ChangeListDto })
  @RefusesWith({ noSuchResource: 'There is and was no such resource.' })
  async ofResource(
    @FromCaller() { tenantId }: Caller,
    @Param('id') id: string,
    @Query() query: SerialWindowDto,
  ): Promise<ChangeListDto> {
    const { window, toMarker } = await this.markers.serials(tenantId, 'recorded changes', query);
    const changes = isUUID(id) ? await this.changes.ofResource(tenantId, id, window) : undefined;
    if (changes === undefined) throw new ApiError('noSuchResource', `id ${id}: there is no such resource`);
    return { data: changes.map((change) => toChangeDto(change, toMarker(change.id))) };
  }
}
