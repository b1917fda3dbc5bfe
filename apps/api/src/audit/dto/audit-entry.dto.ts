import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';

import type { AuditFilter, ListedAuditEntry } from '#database';

import { ListWindowDto } from '../../http/list-window.dto.js';
import { EmptyIsAbsent } from '../../http/query-values.js';
import { Rfc3339Time } from '../../http/rfc-3339-time.js';

const MAX_ACTION_CHARACTERS = 128;

/** GET /v1/audit-log */
export class ListAuditLogDto extends PickType(ListWindowDto, ['limit', 'marker']) {
  @ApiPropertyOptional({
    maxLength: MAX_ACTION_CHARACTERS,
    description: 'The whole action, such as coc:vendorAccount:create.',
  })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ACTION_CHARACTERS)
  action?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @EmptyIsAbsent()
  @IsOptional()
  @IsUUID(undefined, { message: 'credential_id must be the credential_id of an entry' })
  credential_id?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Entries of this time and later.' })
  @EmptyIsAbsent()
  @IsOptional()
  @Rfc3339Time()
  since?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Entries before this time.' })
  @EmptyIsAbsent()
  @IsOptional()
  @Rfc3339Time()
  until?: string;
}

/** A write that somebody asked for, and what came of it. */
export class AuditEntryDto {
  @ApiProperty({ format: 'uuid', description: 'Also the paging marker.' })
  id!: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the caller was known.' })
  at!: Date;

  @ApiProperty({ enum: ['api', 'command'], description: 'Over HTTP, or by a command on the server.' })
  source!: string;

  @ApiProperty({ description: "The credential's name then, or the user of the system who gave the command." })
  actor!: string;

  @ApiProperty({ type: String, nullable: true, format: 'uuid' })
  credential_id!: string | null;

  @ApiProperty({ description: 'Such as coc:vendorAccount:create.' })
  action!: string;

  @ApiProperty({
    enum: ['SUCCEEDED', 'REFUSED', 'FAILED', 'UNKNOWN'],
    description:
      'REFUSED: 401 or 403. UNKNOWN: what it wrote was committed, and it is being answered, or its process ' +
      'died before.',
  })
  outcome!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of the answer.' })
  status!: number | null;

  @ApiProperty({ type: String, nullable: true })
  error_code!: string | null;

  @ApiProperty({ type: [String], description: 'The ids or names that the request was about.' })
  targets!: string[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The id that was answered: of the account that was added, the task that was asked for.',
  })
  result_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  method!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Without its query.' })
  path!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Behind a proxy of TRUSTED_PROXIES what that says.',
  })
  client_address!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_agent!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The X-Request-Id of the answer.' })
  request_id!: string | null;
}

export class AuditLogDto {
  @ApiProperty({ type: [AuditEntryDto] })
  data!: AuditEntryDto[];
}

export function toAuditFilter({ action, credential_id, since, until }: ListAuditLogDto): AuditFilter {
  return {
    ...(action === undefined ? {} : { action }),
    ...(credential_id === undefined ? {} : { credentialId: credential_id }),
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
}

export function toAuditEntryDto(entry: ListedAuditEntry): AuditEntryDto {
  return {
    id: entry.id,
    at: entry.at,
    source: entry.source,
    actor: entry.actor,
    credential_id: entry.credentialId,
    action: entry.action,
    outcome: entry.outcome ?? 'UNKNOWN',
    status: entry.status,
    error_code: entry.errorCode,
    targets: entry.targets,
    result_id: entry.resultId,
    method: entry.method,
    path: entry.path,
    client_address: entry.clientAddress,
    user_agent: entry.userAgent,
    request_id: entry.requestId,
  };
}
