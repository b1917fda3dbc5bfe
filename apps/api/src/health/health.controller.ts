import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';

import { Database } from '#database';

import { Public } from '../http/authorization/access.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';

export class HealthDto {
  @ApiProperty({ enum: ['ok'] })
  status!: 'ok';
}

/** Probes for load balancers and orchestrators. */
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
    summary: 'Whether it can serve: Postgres answers. 503 if not',
  })
  @ApiOkResponse({ type: HealthDto })
  @RefusesWith({ unavailable: 'The database does not answer.' })
  async ready(): Promise<HealthDto> {
    await this.database.pool.query('SELECT 1');
    return { status: 'ok' };
  }
}
