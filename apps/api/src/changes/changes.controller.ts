import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, ChangeRepository } from '#database';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { toMarkerWindow } from '../http/list-window.dto.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { SerialWindowDto } from '../http/serial-window.dto.js';
import { noSuchTask } from '../sync-tasks/no-such-task.js';
import { ChangeListDto, toChangeDto } from './dto/change.dto.js';

/** What happened to resources. */
@ApiTags('Changes')
@Controller('v1/multicloud-resources')
export class ChangesController {
  constructor(@Inject(ChangeRepository) private readonly changes: ChangeRepository) {}

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
    const changes = isUUID(taskId)
      ? await this.changes.ofTask(tenantId, taskId, toMarkerWindow(query))
      : undefined;
    if (changes === undefined) throw noSuchTask(taskId);
    return { data: changes.map(toChangeDto) };
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
    const changes = isUUID(id)
      ? await this.changes.ofResource(tenantId, id, toMarkerWindow(query))
      : undefined;
    if (changes === undefined) throw new ApiError('noSuchResource', `id ${id}: there is no such resource`);
    return { data: changes.map(toChangeDto) };
  }
}
