import { Body, Controller, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, PruneRepository, type UndoOutcome, type VerdictOutcome } from '#database';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { DecidedPruneDataDto, DecidePruneDto } from './dto/decide-prune.dto.js';
import { UndonePruneDataDto } from './dto/undone-prune.dto.js';

const NO_SUCH_UNIT = 'There is no such unit in such a task.';

/** What users do about prunes: approve or reject one that would delete implausibly much, undo one. */
@ApiTags('Sync')
@Controller('v1/multicloud-resources/sync/:task_id/units/:unit_id/prune')
export class PrunesController {
  constructor(@Inject(PruneRepository) private readonly prunes: PruneRepository) {}

  @Post()
  @Requires('coc:heldPrune:decide')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'DecideHeldPrune',
    summary: 'Approve or reject the deletions that a unit held back',
  })
  @ApiOkResponse({ type: DecidedPruneDataDto })
  @RefusesWith({
    noSuchTask: NO_SUCH_UNIT,
    pruneNotHeld: 'Nothing is held, the account is being synced, or was synced again since.',
  })
  async decide(
    @FromCaller() { tenantId, credentialId }: Caller,
    @Param('task_id') taskId: string,
    @Param('unit_id') unitId: string,
    @Body() { decision }: DecidePruneDto,
  ): Promise<DecidedPruneDataDto> {
    const verdict = { tenantId, taskId, unitId, decision, decidedBy: credentialId };
    const known = isUUID(taskId) && isUUID(unitId);
    const outcome = known ? await this.prunes.decide(verdict) : 'unknown';
    if (typeof outcome === 'string') throw toRefusal(outcome, verdict);
    return { data: { unit_id: unitId, decision, deleted: outcome.deleted } };
  }

  @Post('undo')
  @Requires('coc:prune:undo')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'UndoPrune',
    summary: 'Bring back what a unit deleted',
    description:
      'All that its prune deleted, by itself or approved, and that is still deleted by it. Once per unit, as ' +
      'long as tombstones are kept. It does not change what the vendor lists: the next complete listing ' +
      'that lacks these resources deletes them again, or is held.',
  })
  @ApiOkResponse({ type: UndonePruneDataDto })
  @RefusesWith({
    noSuchTask: NO_SUCH_UNIT,
    pruneNotUndoable:
      'The unit deleted nothing, or its deletions were undone already or have become final, or its account ' +
      'was removed or is being synced.',
  })
  async undo(
    @FromCaller() { tenantId, credentialId }: Caller,
    @Param('task_id') taskId: string,
    @Param('unit_id') unitId: string,
  ): Promise<UndonePruneDataDto> {
    const known = isUUID(taskId) && isUUID(unitId);
    const outcome = known
      ? await this.prunes.undo({ tenantId, taskId, unitId, undoneBy: credentialId })
      : 'unknown';
    if (typeof outcome === 'string') throw toUndoRefusal(outcome, { taskId, unitId });
    return { data: { unit_id: unitId, restored: outcome.restored } };
  }
}

function toUndoRefusal(
  reason: Extract<UndoOutcome, string>,
  { taskId, unitId }: { taskId: string; unitId: string },
): ApiError {
  const notUndoable = (why: string) => new ApiError('pruneNotUndoable', `unit_id ${unitId}: ${why}`);
  switch (reason) {
    case 'unknown':
      return noSuchUnit(taskId, unitId);
    case 'nothing-pruned':
      return notUndoable('it deleted nothing, so there is nothing to undo');
    case 'undone':
      return notUndoable('its deletions were undone already');
    case 'expired':
      return notUndoable('its deletions are final: they are older than TOMBSTONE_RETENTION_DAYS');
    case 'removed':
      return notUndoable('its account was removed, with all of its resources. Add and sync it again');
    case 'busy':
      return notUndoable('its account is being synced. Wait for that task, or cancel it');
  }
}

function noSuchUnit(taskId: string, unitId: string): ApiError {
  return new ApiError('noSuchTask', `unit_id ${unitId}: there is no such unit in sync task ${taskId}`);
}

function toRefusal(
  reason: Extract<VerdictOutcome, string>,
  { taskId, unitId }: { taskId: string; unitId: string },
): ApiError {
  switch (reason) {
    case 'unknown':
      return noSuchUnit(taskId, unitId);
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
