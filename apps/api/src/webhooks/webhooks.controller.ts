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

import { type Caller, type WebhookKey, WebhookRepository, type WebhookTerms } from '#database';
import { Vault } from '#platform';
import { createWebhookSecret } from '#sync';
import { AddressPolicy, describeRefusedAddress } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { StringDataDto } from '../http/data.dto.js';
import { ListWindowDto, toListWindow, toMarkerWindow } from '../http/list-window.dto.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import {
  DeadLetterListDto,
  ListDeadLettersDto,
  OVERLAP_SECONDS,
  ReplayDeadLettersDto,
  ReplayedDto,
  RotatedSecretDto,
  RotateSecretDto,
  toDeadLetterDto,
  toWebhookDto,
  WebhookDataDto,
  WebhookListDto,
  WebhookTermsDto,
} from './dto/webhook.dto.js';

const MAX_WEBHOOKS = 20;
const NO_SUCH_WEBHOOK = 'There is no such webhook.';
const WEBHOOK_ID = { type: StringDataDto, description: "The webhook's id." };

/** Receivers that are told what happens. */
@ApiTags('Webhooks')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    @Inject(WebhookRepository) private readonly webhooks: WebhookRepository,
    @Inject(Vault) private readonly vault: Vault,
    @Inject(AddressPolicy) private readonly addresses: AddressPolicy,
  ) {}

  @Post()
  @Requires('coc:webhook:create')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'CreateWebhook',
    summary: 'Have a receiver told of events from now on',
    description:
      'Each is posted to it as a CloudEvent, signed by Standard Webhooks with a secret that Muster makes, until it ' +
      'answers with a 2xx; what it does not take in some two hours becomes a dead letter.',
  })
  @ApiOkResponse(WEBHOOK_ID)
  @RefusesWith({ tooManyWebhooks: `There are ${String(MAX_WEBHOOKS)} already.` })
  async create(@FromCaller() { tenantId }: Caller, @Body() body: WebhookTermsDto): Promise<StringDataDto> {
    const sealSecret = (id: string) => this.vault.seal(createWebhookSecret(), id);
    const id = await this.webhooks.create({ tenantId, sealSecret, ...this.toTerms(body) }, MAX_WEBHOOKS);
    if (id !== undefined) return { data: id };
    throw new ApiError(
      'tooManyWebhooks',
      `There are ${String(MAX_WEBHOOKS)} webhooks, as many as there may be: change or remove one.`,
    );
  }

  @Get()
  @Requires('coc:webhook:list')
  @ApiOperation({ operationId: 'ListWebhooks', summary: 'List webhooks, oldest first' })
  @ApiOkResponse({ type: WebhookListDto })
  async list(@FromCaller() { tenantId }: Caller, @Query() query: ListWindowDto): Promise<WebhookListDto> {
    const { webhooks, total } = await this.webhooks.list(tenantId, toListWindow(query));
    return { data: webhooks.map(toWebhookDto), total };
  }

  @Get(':id')
  @Requires('coc:webhook:get')
  @ApiOperation({ operationId: 'ShowWebhook', summary: 'A webhook, and how it is doing' })
  @ApiOkResponse({ type: WebhookDataDto })
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async show(@FromCaller() caller: Caller, @Param('id') id: string): Promise<WebhookDataDto> {
    const webhook = await this.webhooks.find(toKey(caller, id));
    if (webhook === undefined) throw noSuchWebhook(id);
    return { data: toWebhookDto(webhook) };
  }

  @Put(':id')
  @Requires('coc:webhook:update')
  @ApiOperation({
    operationId: 'UpdateWebhook',
    summary: 'Replace where a webhook leads, and what it is told of',
    description: 'What it has not taken yet is tried at once.',
  })
  @ApiOkResponse(WEBHOOK_ID)
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async update(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: WebhookTermsDto,
  ): Promise<StringDataDto> {
    return answer(id, await this.webhooks.update(toKey(caller, id), this.toTerms(body)));
  }

  @Delete(':id')
  @Requires('coc:webhook:delete')
  @ApiOperation({ operationId: 'DeleteWebhook', summary: 'Remove a webhook, with its dead letters' })
  @ApiOkResponse(WEBHOOK_ID)
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async remove(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StringDataDto> {
    return answer(id, await this.webhooks.remove(toKey(caller, id)));
  }

  @Post(':id/pause')
  @Requires('coc:webhook:pause')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ operationId: 'PauseWebhook', summary: 'Tell it nothing until it is resumed' })
  @ApiOkResponse(WEBHOOK_ID)
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async pause(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StringDataDto> {
    return answer(id, await this.webhooks.pause(toKey(caller, id)));
  }

  @Post(':id/resume')
  @Requires('coc:webhook:resume')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'ResumeWebhook',
    summary: 'Go on from where it was paused',
    description: 'It is told what came meanwhile, as far as that is kept (OUTBOX_RETENTION_DAYS).',
  })
  @ApiOkResponse(WEBHOOK_ID)
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async resume(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StringDataDto> {
    return answer(id, await this.webhooks.resume(toKey(caller, id)));
  }

  @Get(':id/secret')
  @Requires('coc:webhook:revealSecret')
  @ApiOperation({
    operationId: 'RevealWebhookSecret',
    summary: 'What its messages are signed with',
    description: 'For the receiver, which verifies them with it by any library for Standard Webhooks.',
  })
  @ApiOkResponse({ type: StringDataDto, description: 'whsec_ and 32 bytes in base64.' })
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async secret(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StringDataDto> {
    const sealed = await this.webhooks.findSecret(toKey(caller, id));
    if (sealed === undefined) throw noSuchWebhook(id);
    return { data: await this.vault.open(sealed, id.toLowerCase()) };
  }

  @Post(':id/secret/rotate')
  @Requires('coc:webhook:rotateSecret')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'RotateWebhookSecret',
    summary: 'Sign with another secret from now on',
    description:
      'And with the one before as well for overlap_seconds: a message then has two signatures, and a receiver knows it ' +
      'by either secret. One before that ends at once.',
  })
  @ApiOkResponse({ type: RotatedSecretDto })
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async rotate(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Query() { overlap_seconds: overlap = OVERLAP_SECONDS }: RotateSecretDto,
  ): Promise<RotatedSecretDto> {
    const key = toKey(caller, id);
    const sealed = await this.vault.seal(createWebhookSecret(), key.id);
    const rotated = await this.webhooks.replaceSecret(key, sealed, overlap);
    if (rotated === undefined) throw noSuchWebhook(id);
    return { data: { former_secret_until: rotated.formerSecretUntil } };
  }

  @Get(':id/dead-letters')
  @Requires('coc:webhook:listDeadLetters')
  @ApiOperation({
    operationId: 'ListDeadLetters',
    summary: 'Messages that it never took, oldest first',
    description: 'Of the last 30 days. The marker is the id of the last one.',
  })
  @ApiOkResponse({ type: DeadLetterListDto })
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async deadLetters(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ListDeadLettersDto,
  ): Promise<DeadLetterListDto> {
    const letters = await this.webhooks.deadLetters(toKey(caller, id), toMarkerWindow(query));
    if (letters === undefined) throw noSuchWebhook(id);
    return { data: letters.map(toDeadLetterDto) };
  }

  @Post(':id/dead-letters/replay')
  @Requires('coc:webhook:replay')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'ReplayDeadLetters',
    summary: 'Send dead letters again',
    description: 'Each once, oldest first, before what comes next. What is taken is gone from the list.',
  })
  @ApiOkResponse({ type: ReplayedDto })
  @RefusesWith({ noSuchWebhook: NO_SUCH_WEBHOOK })
  async replay(
    @FromCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { dead_letter_id: letterId }: ReplayDeadLettersDto,
  ): Promise<ReplayedDto> {
    const replayed = await this.webhooks.replay(toKey(caller, id), letterId);
    if (replayed === undefined) throw noSuchWebhook(id);
    return { data: replayed };
  }

  /** @throws {ApiError} when messages may not go there */
  private toTerms({ name, url, types }: WebhookTermsDto): WebhookTerms {
    if (!URL.canParse(url)) throw new ApiError('invalidParameter', 'url: it is no URL.');
    const { username, password, hash, hostname, href } = new URL(url);
    if (username !== '' || password !== '' || hash !== '') {
      throw new ApiError(
        'invalidParameter',
        'url: it must have no user, password or fragment; messages are signed instead.',
      );
    }
    const kind = this.addresses.refusalOfHost(hostname);
    if (kind !== undefined) {
      throw new ApiError('invalidParameter', `url: ${describeRefusedAddress(hostname, hostname, kind)}`);
    }
    return { name, url: href, types: types ?? [] };
  }
}

/** @throws {ApiError} when the id can be none. */
function toKey({ tenantId }: Caller, id: string): WebhookKey {
  if (!isUUID(id)) throw noSuchWebhook(id);
  return { tenantId, id: id.toLowerCase() };
}

function answer(id: string, isThere: boolean): StringDataDto {
  if (!isThere) throw noSuchWebhook(id);
  return { data: id };
}

function noSuchWebhook(id: string): ApiError {
  return new ApiError('noSuchWebhook', `The webhook ${id} does not exist.`);
}
