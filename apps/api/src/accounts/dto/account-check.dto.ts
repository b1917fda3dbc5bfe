import { ApiProperty } from '@nestjs/swagger';

import type { AccountCheck } from '#database';
import { SYNC_ERROR_KINDS, type SyncErrorKind } from '#domain';

/** Where an account can be listed. */
export class CheckedScopeDto {
  @ApiProperty({ description: 'Stable: a region, a subscription or project id, the UUID of a vCenter.' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: String, nullable: true, description: 'As `settings.regions` names it.' })
  region!: string | null;

  @ApiProperty({ description: 'False when `settings.regions` leaves it out.' })
  included!: boolean;
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

  @ApiProperty({ description: 'What is wrong and what to do; after a success what is odd, else empty.' })
  message!: string;

  @ApiProperty({ type: [CheckedScopeDto], description: 'Where the account can be listed.' })
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
    message: check.status === 'pending' ? STILL_PENDING : (check.message ?? ''),
    scopes: (check.scopes ?? []).map(({ key, name, region, isChosen }) => ({
      id: key,
      name,
      region: region ?? null,
      included: isChosen,
    })),
    checked_at: check.finishedAt,
  };
}
