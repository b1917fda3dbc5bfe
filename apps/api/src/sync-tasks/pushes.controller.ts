import { createHash } from 'node:crypto';

import { Body, Controller, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, type KeyClaim, MAX_PUSHED_UNITS, type PlannedUnit, type TaskKey } from '#database';
import type { Resource } from '#domain';
import { type CloseRefusal, PushService, type ScopeEnd } from '#sync';
import {
  type AccountSettings,
  isTypeChosen,
  type PageIntake,
  type PostedResource,
  PostedResourceError,
} from '#vendor-kit';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { FromIdempotencyKey } from '../http/idempotency-key.js';
import { offeredVendor } from '../http/offered-vendor.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { CloseScopeDto } from './dto/close-scope.dto.js';
import { PushPageDto } from './dto/push-page.dto.js';
import {
  CompletedTaskDataDto,
  PushedPageDataDto,
  PushedUnitDataDto,
  toPushedPageDto,
  toPushedUnitDto,
} from './dto/pushed-unit.dto.js';
import { noSuchTask } from './no-such-task.js';

const NO_SUCH_TASK = 'There is no such task.';

/** What a source posts that lists itself: pages, the end of each scope, the end of all. */
@ApiTags('Sync')
@Controller('v1/multicloud-resources/sync/:task_id')
export class PushesController {
  constructor(@Inject(PushService) private readonly pushes: PushService) {}

  @Post('pages')
  @Requires('coc:syncTask:push')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'PushSyncPage',
    summary: "Post a page of an account's resources",
    description:
      'For accounts of OTHER whose connector says `"source": "push"`, within the task that a request for their sync ' +
      'has opened. The answer says how far the scope has come; by then the page is in the inventory. A page that is ' +
      'sent again, after an answer was lost, changes nothing. Of a page with anything wrong nothing is taken.',
  })
  @ApiOkResponse({ type: PushedPageDataDto })
  @RefusesWith({
    noSuchTask: NO_SUCH_TASK,
    pushRefused:
      'The task takes no pages, or not any more; the scope is closed, has another page of that number, or is one ' +
      'too many.',
  })
  async takePage(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @Body() { type, region, page, resources: posted }: PushPageDto,
  ): Promise<PushedPageDataDto> {
    const key = { tenantId, taskId };
    const { intake, cell } = await this.findScope(key, { type, region: region ?? '' });
    const resources = posted.map((one, index) => resourceOf(intake, { one, index }, region ?? ''));
    const named = { number: page, digest: createHash('sha256').update(JSON.stringify(posted)).digest() };
    const taken = await this.pushes.takePage(key, cell, { resources, named });
    if (taken === 'taken') {
      throw refusal(`page ${String(page)} of this scope is there already, and has other content`);
    }
    if (typeof taken === 'string' || !('unit' in taken)) throw refusalOf(taken);
    return { data: toPushedPageDto(taken.unit, taken.isRepeated) };
  }

  @Post('scopes/close')
  @Requires('coc:syncTask:push')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'CloseSyncScope',
    summary: 'Say that a scope was posted wholly, or could not be listed',
    description:
      'Only a scope that is closed as complete loses what was not posted, and the guard may hold that. Closed again ' +
      'in the same way, it is answered as before.',
  })
  @ApiOkResponse({ type: PushedUnitDataDto })
  @RefusesWith({
    noSuchTask: NO_SUCH_TASK,
    pushRefused:
      'The task takes no pages, or not any more; the scope is closed otherwise, or has more pages or fewer.',
  })
  async closeScope(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @Body() body: CloseScopeDto,
  ): Promise<PushedUnitDataDto> {
    const end = endOf(body);
    const key = { tenantId, taskId };
    const { cell } = await this.findScope(key, { type: body.type, region: body.region ?? '' });
    const closed = await this.pushes.closeScope(key, cell, end);
    if (typeof closed === 'string' || !('id' in closed)) throw refusalOf(closed);
    return { data: toPushedUnitDto(closed) };
  }

  @Post('complete')
  @Requires('coc:syncTask:push')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'CompleteSyncTask',
    summary: 'End a sync whose pages were posted',
    description:
      'Once each of its scopes is closed. What was posted nothing of stays as it is. Sent again, it is answered as ' +
      'before; to end a sync otherwise, cancel it.',
  })
  @ApiOkResponse({ type: CompletedTaskDataDto })
  @RefusesWith({
    noSuchTask: NO_SUCH_TASK,
    pushRefused: 'The task takes no pages, or not any more; or a scope is not closed, or there is none.',
  })
  async complete(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @FromIdempotencyKey() keyClaim: KeyClaim | undefined,
  ): Promise<CompletedTaskDataDto> {
    const key = { tenantId, taskId };
    await this.findIntake(key);
    const completed = await this.pushes.completeTask(key, keyClaim);
    if (completed === 'nothing') {
      throw refusal('nothing was posted: post a page, close a scope, or cancel the task');
    }
    if (typeof completed === 'object' && 'open' in completed) {
      const { open, some } = completed;
      const names = some.join(', ') + (open > some.length ? ', …' : '');
      throw refusal(
        `${String(open)} scopes are not closed (${names}): close each as complete or failed first`,
      );
    }
    if (typeof completed === 'string' || 'over' in completed) throw refusalOf(completed);
    return { data: { task_id: taskId, state: completed.state } };
  }

  private async findScope(
    key: TaskKey,
    { type, region }: { type: string; region: string },
  ): Promise<{ intake: PageIntake; cell: PlannedUnit }> {
    const { intake, settings } = await this.findIntake(key);
    if (!isTypeChosen(type, settings)) {
      throw new ApiError(
        'invalidParameter',
        `type ${type} is left out by the account's setting resource_types`,
      );
    }
    return { intake, cell: { scope: intake.scopeOf(type, region), resourceType: type } };
  }

  private async findIntake(key: TaskKey): Promise<{ intake: PageIntake; settings: AccountSettings }> {
    const account = isUUID(key.taskId) ? await this.pushes.findAccount(key) : undefined;
    if (account === undefined) {
      throw noSuchTask(key.taskId);
    }
    if (account === 'notPushed') throw refusalOf(account);
    const settings: AccountSettings = account.settings;
    const intake = offeredVendor(account.vendor).takesPages?.(settings);
    if (intake === undefined) throw refusalOf('notPushed');
    return { intake, settings };
  }
}

function resourceOf(
  intake: PageIntake,
  { one, index }: { one: PostedResource; index: number },
  region: string,
): Resource {
  try {
    return intake.resourceOf(one, region);
  } catch (error) {
    if (!(error instanceof PostedResourceError)) throw error;
    throw new ApiError('invalidParameter', `resources.${String(index)}.${error.message}`);
  }
}

/** @throws {ApiError} when it does not say how many pages there should be */
function endOf({ outcome, pages, message }: CloseScopeDto): ScopeEnd {
  if (outcome === 'failed') return { failure: message || 'it gives no reason' };
  if (typeof pages === 'number') return { pages };
  throw new ApiError(
    'invalidParameter',
    'pages is missing: with complete it must say how many pages were posted',
  );
}

function refusalOf(reason: CloseRefusal): ApiError {
  switch (reason) {
    case 'notPushed':
      return refusal(
        'the task takes no pages: it is not the sync of an account whose connector says "source": "push"',
      );
    case 'notYet':
      return refusal('the task waits for another sync of the account to end: complete or cancel that one');
    case 'tooMany':
      return refusal(`a sync has at most ${String(MAX_PUSHED_UNITS)} scopes`);
    case 'unopened':
      return refusal('no page of this scope was posted');
    default:
  }
  if ('over' in reason) return refusal(`the task is over (${reason.over}); begin a new sync`);
  if ('there' in reason) {
    return refusal(`${String(reason.there)} pages of this scope are there: post the others, or say how many`);
  }
  return refusal(`the scope is closed (${reason.closed.state})`);
}

function refusal(why: string): ApiError {
  return new ApiError('pushRefused', `Not taken: ${why}.`);
}
