import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

import { type Vendor, VENDORS } from '#domain';

import { TrueOrFalse } from '../../http/query-values.js';

const MAX_CHARACTERS = 64;

/** POST /v1/multicloud-resources/sync */
export class RequestSyncDto {
  @ApiProperty({ enum: VENDORS, examples: ['VMWARE'] })
  @IsIn(VENDORS)
  vendor!: Vendor;

  @ApiPropertyOptional({
    examples: ['vcenter.example.com'],
    type: String,
    nullable: true,
    maxLength: MAX_CHARACTERS,
    description: "The account's id at the vendor. Absent or empty: every account of the vendor.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_id?: string;
}

/** What COC's request doesn't have: POST /v1/multicloud-resources/sync?plan=true&force=true */
export class SyncOptionsDto {
  @ApiPropertyOptional({
    default: false,
    description:
      'Only say what a sync would create, change and delete: everything is listed, nothing written. ' +
      'The result is at GET …/sync/{task_id}/plan.',
  })
  @TrueOrFalse()
  @IsOptional()
  @IsBoolean({ message: 'plan must be true or false' })
  plan?: boolean;

  @ApiPropertyOptional({
    default: false,
    description:
      'Not satisfied by a sync that has begun already: a follow-up waits for its end. At most one does, ' +
      'and later requests join it. It lists all, also where a sync otherwise lists only what has changed.',
  })
  @TrueOrFalse()
  @IsOptional()
  @IsBoolean({ message: 'force must be true or false' })
  force?: boolean;
}
