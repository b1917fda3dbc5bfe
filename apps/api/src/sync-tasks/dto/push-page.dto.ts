import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

import { type JsonObject, RELATION_KINDS, type RelationKind, RESOURCE_STATUSES } from '#domain';
import { VENDOR_CATALOG } from '#vendors/catalog';

import { NestsUpTo } from '../../http/check-input.js';
import { AnyObject } from '../../http/openapi/schemas.js';

/** Whatever a source may post resources of. */
const TYPES = [
  ...new Set(VENDOR_CATALOG.flatMap(({ takesPages, resourceTypes }) => (takesPages ? resourceTypes : []))),
];

const MAX_RESOURCES = 500;
const MAX_PAGE = 1_000_000;
/** An index entry of Postgres' has 2,704 bytes at most, and holds scope and id, or the name. */
const MAX_ID_CHARACTERS = 512;
const MAX_WORD_CHARACTERS = 128;
const MAX_REGION_CHARACTERS = 64;
const MAX_VALUES = 1_000;
/** What a source knows of a resource nests as it likes. */
const MAX_DEPTH = 40;

const word = { type: String, nullable: true, maxLength: MAX_WORD_CHARACTERS } as const;

/** Which scope it is about: a type in a region. */
export class PushedScopeDto {
  @ApiProperty({ enum: TYPES })
  @IsIn(TYPES)
  type!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: MAX_REGION_CHARACTERS,
    description: 'Absent or empty where there are no regions.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_REGION_CHARACTERS)
  region?: string | null;
}

/** A link to another resource of the account: read "from *kind* to". */
export class PostedRelationDto {
  @ApiProperty({ enum: RELATION_KINDS })
  @IsIn(RELATION_KINDS)
  kind!: RelationKind;

  @ApiProperty({ enum: TYPES })
  @IsIn(TYPES)
  type!: string;

  @ApiProperty({ minLength: 1, maxLength: MAX_ID_CHARACTERS })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  id!: string;
}

/** A resource as its source knows it. */
export class PostedResourceDto {
  @ApiProperty({
    minLength: 1,
    maxLength: MAX_ID_CHARACTERS,
    description: 'Unique within type and region, and the same from sync to sync.',
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  id!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: MAX_ID_CHARACTERS,
    description: 'Default: the id.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ID_CHARACTERS)
  name?: string | null;

  @ApiPropertyOptional({
    ...word,
    description:
      `One of ${RESOURCE_STATUSES.join(', ')}, or the source's own word for it, which \`states\` of the connector or ` +
      'Muster may know. Absent: available.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_WORD_CHARACTERS)
  status?: string | null;

  @ApiPropertyOptional(word)
  @IsOptional()
  @IsString()
  @MaxLength(MAX_WORD_CHARACTERS)
  zone?: string | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'string', maxLength: MAX_WORD_CHARACTERS },
    nullable: true,
    maxItems: MAX_VALUES,
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_VALUES)
  @IsString({ each: true })
  @MaxLength(MAX_WORD_CHARACTERS, { each: true })
  addresses?: string[] | null;

  @ApiPropertyOptional({
    ...AnyObject,
    nullable: true,
    description: 'What is no text among its values is written as JSON.',
  })
  @IsOptional()
  @IsObject()
  tags?: Record<string, string> | null;

  @ApiPropertyOptional({
    ...word,
    examples: ['2026-01-31T12:00:00Z'],
    description: 'A time: ISO 8601, in UTC unless it says otherwise.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_WORD_CHARACTERS)
  created_at?: string | null;

  @ApiPropertyOptional({
    ...AnyObject,
    nullable: true,
    description:
      'Whatever else is known of it. Leave out what changes by itself: each sync would find it changed.',
  })
  @IsOptional()
  @IsObject()
  properties?: JsonObject | null;

  @ApiPropertyOptional({ type: [PostedRelationDto], nullable: true, maxItems: MAX_VALUES })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_VALUES)
  @ValidateNested({ each: true })
  @Type(() => PostedRelationDto)
  relations?: PostedRelationDto[] | null;
}

/** POST …/sync/{task_id}/pages */
@NestsUpTo(MAX_DEPTH)
export class PushPageDto extends PushedScopeDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: MAX_PAGE,
    description: "The source's number of the page, its own in the scope. Pages may come in any order.",
  })
  @IsInt()
  @Min(0)
  @Max(MAX_PAGE)
  page!: number;

  @ApiProperty({ type: [PostedResourceDto], maxItems: MAX_RESOURCES })
  @IsArray()
  @ArrayMaxSize(MAX_RESOURCES)
  @ValidateNested({ each: true })
  @Type(() => PostedResourceDto)
  resources!: PostedResourceDto[];
}
