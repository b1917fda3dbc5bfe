import { Controller, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import type { Caller } from '#database';
import { AccountCheckService } from '#sync';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { AccountCheckDataDto, toAccountCheckDto } from './dto/account-check.dto.js';

/** Whether an account's credentials are good, and where they lead. */
@ApiTags('Vendor accounts')
@Controller('v1/vendor-account')
export class AccountChecksController {
  constructor(@Inject(AccountCheckService) private readonly checks: AccountCheckService) {}

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
    if (check === undefined) {
      throw new ApiError('noSuchAccount', `The vendor account ${id} does not exist.`, HttpStatus.NOT_FOUND);
    }
    return { data: toAccountCheckDto(check) };
  }
}
