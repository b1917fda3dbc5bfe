import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';

import { Database, isMigrated } from '#database';

import { ApiError } from '../http/api-error.js';
import { Public } from '../http/authorization/access.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';

export class HealthDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

/**
 * Probes for load balancers and orchestrators. The queue is none of their business: without it requests are answered all
 * the same. The operators' port has probes of the whole process (libs/metrics).
 */
@ApiTags('Health')
@Public()
@Controller()
export class HealthController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get('healthz')
  @ApiOperation({ operationId: 'ShowHealth', summary: 'Whether the process runs' })
  @ApiOkResponse({ type: HealthDto })
  health(): HealthDto {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'ShowReadiness',
    summary: 'Whether it can serve: Postgres answers, and has all migrations. 503 if not',
  })
  @ApiOkResponse({ type: HealthDto })
  @RefusesWith({ unavailable: 'The database does not answer.' })
  async ready(): Promise<HealthDto> {
    if (!(await isMigrated(this.database))) {
      throw new ApiError('unavailable', 'The database is not of this version of Muster yet.');
    }
    return { status: 'ok' };
  }
}
