import { ApiProperty } from '@nestjs/swagger';

import type { AccountCheck } from '#database';

import { AnyObject } from '../../http/openapi/schemas.js';
import { AccountCheckDto, toAccountCheckDto } from './account-check.dto.js';

/** A record of a listing, and the resource that it becomes. */
export class PreviewedRowDto {
  @ApiProperty({
    ...AnyObject,
    nullable: true,
    description:
      'As the vendor sent it. What is named like a secret is masked; of a large one only its size is told.',
  })
  record!: object | null;

  @ApiProperty({ ...AnyObject, nullable: true, description: 'Null when it cannot be made.' })
  resource!: object | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why not: the field of the mapping, and the reason.',
  })
  problem!: string | null;
}

/** The first page of a listing. */
export class ListingPreviewDto {
  @ApiProperty({ description: 'The stream, and the partition.' })
  scope!: string;

  @ApiProperty()
  type!: string;

  @ApiProperty({ examples: ['GET /v2/servers'] })
  request!: string;

  @ApiProperty({ type: 'integer', description: 'How many records the page has.' })
  records!: number;

  @ApiProperty({ type: [PreviewedRowDto], description: 'The first of them, five at most.' })
  rows!: PreviewedRowDto[];

  @ApiProperty({
    type: [String],
    description: 'Fields of these records that become part of nothing but `properties`.',
  })
  unmapped!: string[];

  @ApiProperty({ type: String, nullable: true, description: 'Why there is no page.' })
  problem!: string | null;
}

/** What an account's connector makes of what the vendor has. */
export class AccountPreviewDto extends AccountCheckDto {
  @ApiProperty({ type: [ListingPreviewDto], description: 'Of the first twenty listings.' })
  listings!: ListingPreviewDto[];
}

export class AccountPreviewDataDto {
  @ApiProperty({ type: AccountPreviewDto })
  data!: AccountPreviewDto;
}

export function toAccountPreviewDto(check: AccountCheck): AccountPreviewDto {
  return Object.assign(toAccountCheckDto(check), { listings: check.preview ?? [] });
}
