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

import { AccountRepository, type Caller } from '#database';
import type { Vendor } from '#domain';
import { Vault } from '#platform';
import { AccountCheckService, scheduleOfSettings } from '#sync';
import { usesHostIdentity } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { StringDataDto } from '../http/data.dto.js';
import { toListWindow } from '../http/list-window.dto.js';
import { offeredVendor } from '../http/offered-vendor.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { checkKeys, checkKeysBesideHostIdentity, checkNewId } from './check-keys.js';
import { AccountListDto, toAccountDto } from './dto/account.dto.js';
import { CreateAccountDto } from './dto/create-account.dto.js';
import { ListAccountsDto } from './dto/list-accounts.dto.js';
import { UpdateAccountDto } from './dto/update-account.dto.js';
import { SettingsReader } from './settings-reader.js';
import { unfoldCredentialsFile } from './unfold-credentials-file.js';

/** What creating and changing an account do, beside what their names say. */
const CHECKED =
  'Its credentials are then tried, which takes as long as the vendor takes to answer, at most ' +
  'ACCOUNT_CHECK_SECONDS. What came of it is in sync_status and failure_msg; the account is stored in any case.';

/** COC's vendor accounts. */
@ApiTags('Vendor accounts')
@Controller('v1/vendor-account')
export class AccountsController {
  constructor(
    @Inject(AccountRepository) private readonly accounts: AccountRepository,
    @Inject(Vault) private readonly vault: Vault,
    @Inject(AccountCheckService) private readonly checks: AccountCheckService,
    @Inject(SettingsReader) private readonly settingsReader: SettingsReader,
  ) {}

  @Post()
  @Requires('coc:vendorAccount:create')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'CreateVendorAccount',
    summary: 'Add an account',
    description: CHECKED,
  })
  @ApiOkResponse({ type: StringDataDto, description: "The account's id." })
  @RefusesWith({ accountExists: 'There is an account of this vendor with this account_id.' })
  async create(@FromCaller() { tenantId }: Caller, @Body() body: CreateAccountDto): Promise<StringDataDto> {
    const vendor = offeredVendor(body.vendor);
    const { ak, sk, settings: given } = unfoldCredentialsFile(vendor, body) ?? body;
    checkKeys(vendor, { ak, sk });
    const asked = given ?? vendor.settingsFromId?.(body.account_id) ?? {};
    const settings = await this.settingsReader.read(vendor, asked, tenantId);
    checkKeysBesideHostIdentity({ settings, ak, sk });
    const id = await this.accounts.create({
      tenantId,
      vendor: body.vendor,
      accountId: body.account_id,
      accountName: body.account_name,
      ak,
      settings,
      schedule: scheduleOfSettings(settings.schedule),
      pushTimeoutSeconds: vendor.takesPages?.(settings)?.timeoutSeconds,
      sealSk: (owner) => this.vault.seal(sk, owner),
    });
    if (id === undefined) {
      throw new ApiError('accountExists', `There is already a ${body.vendor} account ${body.account_id}.`);
    }
    await this.checks.checkChanged({ tenantId, accountId: id });
    return { data: id };
  }

  @Get()
  @Requires('coc:vendorAccount:list')
  @ApiOperation({ operationId: 'ListVendorAccount', summary: 'List accounts' })
  @ApiOkResponse({ type: AccountListDto })
  async list(@FromCaller() { tenantId }: Caller, @Query() query: ListAccountsDto): Promise<AccountListDto> {
    const filter = {
      ...(query.vendor === undefined ? {} : { vendor: query.vendor }),
      ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
      ...(query.account_name === undefined ? {} : { accountName: query.account_name }),
    };
    const { accounts, total } = await this.accounts.list(tenantId, filter, toListWindow(query));
    return { data: accounts.map(toAccountDto), total };
  }

  @Put(':id')
  @Requires('coc:vendorAccount:update')
  @ApiOperation({
    operationId: 'UpdateVendorAccount',
    summary: 'Change an account',
    description: CHECKED,
  })
  @ApiOkResponse({ type: StringDataDto, description: "The account's id." })
  @RefusesWith({ noSuchAccount: 'There is no such account. 400 and not 404, as at COC.' })
  async update(
    @FromCaller() { tenantId }: Caller,
    @Param('id') id: string,
    @Body() body: UpdateAccountDto,
  ): Promise<StringDataDto> {
    const account = isUUID(id) ? await this.accounts.find(tenantId, id) : undefined;
    if (account === undefined) throw noSuchAccount(id);
    const vendor = offeredVendor(account.vendor as Vendor);
    const { account_name: accountName } = body;
    const { ak, sk, settings } = unfoldCredentialsFile(vendor, body, account.settings as object) ?? body;
    if (sk !== undefined) checkKeys(vendor, { ak: ak ?? account.ak, sk });
    else if (ak !== undefined && ak !== account.ak) checkNewId(vendor, ak);
    const parsed =
      settings === undefined ? undefined : await this.settingsReader.read(vendor, settings, tenantId);
    const storedSk = usesHostIdentity(account.settings as object) ? '' : undefined; // else there is one
    checkKeysBesideHostIdentity({
      settings: parsed ?? (account.settings as object),
      ak: ak ?? account.ak,
      sk: sk ?? storedSk,
    });
    const changed = await this.accounts.update(tenantId, id, {
      ...(accountName === undefined ? {} : { accountName }),
      ...(ak === undefined ? {} : { ak }),
      ...(sk === undefined ? {} : { sealedSk: await this.vault.seal(sk, id) }),
      ...(parsed === undefined
        ? {}
        : {
            settings: parsed,
            schedule: scheduleOfSettings(parsed.schedule),
            pushTimeoutSeconds: vendor.takesPages?.(parsed)?.timeoutSeconds,
          }),
    });
    if (!changed) throw noSuchAccount(id);
    if (ak !== undefined || sk !== undefined || settings !== undefined) {
      await this.checks.checkChanged({ tenantId, accountId: id });
    }
    return { data: id };
  }

  @Delete(':id')
  @Requires('coc:vendorAccount:delete')
  @ApiOperation({
    operationId: 'DeleteVendorAccount',
    summary: 'Remove an account',
    description: 'Its running sync is cancelled, and its resources are tombstoned in the background.',
  })
  @ApiOkResponse({ type: StringDataDto, description: "The removed account's id." })
  @RefusesWith({ noSuchAccount: 'There is no such account. 400 and not 404, as at COC.' })
  async remove(@FromCaller() { tenantId }: Caller, @Param('id') id: string): Promise<StringDataDto> {
    if (!isUUID(id) || !(await this.accounts.remove(tenantId, id))) {
      throw noSuchAccount(id);
    }
    return { data: id };
  }
}

function noSuchAccount(id: string): ApiError {
  return new ApiError('noSuchAccount', `The vendor account ${id} does not exist.`);
}
