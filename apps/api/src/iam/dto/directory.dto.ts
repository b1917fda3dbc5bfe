import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

import type { CredentialIdentity } from '#database';

import { EmptyIsAbsent } from '../../http/query-values.js';
import { DEFAULT_PROJECT, projectId } from '../project.js';

const MAX_CHARACTERS = 64;

export class FilterProjectsDto {
  @ApiPropertyOptional({ maxLength: MAX_CHARACTERS, description: 'A region: each is the same one project.' })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  name?: string;

  @ApiPropertyOptional({ maxLength: MAX_CHARACTERS })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  domain_id?: string;
}

export class LinksDto {
  @ApiProperty()
  self!: string;

  @ApiProperty({ type: String, nullable: true })
  previous!: null;

  @ApiProperty({ type: String, nullable: true })
  next!: null;
}

export class SelfLinkDto {
  @ApiProperty()
  self!: string;
}

export class DomainDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  enabled!: boolean;

  @ApiProperty()
  description!: string;

  @ApiProperty({ type: SelfLinkDto })
  links!: SelfLinkDto;
}

export class ProjectDto extends DomainDto {
  @ApiProperty()
  domain_id!: string;

  @ApiProperty()
  parent_id!: string;

  @ApiProperty()
  is_domain!: boolean;
}

export class DomainListDto {
  @ApiProperty({ type: [DomainDto] })
  domains!: DomainDto[];

  @ApiProperty({ type: LinksDto })
  links!: LinksDto;
}

export class ProjectListDto {
  @ApiProperty({ type: [ProjectDto] })
  projects!: ProjectDto[];

  @ApiProperty({ type: LinksDto })
  links!: LinksDto;
}

/** @param origin where the client reached us */
export function toDomainListDto({ tenantId, tenantName }: CredentialIdentity, origin: string): DomainListDto {
  return {
    domains: [
      {
        id: tenantId,
        name: tenantName,
        enabled: true,
        description: '',
        links: { self: `${origin}/v3/domains/${tenantId}` },
      },
    ],
    links: { self: `${origin}/v3/auth/domains`, previous: null, next: null },
  };
}

/** One project for whatever name is asked: clients fail when there is none or several for their region. */
export function toProjectListDto(
  { tenantId }: CredentialIdentity,
  { name = DEFAULT_PROJECT, domain_id: domainId = tenantId }: FilterProjectsDto,
  origin: string,
): ProjectListDto {
  const id = projectId(tenantId);
  const project = {
    id,
    name,
    enabled: true,
    description: '',
    domain_id: tenantId,
    parent_id: tenantId,
    is_domain: false,
    links: { self: `${origin}/v3/projects/${id}` },
  };
  return {
    projects: domainId === tenantId ? [project] : [],
    links: { self: `${origin}/v3/projects`, previous: null, next: null },
  };
}
