import { Controller, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { AccountRepository, type Caller } from '#database';
import type { Vendor } from '#domain';
import { AccountCheckService } from '#sync';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { offeredVendor } from '../http/offered-vendor.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { AccountCheckDataDto, toAccountCheckDto } from './dto/account-check.dto.js';
import { AccountPreviewDataDto, toAccountPreviewDto } from './dto/account-preview.dto.js';

/** Whether an account's credentials are good, and where they lead. */
@ApiTags('Vendor accounts')
@Controller('v1/vendor-account')
export class AccountChecksController {
  constructor(
    @Inject(AccountCheckService) private readonly checks: AccountCheckService,
    @Inject(AccountRepository) private readonly accounts: AccountRepository,
  ) {}

  @Post(':id/verify')
  @Requires('coc:vendorAccount:verify')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'VerifyVendorAccount',
    summary: "Try an account's credentials",
    description:
      'A worker signs in, asks where the account can be listed, and signs out; no resource is read. Calls ' +
      'that come together share one check, and credentials that were refused are shown to the vendor again ' +
      'after a minute, or once they have changed: several refusals lock a user.',
  })
  @ApiOkResponse({ type: AccountCheckDataDto })
  @RefusesWith({ noSuchAccount: 'There is no such account.' }, HttpStatus.NOT_FOUND)
  async verify(@FromCaller() { tenantId }: Caller, @Param('id') id: string): Promise<AccountCheckDataDto> {
    const check = isUUID(id)
      ? await this.checks.check({ tenantId, accountId: id }, { record: false })
      : undefined;
    if (check === undefined) throw noSuchAccount(id);
    return { data: toAccountCheckDto(check) };
  }

  @Post(':id/preview')
  @Requires('coc:vendorAccount:preview')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'PreviewVendorAccount',
    summary: "Try an account's connector",
    description:
      'For accounts of OTHER. A worker asks for the first page of each stream and shows its first records beside ' +
      'the resources that they become. Nothing of it is kept in the inventory. Otherwise as with verify.',
  })
  @ApiOkResponse({ type: AccountPreviewDataDto })
  @RefusesWith({ noPreview: 'The account is of a vendor whose listings are fixed: only OTHER has previews.' })
  @RefusesWith({ noSuchAccount: 'There is no such account.' }, HttpStatus.NOT_FOUND)
  async preview(@FromCaller() { tenantId }: Caller, @Param('id') id: string): Promise<AccountPreviewDataDto> {
    const account = isUUID(id) ? await this.accounts.find(tenantId, id) : undefined;
    if (account === undefined) throw noSuchAccount(id);
    const { vendor, hasPreview } = offeredVendor(account.vendor as Vendor);
    if (hasPreview !== true) {
      throw new ApiError('noPreview', `Accounts of ${vendor} have no preview: what they list is fixed.`);
    }
    const check = await this.checks.check({ tenantId, accountId: id }, { record: false, preview: true });
    if (check === undefined) throw noSuchAccount(id);
    return { data: toAccountPreviewDto(check) };
  }
}

function noSuchAccount(id: string): ApiError {
  return new ApiError('noSuchAccount', `The vendor account ${id} does not exist.`, HttpStatus.NOT_FOUND);
}
