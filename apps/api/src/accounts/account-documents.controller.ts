import { Body, Controller, Inject, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import {
  AccountDocumentRepository,
  AccountRepository,
  type Caller,
  MAX_DOCUMENT_CHARACTERS,
  type PartRefusal,
} from '#database';
import type { Vendor } from '#domain';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { offeredVendor } from '../http/offered-vendor.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { AccountDocumentDataDto, toAccountDocumentDto } from './dto/account-document.dto.js';
import { PutDocumentPartDto } from './dto/put-document-part.dto.js';

/** What accounts are read from whose source is a file. */
@ApiTags('Vendor accounts')
@Controller('v1/vendor-account')
export class AccountDocumentsController {
  constructor(
    @Inject(AccountRepository) private readonly accounts: AccountRepository,
    @Inject(AccountDocumentRepository) private readonly documents: AccountDocumentRepository,
  ) {}

  @Put(':id/document')
  @Requires('coc:vendorAccount:upload')
  @ApiOperation({
    operationId: 'PutVendorAccountDocument',
    summary: "Upload an account's document, part by part",
    description:
      'For accounts of OTHER whose connector has a format. A document is cut into parts, which are sent one after ' +
      'the other under one upload_id of your choice. With the last one it takes the place of the former document, ' +
      'and the next sync reads it. A part that is sent again, after an answer was lost, changes nothing; the first ' +
      'part of another upload ends one that is unfinished. A Terraform state of another lineage than the former one, ' +
      'or with a lower serial, is refused with its last part, unless that says force. Nothing is synced by itself.',
  })
  @ApiOkResponse({ type: AccountDocumentDataDto })
  @RefusesWith({
    noSuchAccount: 'There is no such account.',
    documentRefused:
      'The account is read from no document, the part is not the next one, or the document is too large, or a state ' +
      'that may not follow the former one.',
  })
  async put(
    @FromCaller() { tenantId }: Caller,
    @Param('id') id: string,
    @Body() { upload_id: uploadId, part: number, content, last = false, force = false }: PutDocumentPartDto,
  ): Promise<AccountDocumentDataDto> {
    const account = isUUID(id) ? await this.accounts.find(tenantId, id) : undefined;
    if (account === undefined) throw noSuchAccount(id);
    const { takesDocument } = offeredVendor(account.vendor as Vendor);
    const intake = takesDocument?.(account.settings as object);
    if (intake === undefined) {
      throw new ApiError(
        'documentRefused',
        'The account is read from no document: give its settings a connector with a format first.',
      );
    }
    const part = { uploadId, number, content, isLast: last };
    const refusal = force ? undefined : intake.refusalOf;
    const kept = await this.documents.put({ tenantId, accountId: id }, part, refusal);
    if (kept === undefined) throw noSuchAccount(id);
    if (typeof kept === 'string' || !('id' in kept)) throw refusalOf(kept);
    return { data: toAccountDocumentDto(kept) };
  }
}

function refusalOf(refusal: PartRefusal): ApiError {
  if (refusal === 'tooLarge') {
    const limit = String(MAX_DOCUMENT_CHARACTERS);
    return new ApiError('documentRefused', `A document has at most ${limit} characters. Make several of it.`);
  }
  if (refusal === 'different') {
    return new ApiError(
      'documentRefused',
      'The upload has this part already, and it is another. Begin again with part 0 of another upload_id.',
    );
  }
  if ('mayNotFollow' in refusal) {
    const how = 'If it is meant, send this part again with "force": true.';
    return new ApiError('documentRefused', `${refusal.mayNotFollow} ${how}`);
  }
  return new ApiError(
    'documentRefused',
    `Part ${String(refusal.expected)} of this upload comes next. Parts count from 0.`,
  );
}

function noSuchAccount(id: string): ApiError {
  return new ApiError('noSuchAccount', `The vendor account ${id} does not exist.`);
}
