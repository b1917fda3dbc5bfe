import { ApiProperty } from '@nestjs/swagger';

import type { CoverageCell } from '#database';

/** One cell of the completeness ledger: what is known of a resource type in a scope. */
export class CoverageCellDto {
  @ApiProperty({ description: 'Region, subscription, project or vCenter.' })
  scope!: string;

  @ApiProperty({ description: 'The resource type.' })
  type!: string;

  @ApiProperty({
    enum: ['complete', 'held', 'failed', 'denied', 'skipped', 'cancelled', 'excluded'],
    description:
      'What came of the last attempt. Only complete and held ones saw everything; denied never reads as ' +
      "empty. excluded: left out by the account's settings; what is there stays and gets older.",
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

  @ApiProperty({ type: [CoverageCellDto] })
  cells!: CoverageCellDto[];
}

export class CoverageDataDto {
  @ApiProperty({ type: CoverageDto })
  data!: CoverageDto;
}

export function toCoverageDto(accountId: string, cells: readonly CoverageCell[]): CoverageDto {
  // What the vendor doesn't offer there has nothing to be stale; what is left out is not meant to be fresh.
  const wanted = cells.filter(
    ({ attemptOutcome, completeAt }) =>
      attemptOutcome !== 'excluded' && (attemptOutcome !== 'skipped' || completeAt !== null),
  );
  const times = wanted.map(({ completeAt }) => completeAt?.getTime() ?? Number.NaN);
  const oldest = Math.min(...times); // NaN when one is missing, Infinity when there is none
  return {
    account_id: accountId,
    fresh_as_of: Number.isFinite(oldest) ? new Date(oldest) : null,
    cells: cells.map((cell) => ({
      scope: cell.scopeName,
      type: cell.resourceType,
      outcome: cell.attemptOutcome,
      attempted_at: cell.attemptAt,
      attempted_by_task: cell.attemptTaskId,
      complete_at: cell.completeAt,
      complete_by_task: cell.completeTaskId,
      complete_rows: cell.completeRows,
    })),
  };
}
