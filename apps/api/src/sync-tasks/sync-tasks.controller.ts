import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';
import type { FastifyReply } from 'fastify';

import { type Caller, type KeyClaim, PlanRepository } from '#database';
import { isTaskOver } from '#domain';
import { SyncService, TaskWatch } from '#sync';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { StringDataDto } from '../http/data.dto.js';
import { FromIdempotencyKey } from '../http/idempotency-key.js';
import { toMarkerWindow } from '../http/list-window.dto.js';
import { offeredVendor } from '../http/offered-vendor.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { currentOrigin } from '../http/request-origin.js';
import { whenGone } from '../http/when-gone.js';
import { AwaitSyncTaskDto } from './dto/await-sync-task.dto.js';
import { ListSyncTasksDto, toTaskFilter } from './dto/list-sync-tasks.dto.js';
import { RequestSyncDto, SyncOptionsDto } from './dto/request-sync.dto.js';
import { PlanWindowDto, SyncPlanDto, toPlannedUnitDto } from './dto/sync-plan.dto.js';
import { SyncTaskDataDto, toSyncTaskDto } from './dto/sync-task.dto.js';
import { SyncTaskListDto, toSyncTaskSummaryDto } from './dto/sync-task-summary.dto.js';
import { noSuchTask } from './no-such-task.js';
import { entityTagOf, namesTag, secondsToNextLook } from './poll-hints.js';

/** What helps those who ask again and again. */
const POLLING_HEADERS = {
  ETag: { description: 'Changes with the answer; for If-None-Match.', schema: { type: 'string' } },
  'Retry-After': {
    description: 'In how many seconds it is worth asking again; absent once the task is over.',
    schema: { type: 'integer' },
  },
} as const;

/** Syncs: COC's request for one, and Muster's view of the task that came of it. */
@ApiTags('Sync')
@Controller('v1/multicloud-resources/sync')
export class SyncTasksController {
  constructor(
    @Inject(SyncService) private readonly sync: SyncService,
    @Inject(TaskWatch) private readonly watch: TaskWatch,
    @Inject(PlanRepository) private readonly plans: PlanRepository,
  ) {}

  @Post()
  @Requires('coc:instance:syncResources')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'SyncMultiCloudResource',
    summary: 'Sync the resources of an account, or of all accounts of a vendor',
    description: 'Asked again while it runs, it returns the same task, unless forced.',
  })
  @ApiOkResponse({ type: StringDataDto, description: "The task's id." })
  @RefusesWith({
    noSuchAccount: 'The vendor has no account of this account_id.',
    noAccounts: 'There is no account of the vendor to sync.',
  })
  async request(
    @FromCaller() caller: Caller,
    @Body() body: RequestSyncDto,
    @Query() { plan = false, force = false }: SyncOptionsDto,
    @FromIdempotencyKey() keyClaim: KeyClaim | undefined,
  ): Promise<StringDataDto> {
    offeredVendor(body.vendor);
    const accountId = body.account_id === '' ? undefined : body.account_id;
    const taskId = await this.sync.requestSync({
      tenantId: caller.tenantId,
      vendor: body.vendor,
      trigger: currentOrigin(),
      requestedBy: caller.credentialId,
      mode: plan ? 'plan' : 'sync',
      force,
      ...(accountId === undefined ? {} : { accountId }),
      ...(keyClaim === undefined ? {} : { keyClaim }),
    });
    if (taskId !== undefined) return { data: taskId };
    throw accountId === undefined
      ? new ApiError(
          'noAccounts',
          `There is no ${body.vendor} account to sync. Add one: POST /v1/vendor-account`,
        )
      : new ApiError('noSuchAccount', `account_id ${accountId}: there is no such ${body.vendor} account`);
  }

  @Get()
  @Requires('coc:syncTask:list')
  @ApiOperation({
    operationId: 'ListSyncTasks',
    summary: 'Which syncs there are and were, newest first',
    description: 'Filters narrow each other down. The marker is the task_id of the last one.',
  })
  @ApiOkResponse({ type: SyncTaskListDto })
  async list(@FromCaller() { tenantId }: Caller, @Query() query: ListSyncTasksDto): Promise<SyncTaskListDto> {
    const tasks = await this.sync.listTasks(tenantId, toTaskFilter(query), toMarkerWindow(query));
    return { data: tasks.map(toSyncTaskSummaryDto) };
  }

  @Get(':task_id')
  @Requires('coc:syncTask:get')
  @ApiOperation({
    operationId: 'ShowSyncTask',
    summary: 'How a sync is going, part by part',
    description:
      'With wait=30s the answer comes when the task is over, at the latest after that time. Until it is over, ' +
      'Retry-After says when it is worth asking again.',
  })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of the answer that is known.' })
  @ApiOkResponse({ type: SyncTaskDataDto, headers: POLLING_HEADERS })
  @ApiResponse({ status: HttpStatus.NOT_MODIFIED, description: 'It is as If-None-Match knows it.' })
  @RefusesWith({ noSuchTask: 'There is no such task.' })
  async show(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @Query() { wait = 0 }: AwaitSyncTaskDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SyncTaskDataDto | undefined> {
    const find = async () => (isUUID(taskId) ? await this.sync.reportTask(tenantId, taskId) : undefined);
    let task = await find();
    if (task !== undefined && wait > 0 && !isTaskOver(task.state)) {
      await this.watch.until(taskId, wait * 1_000, whenGone(reply));
      task = await find();
    }
    if (task === undefined) throw noSuchTask(taskId);
    const answer = { data: toSyncTaskDto(task) };
    // What is estimated changes with the time, whether or not anything happens.
    const { estimate: _estimate, ...lasting } = answer.data;
    const tag = entityTagOf(lasting);
    const seconds = secondsToNextLook(task);
    void reply.header('ETag', tag);
    if (seconds !== undefined) void reply.header('Retry-After', seconds);
    if (!namesTag(reply.request.headers['if-none-match'], tag)) return answer;
    void reply.status(HttpStatus.NOT_MODIFIED);
    return undefined;
  }

  @Get(':task_id/plan')
  @Requires('coc:syncTask:getPlan')
  @ApiOperation({
    operationId: 'ShowSyncPlan',
    summary: 'What a sync would do, with a sample',
    description:
      'For a task that was asked for with plan=true: counts and the first resources of each kind, by account, ' +
      'scope and type. Complete once the task is over.',
  })
  @ApiOkResponse({ type: SyncPlanDto })
  @RefusesWith({
    noSuchTask: 'There is no such task.',
    notAPlan: 'The task is no plan: it wrote what it listed.',
  })
  async showPlan(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @Query() query: PlanWindowDto,
  ): Promise<SyncPlanDto> {
    const cells = isUUID(taskId)
      ? await this.plans.cells({ tenantId, taskId }, toMarkerWindow(query))
      : 'unknown';
    if (cells === 'unknown') throw noSuchTask(taskId);
    if (cells !== 'sync') return { data: cells.map(toPlannedUnitDto) };
    throw new ApiError(
      'notAPlan',
      `task_id ${taskId}: it is no plan but a sync; see GET /v1/multicloud-resources/sync/${taskId}/changes`,
    );
  }

  @Post(':task_id/cancel')
  @Requires('coc:syncTask:cancel')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'CancelSyncTask',
    summary: 'Cancel a sync',
    description:
      'It is CANCELLED at once, with all that it started; pages being read stop within seconds. What is ' +
      'committed stays, and nothing is deleted for want of the rest. Syncs of other tasks that it waited ' +
      'for go on.',
  })
  @ApiOkResponse({ type: StringDataDto, description: "The task's id." })
  @RefusesWith({
    noSuchTask: 'There is no such task.',
    taskOver: 'The task is over already; the message has its state.',
  })
  async cancel(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @FromIdempotencyKey() keyClaim: KeyClaim | undefined,
  ): Promise<StringDataDto> {
    const cancelled = isUUID(taskId) ? await this.sync.cancelTask({ tenantId, taskId }, keyClaim) : 'unknown';
    if (cancelled === 'unknown') throw noSuchTask(taskId);
    if ('runIds' in cancelled) return { data: taskId };
    throw new ApiError(
      'taskOver',
      `task_id ${taskId}: the sync is over (${cancelled.over}); there is nothing to cancel`,
    );
  }

  @Post(':task_id/retry')
  @Requires('coc:syncTask:retry')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'RetrySyncTask',
    summary: 'Try again what failed of a finished sync',
    description:
      'In the same task, which is RUNNING again: its FAILED units, from their first page on, and accounts ' +
      'that could not be planned. What succeeded, was skipped, held or cancelled is left as it is, and so ' +
      'are accounts that were removed, and those that another task synced: retry that one.',
  })
  @ApiOkResponse({ type: StringDataDto, description: "The task's id." })
  @RefusesWith({
    noSuchTask: 'There is no such task.',
    taskOpen: 'The task is not over.',
    nothingFailed: 'Nothing of it failed that can be tried again.',
    accountBusy: 'Another sync of one of its accounts is running; the message has its task id.',
  })
  async retry(
    @FromCaller() { tenantId }: Caller,
    @Param('task_id') taskId: string,
    @FromIdempotencyKey() keyClaim: KeyClaim | undefined,
  ): Promise<StringDataDto> {
    const retry = isUUID(taskId) ? await this.sync.retryTask({ tenantId, taskId }, keyClaim) : 'unknown';
    if (retry === 'unknown') throw noSuchTask(taskId);
    if (retry === 'nothingFailed') {
      throw new ApiError(
        'nothingFailed',
        `task_id ${taskId}: nothing that this sync started failed and can be tried again. Start a new one: POST /v1/multicloud-resources/sync`,
      );
    }
    if ('open' in retry) {
      throw new ApiError(
        'taskOpen',
        `task_id ${taskId}: the sync is ${retry.open}; retry it when it is over, or cancel it first`,
      );
    }
    if ('busyWith' in retry) {
      throw new ApiError(
        'accountBusy',
        `task_id ${taskId}: another sync of its account is running, task ${retry.busyWith}; wait for that one`,
      );
    }
    return { data: taskId };
  }
}
