import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, MaxLength } from 'class-validator';

import { Settings } from '../../http/openapi/schemas.js';
import { IsAbsentOr } from '../../http/validation.js';
import { MAX_SECRET_CHARACTERS } from '../check-keys.js';

const MAX_CHARACTERS = 64;

/** PUT /v1/vendor-account/{id}: what is left out stays as it is. All but `settings` is COC's. */
export class UpdateAccountDto {
  @ApiPropertyOptional({ maxLength: MAX_CHARACTERS })
  @IsAbsentOr()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  account_name?: string;

  @ApiPropertyOptional({ maxLength: MAX_CHARACTERS })
  @IsAbsentOr()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  ak?: string;

  @ApiPropertyOptional({
    maxLength: MAX_SECRET_CHARACTERS,
    writeOnly: true,
    description:
      'At most 64 characters, but for OPENSTACK, which takes the content of a clouds.yaml, too. Of a temporary key of ' +
      'AWS, ALI or RMS `secret:token`, sent together with its `ak`.',
  })
  @IsAbsentOr()
  @IsString()
  @MaxLength(MAX_SECRET_CHARACTERS)
  sk?: string;

  @ApiPropertyOptional({ ...Settings, description: 'Replaces all settings.' })
  @IsAbsentOr()
  @IsObject()
  settings?: object;
}
