import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

import { type Vendor, VENDORS } from '#domain';

const MAX_CHARACTERS = 64;

/** POST /v1/multicloud-resources/sync */
export class RequestSyncDto {
  @ApiProperty({ enum: VENDORS })
  @IsIn(VENDORS)
  vendor!: Vendor;

  @ApiPropertyOptional({
    maxLength: MAX_CHARACTERS,
    description: "The account's id at the vendor. Absent or empty: every account of the vendor.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_id?: string;
}
