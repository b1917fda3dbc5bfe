import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { AuditLogRepository, type Caller } from '#database';

import { Requires } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import { toMarkerWindow } from '../http/list-window.dto.js';
import { AuditLogDto, ListAuditLogDto, toAuditEntryDto, toAuditFilter } from './dto/audit-entry.dto.js';

/** Who asked for which write. */
@ApiTags('Audit')
@Controller('v1/audit-log')
export class AuditLogController {
  constructor(@Inject(AuditLogRepository) private readonly auditLog: AuditLogRepository) {}

  @Get()
  @Requires('coc:audit:list')
  @ApiOperation({
    operationId: 'ListAuditLog',
    summary: 'Who asked for which write, and what came of it, newest first',
    description:
      'Every request that changes something, or would have, by a known credential, refused ones included; and ' +
      'commands given on the server. Nothing of bodies and queries. The marker is the id of the last entry.',
  })
  @ApiOkResponse({ type: AuditLogDto })
  async list(@FromCaller() { tenantId }: Caller, @Query() query: ListAuditLogDto): Promise<AuditLogDto> {
    const entries = await this.auditLog.list(tenantId, toAuditFilter(query), toMarkerWindow(query));
    return { data: entries.map(toAuditEntryDto) };
  }
}
