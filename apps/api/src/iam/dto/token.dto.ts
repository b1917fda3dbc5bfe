import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import type { CredentialIdentity, IssuedToken } from '#database';

import { DEFAULT_PROJECT, projectId } from '../project.js';
import type { ScopeDto } from './token-request.dto.js';

export class DomainRefDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;
}

export class OwnedDto extends DomainRefDto {
  @ApiProperty({ type: DomainRefDto })
  domain!: DomainRefDto;
}

export class EndpointDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  interface!: string;

  @ApiProperty()
  region!: string;

  @ApiProperty()
  region_id!: string;

  @ApiProperty()
  url!: string;
}

export class ServiceDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  type!: string;

  @ApiProperty({ type: [EndpointDto] })
  endpoints!: EndpointDto[];
}

export class TokenDetailsDto {
  @ApiProperty({ type: [String] })
  methods!: string[];

  @ApiProperty({ type: String, format: 'date-time' })
  issued_at!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  expires_at!: Date;

  @ApiProperty({ type: OwnedDto, description: 'The credential.' })
  user!: OwnedDto;

  @ApiPropertyOptional({ type: OwnedDto })
  project?: OwnedDto;

  @ApiPropertyOptional({ type: DomainRefDto })
  domain?: DomainRefDto;

  @ApiProperty({ type: [DomainRefDto], description: 'Empty: what it may do is in its policy.' })
  roles!: DomainRefDto[];

  @ApiProperty({ type: [ServiceDto] })
  catalog!: ServiceDto[];
}

/** A token's answer, as Huawei's IAM gives it; the token itself is in X-Subject-Token. */
export class TokenDto {
  @ApiProperty({ type: TokenDetailsDto })
  token!: TokenDetailsDto;
}

export function toTokenDto(
  { id, name, tenantId, tenantName }: CredentialIdentity,
  { issuedAt, expiresAt }: IssuedToken,
  scope: ScopeDto,
  origin: string | undefined,
): TokenDto {
  const domain = { id: tenantId, name: tenantName };
  const project = scope.project?.name ?? DEFAULT_PROJECT;
  return {
    token: {
      methods: ['password'],
      issued_at: issuedAt,
      expires_at: expiresAt,
      user: { id, name, domain },
      ...(scope.project === undefined
        ? { domain }
        : { project: { id: projectId(tenantId), name: project, domain } }),
      roles: [],
      catalog: origin === undefined ? [] : catalog(origin, project),
    },
  };
}

/** Where COC and IAM are: both here, whatever the region is called. */
function catalog(origin: string, region: string): ServiceDto[] {
  return [
    ['coc', origin],
    ['iam', `${origin}/v3`],
  ].map(([name = '', url = '']) => ({
    id: name,
    name,
    type: name,
    endpoints: [{ id: name, interface: 'public', region, region_id: region, url }],
  }));
}
