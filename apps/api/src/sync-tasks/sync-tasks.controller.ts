import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import type { Caller } from '#database';
import { SyncService } from '#sync';

import { ApiError } from '../http/api-error.js';
import { FromCaller } from '../http/caller.js';
import { StringDataDto } from '../http/data.dto.js';
import { offeredVendor } from '../http/offered-vendor.js';
import { RequestSyncDto } from './dto/request-sync.dto.js';
import { SyncTaskDataDto, toSyncTaskDto } from './dto/sync-task.dto.js';

/** Syncs: COC's request for one, and Muster's view of the task that came of it. */
@ApiTags('Sync')
@ApiBearerAuth()
@Controller('v1/multicloud-resources/sync')
export class SyncTasksController {
  constructor(@Inject(SyncService) private readonly sync: SyncService) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'SyncMultiCloudResource',
    summary: 'Sync the resources of an account, or of all accounts of a vendor',
    description: 'Asked again while it runs, it returns the same task.',
  })
  @ApiOkResponse({ type: StringDataDto, description: "The task's id." })
  async request(@FromCaller() caller: Caller, @Body() body: RequestSyncDto): Promise<StringDataDto> {
    offeredVendor(body.vendor);
    const accountId = body.account_id === '' ? undefined : body.account_id;
    const taskId = await this.sync.requestSync({
      tenantId: caller.tenantId,
      vendor: body.vendor,
      trigger: 'api',
      requestedBy: caller.credentialId,
      ...(accountId === undefined ? {} : { accountId }),
    });
    if (taskId !== undefined) return { data: taskId };
    throw accountId === undefined
      ? new ApiError(
          'noAccounts',
          `There is no ${body.vendor} account to sync. Add one: POST /v1/vendor-account`,
        )
      : new ApiError('noSuchAccount', `account_id ${accountId}: there is no such ${body.vendor} account`);
  }

  @Get(':task_id')
  @ApiOperation({ operationId: 'ShowSyncTask', summary: 'How a sync is going, part by part' })
  @ApiOkResponse({ type: SyncTaskDataDto })
  @ApiNotFoundResponse({ description: 'COC.00101201: there is no such task.' })
  async show(@FromCaller() { tenantId }: Caller, @Param('task_id') taskId: string): Promise<SyncTaskDataDto> {
    const task = isUUID(taskId) ? await this.sync.reportTask(tenantId, taskId) : undefined;
    if (task === undefined) throw new ApiError('noSuchTask', `task_id ${taskId}: there is no such sync task`);
    return { data: toSyncTaskDto(task) };
  }
}
