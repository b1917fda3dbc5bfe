import { ApiProperty } from '@nestjs/swagger';

import type { Account } from '#database';
import { VENDORS } from '#domain';
import { externalIdOf, usesHostIdentity } from '#vendor-kit';

import { Settings } from '../../http/openapi/schemas.js';

/** An account as COC lists it, with Muster's `settings`. The secret key is never returned. */
export class AccountDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: VENDORS })
  vendor!: string;

  @ApiProperty()
  account_id!: string;

  @ApiProperty({ format: 'uuid', description: 'The tenant.' })
  domain_id!: string;

  @ApiProperty()
  account_name!: string;

  @ApiProperty({ description: 'Unmasked, as COC returns it.' })
  ak!: string;

  @ApiProperty({ enum: ['waiting', 'running', 'success', 'failed'] })
  sync_status!: string;

  @ApiProperty()
  failure_msg!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  sync_date!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  create_time!: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  update_time!: Date;

  @ApiProperty(Settings)
  settings!: unknown;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Of an account with `settings.host_identity`: what the roles that it assumes have to ask for as external id, ' +
      'the same for all accounts of the tenant. Else null.',
  })
  external_id!: string | null;
}

export class AccountListDto {
  @ApiProperty({ type: [AccountDto] })
  data!: AccountDto[];

  @ApiProperty({ type: 'integer', description: 'How many match in all.' })
  total!: number;
}

export function toAccountDto(account: Account): AccountDto {
  return {
    id: account.id,
    vendor: account.vendor,
    account_id: account.accountId,
    domain_id: account.tenantId,
    account_name: account.accountName,
    ak: account.ak,
    sync_status: account.syncStatus,
    failure_msg: account.failureMsg,
    sync_date: account.syncDate,
    create_time: account.createTime,
    update_time: account.updateTime,
    settings: account.settings,
    external_id: usesHostIdentity(account.settings as object) ? externalIdOf(account.tenantId) : null,
  };
}
