import { ApiProperty } from '@nestjs/swagger';

import type { AccountCheck } from '#database';
import { SYNC_ERROR_KINDS, type SyncErrorKind } from '#domain';

/** Where an account would be listed. */
export class CheckedScopeDto {
  @ApiProperty({ description: 'Stable: a region, a subscription or project id, the UUID of a vCenter.' })
  id!: string;

  @ApiProperty()
  name!: string;
}

/** What came of trying an account's credentials. */
export class AccountCheckDto {
  @ApiProperty({
    enum: ['success', 'failed', 'pending'],
    description: 'pending: no worker has finished the check so far; ask again for its outcome.',
  })
  status!: AccountCheck['status'];

  @ApiProperty({ enum: SYNC_ERROR_KINDS, nullable: true, description: 'What went wrong, as in a sync.' })
  kind!: SyncErrorKind | null;

  @ApiProperty({ type: String, nullable: true, description: "The vendor's own name of the error." })
  code!: string | null;

  @ApiProperty({ description: 'What is wrong and what to do; empty after a success.' })
  message!: string;

  @ApiProperty({ type: [CheckedScopeDto], description: 'Where the account would be listed.' })
  scopes!: CheckedScopeDto[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  checked_at!: Date | null;
}

export class AccountCheckDataDto {
  @ApiProperty({ type: AccountCheckDto })
  data!: AccountCheckDto;
}

const STILL_PENDING =
  'No worker has finished the check so far. Ask again in a moment; if it stays so, see that a worker runs.';

export function toAccountCheckDto(check: AccountCheck): AccountCheckDto {
  return {
    status: check.status,
    kind: check.errorKind,
    code: check.errorCode,
    message: check.status === 'pending' ? STILL_PENDING : (check.errorMessage ?? ''),
    scopes: (check.scopes ?? []).map(({ key, name }) => ({ id: key, name })),
    checked_at: check.finishedAt,
  };
}
