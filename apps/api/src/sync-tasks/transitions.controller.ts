import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, TransitionRepository } from '#database';

import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { Markers } from '../http/markers/markers.js';
import { SerialWindowDto } from '../http/markers/serial-window.dto.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { toTransitionDto, TransitionListDto } from './dto/transition.dto.js';
import { noSuchTask } from './no-such-task.js';

/** What happened to a sync's task, runs and units, step by step. */
@ApiTags('Sync')
@Controller('v1/multicloud-resources/sync/:task_id/transitions')
export class TransitionsController {
  constructor(
    @Inject(TransitionRepository) private readonly transitions: TransitionRepository,
    @Inject(Markers) private readonly markers: Markers,
  ) {}

  @Get()
  @Requires('coc:syncTask:listTransitions')
  @ApiOperation({
    operationId: 'ListSyncTaskTransitions',
    summary: 'Every change of state of a sync and its parts, oldest first',
    description:
      'Complete once the task is over: until then, transitions may still be recorded behind the marker. ' +
      'The run of an account that was being synced already is in it as a whole.',
  })
  @ApiOkResponse({ type: TransitionListDto })
  @RefusesWith({ noSuchTask: 'There is no such task.' })
  async list(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @Query() query: SerialWindowDto,
  ): Promise<TransitionListDto> {
    const { window, toMarker } = await this.markers.serials(tenantId, 'transitions', query);
    const transitions = isUUID(taskId)
      ? await this.transitions.ofTask({ tenantId, taskId }, window)
      : undefined;
    if (transitions === undefined) {
      throw noSuchTask(taskId);
    }
    return { data: transitions.map((transition) => toTransitionDto(transition, toMarker(transition.id))) };
  }
}
