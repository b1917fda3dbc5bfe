import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

import { type Caller, type CredentialIdentity, CredentialRepository } from '#database';

import { AnyCaller } from '../http/authorization/access.js';
import { FromCaller } from '../http/caller.js';
import {
  DomainListDto,
  FilterProjectsDto,
  ProjectListDto,
  toDomainListDto,
  toProjectListDto,
} from './dto/directory.dto.js';
import { originOf } from './origin.js';

/** What Huawei's clients look up in IAM before their first call: which domain is mine, which project? */
@ApiTags('Identity')
@Controller('v3')
export class DirectoryController {
  constructor(@Inject(CredentialRepository) private readonly credentials: CredentialRepository) {}

  @Get('auth/domains')
  @AnyCaller()
  @ApiOperation({ operationId: 'KeystoneListAuthDomains', summary: "The caller's tenant" })
  @ApiOkResponse({ type: DomainListDto })
  async listDomains(@FromCaller() caller: Caller, @Req() request: FastifyRequest): Promise<DomainListDto> {
    return toDomainListDto(await this.identify(caller), originOf(request));
  }

  @Get('projects')
  @AnyCaller()
  @ApiOperation({
    operationId: 'KeystoneListProjects',
    summary: 'The one project of a region, whatever it is called',
  })
  @ApiOkResponse({ type: ProjectListDto })
  async listProjects(
    @FromCaller() caller: Caller,
    @Query() filter: FilterProjectsDto,
    @Req() request: FastifyRequest,
  ): Promise<ProjectListDto> {
    return toProjectListDto(await this.identify(caller), filter, originOf(request));
  }

  private async identify({ credentialId }: Caller): Promise<CredentialIdentity> {
    const identity = await this.credentials.describe(credentialId);
    if (identity === undefined) throw new Error('A caller has gone since they were let in.');
    return identity;
  }
}
