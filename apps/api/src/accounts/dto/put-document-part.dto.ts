import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsString, IsUUID, Max, MaxLength, Min, MinLength } from 'class-validator';

import { IsAbsentOr } from '../../http/validation.js';

/** Bodies have a mebibyte at most, and JSON writes some characters as two. */
const MAX_PART_CHARACTERS = 524_288;
const MAX_PARTS = 65_536;

/** PUT /v1/vendor-account/{id}/document. */
export class PutDocumentPartDto {
  @ApiProperty({ format: 'uuid', description: 'Your name of the document, the same for all of its parts.' })
  @IsUUID()
  upload_id!: string;

  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX_PARTS, description: 'From 0 on.' })
  @IsInt()
  @Min(0)
  @Max(MAX_PARTS)
  part!: number;

  @ApiProperty({
    minLength: 1,
    maxLength: MAX_PART_CHARACTERS,
    description: 'Text of the document, cut anywhere but within a character.',
  })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_PART_CHARACTERS)
  content!: string;

  @ApiPropertyOptional({ default: false, description: 'Whether the document is whole with it.' })
  @IsAbsentOr()
  @IsBoolean()
  last?: boolean;

  @ApiPropertyOptional({
    default: false,
    description:
      'With the last part: take a Terraform state also where it is of another lineage than the former one, or older.',
  })
  @IsAbsentOr()
  @IsBoolean()
  force?: boolean;
}
