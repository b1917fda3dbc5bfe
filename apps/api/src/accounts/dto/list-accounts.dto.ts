import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

import { type Vendor, VENDORS } from '#domain';

import { ListWindowDto } from '../../http/list-window.dto.js';
import { EmptyIsAbsent } from '../../http/query-values.js';

const MAX_CHARACTERS = 64;

/** GET /v1/vendor-account */
export class ListAccountsDto extends ListWindowDto {
  @ApiPropertyOptional({ enum: VENDORS })
  @EmptyIsAbsent()
  @IsOptional()
  @IsIn(VENDORS)
  vendor?: Vendor;

  @ApiPropertyOptional({ maxLength: MAX_CHARACTERS, description: "The account's id at the vendor." })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_id?: string;

  @ApiPropertyOptional({ maxLength: MAX_CHARACTERS, description: 'The whole name.' })
  @EmptyIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_name?: string;
}
