import { Controller, Get, HttpStatus, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { Database, isMigrated } from '#database';
import { Readiness } from '#metrics';

import { ApiError, type ErrorBody, toErrorBody } from '../http/api-error.js';
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
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {}

  @Get('healthz')
  @ApiOperation({ operationId: 'ShowHealth', summary: 'Whether the process runs' })
  @ApiOkResponse({ type: HealthDto })
  health(): HealthDto {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'ShowReadiness',
    summary: 'Whether it can serve: Postgres answers, has all migrations, and it is not stopping. 503 if not',
  })
  @ApiOkResponse({ type: HealthDto })
  @RefusesWith({ unavailable: 'The database does not answer.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthDto | ErrorBody> {
    if (this.readiness.isStopping) {
      // Not thrown: it is no fault, and would be in the log with every probe.
      void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
      return toErrorBody(new ApiError('unavailable', 'This process is stopping.'), reply.request.id);
    }
    if (!(await isMigrated(this.database))) {
      throw new ApiError('unavailable', 'The database is not of this version of Muster yet.');
    }
    return { status: 'ok' };
  }
}
