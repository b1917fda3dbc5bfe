import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';

import type { AccountCoverage, CellWindow } from '#database';
import { ATTEMPT_OUTCOMES } from '#domain';

import { MAX_LIMIT, PageLimit } from '../../http/list-window.dto.js';
import { EmptyIsAbsent } from '../../http/query-values.js';
import { parseCellId, toCellId } from '../cell-id.js';

/** Accepts what {@link toCellId} has made. */
const IsCellId = () =>
  ValidateBy(
    {
      name: 'isCellId',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && parseCellId(value) !== undefined,
      },
    },
    { message: 'marker must be the id of the last cell of the page before' },
  );

/** Which page of the cells: `limit`, and `marker` from the second on. */
export class CoverageWindowDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: MAX_LIMIT,
    description: 'How many to return at most.',
  })
  @PageLimit()
  @IsOptional()
  limit?: number;

  @ApiPropertyOptional({ description: 'The id of the last cell of the page before.' })
  @EmptyIsAbsent()
  @IsOptional()
  @IsCellId()
  marker?: string;
}

/** One cell of the completeness ledger: what is known of a resource type in a scope. */
export class CoverageCellDto {
  @ApiProperty({ description: 'Of the cell in this account; the paging marker.' })
  id!: string;

  @ApiProperty({ description: 'Region, subscription, project or vCenter.' })
  scope!: string;

  @ApiProperty({ description: 'The resource type.' })
  type!: string;

  @ApiProperty({
    enum: ATTEMPT_OUTCOMES,
    description:
      'What came of the last attempt. complete saw everything, incremental what the vendor says has ' +
      'changed; of a held one deletions are still to be decided about. partial broke off after ' +
      'some pages, failed before the first; denied never reads as empty; excluded is left out by the ' +
      "account's settings, and what is there stays and gets older.",
  })
  outcome!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  attempted_at!: Date;

  @ApiProperty()
  attempted_by_task!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The last complete listing.',
  })
  complete_at!: Date | null;

  @ApiProperty({ type: String, nullable: true })
  complete_by_task!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'How many resources there were after it.' })
  complete_rows!: number | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'The last listing of what had changed; null where there was none since the last complete listing.',
  })
  changes_at!: Date | null;
}

export class CoverageDto {
  @ApiProperty()
  account_id!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'The inventory of the whole account is at least as fresh as this: its oldest complete listing. ' +
      'Null while something that the vendor offers was never listed completely. What is excluded does not count.',
  })
  fresh_as_of!: Date | null;

  @ApiProperty({ type: [CoverageCellDto], description: 'A page of them, by scope and type.' })
  cells!: CoverageCellDto[];
}

export class CoverageDataDto {
  @ApiProperty({ type: CoverageDto })
  data!: CoverageDto;
}

export function toCellWindow({ limit = MAX_LIMIT, marker }: CoverageWindowDto): CellWindow {
  const cell = marker === undefined ? undefined : parseCellId(marker);
  return { limit, ...(cell === undefined ? {} : { marker: cell }) };
}

export function toCoverageDto(accountId: string, { freshAsOf, cells }: AccountCoverage): CoverageDto {
  return {
    account_id: accountId,
    fresh_as_of: freshAsOf,
    cells: cells.map((cell) => ({
      id: toCellId(cell),
      scope: cell.scopeName,
      type: cell.resourceType,
      outcome: cell.attemptOutcome,
      attempted_at: cell.attemptAt,
      attempted_by_task: cell.attemptTaskId,
      complete_at: cell.completeAt,
      complete_by_task: cell.completeTaskId,
      complete_rows: cell.completeRows,
      changes_at: cell.changesAt,
    })),
  };
}
