import { Body, Controller, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, HeldPruneRepository, type VerdictOutcome } from '#database';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { DecidedPruneDataDto, DecidePruneDto } from './dto/decide-prune.dto.js';

/** Prunes that were held because they would have deleted implausibly much. */
@ApiTags('Sync')
@Controller('v1/multicloud-resources/sync/:task_id/units/:unit_id/prune')
export class HeldPrunesController {
  constructor(@Inject(HeldPruneRepository) private readonly heldPrunes: HeldPruneRepository) {}

  @Post()
  @Requires('coc:heldPrune:decide')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'DecideHeldPrune',
    summary: 'Approve or reject the deletions that a unit held back',
  })
  @ApiOkResponse({ type: DecidedPruneDataDto })
  @ApiNotFoundResponse({ description: 'COC.00101201: there is no such unit in such a task.' })
  @ApiConflictResponse({
    description: 'COC.00101206: nothing is held, the account is being synced, or was synced again since.',
  })
  async decide(
    @FromCaller() { tenantId, credentialId }: Caller,
    @Param('task_id') taskId: string,
    @Param('unit_id') unitId: string,
    @Body() { decision }: DecidePruneDto,
  ): Promise<DecidedPruneDataDto> {
    const verdict = { tenantId, taskId, unitId, decision, decidedBy: credentialId };
    const known = isUUID(taskId) && isUUID(unitId);
    const outcome = known ? await this.heldPrunes.decide(verdict) : 'unknown';
    if (typeof outcome === 'string') throw toRefusal(outcome, verdict);
    return { data: { unit_id: unitId, decision, deleted: outcome.deleted } };
  }
}

function toRefusal(
  reason: Extract<VerdictOutcome, string>,
  { taskId, unitId }: { taskId: string; unitId: string },
): ApiError {
  switch (reason) {
    case 'unknown':
      return new ApiError('noSuchTask', `unit_id ${unitId}: there is no such unit in sync task ${taskId}`);
    case 'not-held':
      return new ApiError('pruneNotHeld', `unit_id ${unitId}: its deletions are not held back`);
    case 'busy':
      return new ApiError(
        'pruneNotHeld',
        'The account is being synced, which decides anew. Wait for that task.',
      );
    case 'superseded':
      return new ApiError('pruneNotHeld', 'The account was synced again since. Decide about that task.');
  }
}
