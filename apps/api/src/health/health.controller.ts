import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Database } from '#database';

import { Public } from '../http/authorization/access.js';

/** Probes for load balancers and orchestrators. */
@ApiTags('Health')
@Public()
@Controller()
export class HealthController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get('healthz')
  @ApiOperation({ operationId: 'ShowHealth', summary: 'Whether the process runs' })
  @ApiOkResponse()
  health(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'ShowReadiness',
    summary: 'Whether it can serve: Postgres answers. 503 if not',
  })
  @ApiOkResponse()
  async ready(): Promise<{ status: string }> {
    await this.database.pool.query('SELECT 1');
    return { status: 'ok' };
  }
}
