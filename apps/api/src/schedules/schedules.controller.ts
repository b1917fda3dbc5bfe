import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import type { Caller, KeyClaim, ScheduleChange, ScheduleKey } from '#database';
import { ScheduleService } from '#sync';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { StringDataDto } from '../http/data.dto.js';
import { FromIdempotencyKey } from '../http/idempotency-key.js';
import { toListWindow, toMarkerWindow } from '../http/list-window.dto.js';
import { offeredVendor } from '../http/offered-vendor.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import {
  ChangeScheduleDto,
  CreateScheduleDto,
  ListScheduleRunsDto,
  ListSchedulesDto,
  ScheduleDataDto,
  ScheduleListDto,
  toScheduleDetailsDto,
  toScheduleDto,
  toScheduleFilter,
  toTiming,
} from './dto/schedule.dto.js';
import { ScheduleRunListDto, toScheduleRunDto } from './dto/schedule-run.dto.js';

const NO_SUCH_SCHEDULE = 'There is no such schedule.';
const OF_SETTINGS = "It is the account's setting `schedule`: change that.";
const SCHEDULE_ID = { type: StringDataDto, description: "The schedule's id." };

/** Syncs that start by themselves. */
@ApiTags('Schedules')
@Controller('v1/schedules')
export class SchedulesController {
  constructor(@Inject(ScheduleService) private readonly schedules: ScheduleService) {}

  @Post()
  @Requires('coc:schedule:create')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'CreateSchedule',
    summary: 'Sync an account, or all accounts of a vendor, again and again',
    description:
      'A time that comes while such a sync runs is skipped. Several that were missed are made up for by one sync.',
  })
  @ApiOkResponse(SCHEDULE_ID)
  @RefusesWith({
    noSuchAccount: 'The vendor has no account of this account_id.',
    scheduleExists:
      'There is one for the same account, or vendor, of the same cron line and time zone, or interval.',
  })
  async create(
    @FromCaller() { tenantId, credentialId }: Caller,
    @Body() body: CreateScheduleDto,
  ): Promise<StringDataDto> {
    const { vendor } = offeredVendor(body.vendor);
    const accountId = body.account_id ?? '';
    const created = await this.schedules.create({
      tenantId,
      vendor,
      timing: toTiming(body),
      createdBy: credentialId,
      ...(accountId === '' ? {} : { accountId }),
    });
    if (created === 'noAccount') {
      throw new ApiError('noSuchAccount', `account_id ${accountId}: there is no such ${vendor} account`);
    }
    if (created === 'exists') throw scheduleExists();
    return { data: created.id };
  }

  @Get()
  @Requires('coc:schedule:list')
  @ApiOperation({ operationId: 'ListSchedules', summary: 'List schedules' })
  @ApiOkResponse({ type: ScheduleListDto })
  async list(@FromCaller() { tenantId }: Caller, @Query() query: ListSchedulesDto): Promise<ScheduleListDto> {
    const { schedules, total } = await this.schedules.list(
      tenantId,
      toScheduleFilter(query),
      toListWindow(query),
    );
    return { data: schedules.map(toScheduleDto), total };
  }

  @Get(':id')
  @Requires('coc:schedule:get')
  @ApiOperation({ operationId: 'ShowSchedule', summary: 'A schedule, and when it starts next' })
  @ApiOkResponse({ type: ScheduleDataDto })
  @RefusesWith({ noSuchSchedule: NO_SUCH_SCHEDULE })
  async show(@FromCaller() caller: Caller, @Param('id') id: string): Promise<ScheduleDataDto> {
    const found = await this.schedules.find(toKey(caller, id));
    if (found === undefined) throw noSuchSchedule(id);
    return { data: toScheduleDetailsDto(found.schedule, found.nextTimes) };
  }

  @Get(':id/runs')
  @Requires('coc:schedule:listRuns')
  @ApiOperation({
    operationId: 'ListScheduleRuns',
    summary: 'What came of its times, newest first',
    description: 'Of the last 30 days. The marker is the id of the last one.',
  })
  @ApiOkResponse({ type: ScheduleRunListDto })
  @RefusesWith({ noSuchSchedule: NO_SUCH_SCHEDULE })
  async runs(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ListScheduleRunsDto,
  ): Promise<ScheduleRunListDto> {
    const runs = await this.schedules.runs(toKey(caller, id), toMarkerWindow(query));
    if (runs === undefined) throw noSuchSchedule(id);
    return { data: runs.map(toScheduleRunDto) };
  }

  @Put(':id')
  @Requires('coc:schedule:update')
  @ApiOperation({
    operationId: 'UpdateSchedule',
    summary: 'Give a schedule other times',
    description: 'All of its timing is replaced. One that is paused stays paused.',
  })
  @ApiOkResponse(SCHEDULE_ID)
  @RefusesWith({
    noSuchSchedule: NO_SUCH_SCHEDULE,
    scheduleExists: 'The same account, or vendor, has another schedule of these times.',
    scheduleOfSettings: OF_SETTINGS,
  })
  async update(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeScheduleDto,
  ): Promise<StringDataDto> {
    return answer(id, await this.schedules.change(toKey(caller, id), toTiming(body)));
  }

  @Delete(':id')
  @Requires('coc:schedule:delete')
  @ApiOperation({
    operationId: 'DeleteSchedule',
    summary: 'Remove a schedule, with its history',
    description: 'Syncs that it has started go on.',
  })
  @ApiOkResponse(SCHEDULE_ID)
  @RefusesWith({ noSuchSchedule: NO_SUCH_SCHEDULE, scheduleOfSettings: OF_SETTINGS })
  async remove(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StringDataDto> {
    return answer(id, await this.schedules.remove(toKey(caller, id)));
  }

  @Post(':id/pause')
  @Requires('coc:schedule:pause')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ operationId: 'PauseSchedule', summary: 'Let nothing be due until it is resumed' })
  @ApiOkResponse(SCHEDULE_ID)
  @RefusesWith({ noSuchSchedule: NO_SUCH_SCHEDULE })
  async pause(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StringDataDto> {
    return answer(id, await this.schedules.pause(toKey(caller, id)));
  }

  @Post(':id/resume')
  @Requires('coc:schedule:resume')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'ResumeSchedule',
    summary: 'Go on from the next time',
    description: 'What came while it was paused is not made up for.',
  })
  @ApiOkResponse(SCHEDULE_ID)
  @RefusesWith({ noSuchSchedule: NO_SUCH_SCHEDULE })
  async resume(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StringDataDto> {
    return answer(id, await this.schedules.resume(toKey(caller, id)));
  }

  @Post(':id/run')
  @Requires('coc:schedule:run')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'RunSchedule',
    summary: 'Start its sync now',
    description:
      'Paused or not; its times stay as they are. While such a sync runs, it returns that one, and the run counts as skipped.',
  })
  @ApiOkResponse({ type: StringDataDto, description: "The task's id." })
  @RefusesWith({ noSuchSchedule: NO_SUCH_SCHEDULE, noAccounts: 'There is no account of the vendor to sync.' })
  async run(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @FromIdempotencyKey() keyClaim: KeyClaim | undefined,
  ): Promise<StringDataDto> {
    const origin = { requestedBy: caller.credentialId, keyClaim };
    const started = await this.schedules.runNow(toKey(caller, id), origin);
    if (started === undefined) throw noSuchSchedule(id);
    if (started.taskId !== null) return { data: started.taskId };
    throw new ApiError(
      'noAccounts',
      `There is no ${started.vendor} account to sync. Add one: POST /v1/vendor-account`,
    );
  }
}

/** @throws {ApiError} when the id can be none. */
function toKey({ tenantId }: Caller, id: string): ScheduleKey {
  if (!isUUID(id)) throw noSuchSchedule(id);
  return { tenantId, id };
}

function answer(id: string, change: ScheduleChange): StringDataDto {
  switch (change) {
    case 'done':
      return { data: id };
    case 'unknown':
      throw noSuchSchedule(id);
    case 'exists':
      throw scheduleExists();
    case 'ofSettings':
      throw new ApiError(
        'scheduleOfSettings',
        `The schedule ${id} is its account's setting: change or remove settings.schedule by PUT /v1/vendor-account/{id}, or pause it.`,
      );
  }
}

function noSuchSchedule(id: string): ApiError {
  return new ApiError('noSuchSchedule', `The schedule ${id} does not exist.`);
}

function scheduleExists(): ApiError {
  return new ApiError(
    'scheduleExists',
    'There is a schedule with these times already: see GET /v1/schedules. Change that one, or choose other times.',
  );
}
