import { Controller, Get, HttpStatus, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { isUUID } from 'class-validator';

import { type Caller, CoverageRepository } from '#database';

import { ApiError } from '../http/api-error.js';
import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { CoverageDataDto, CoverageWindowDto, toCellWindow, toCoverageDto } from './dto/coverage.dto.js';

/** The completeness ledger, by account: how fresh is what we know, and what do we not know? */
@ApiTags('Vendor accounts')
@Controller('v1/accounts')
export class CoverageController {
  constructor(@Inject(CoverageRepository) private readonly coverage: CoverageRepository) {}

  @Get(':id/coverage')
  @Requires('coc:coverage:get')
  @ApiOperation({
    operationId: 'ShowCoverage',
    summary: 'How fresh and complete an account is, type by type',
  })
  @ApiOkResponse({ type: CoverageDataDto })
  @RefusesWith({ noSuchAccount: 'There is no such account.' }, HttpStatus.NOT_FOUND)
  async show(
    @FromCaller() { tenantId }: Caller,
    @Param('id') id: string,
    @Query() query: CoverageWindowDto,
  ): Promise<CoverageDataDto> {
    const coverage = isUUID(id)
      ? await this.coverage.ofAccount(tenantId, id, toCellWindow(query))
      : undefined;
    if (coverage === undefined) {
      throw new ApiError('noSuchAccount', `The vendor account ${id} does not exist.`, HttpStatus.NOT_FOUND);
    }
    return { data: toCoverageDto(id, coverage) };
  }
}
