import { ApiProperty } from '@nestjs/swagger';

import type { RecordedTransition } from '#database';
import { RUN_STATES, SYNC_ERROR_KINDS, UNIT_STATES } from '#domain';

const ENTITIES = ['task', 'run', 'unit'];
const STATES = [...new Set([...RUN_STATES, ...UNIT_STATES])];

/** What failed, where that is why. */
export class TransitionErrorDto {
  @ApiProperty({ enum: SYNC_ERROR_KINDS })
  kind!: string;

  @ApiProperty({ type: String, nullable: true, description: "The vendor's own code." })
  code!: string | null;
}

/** A change of state of a sync's task, of one account's run of it, or of one of the run's units. */
export class TransitionDto {
  @ApiProperty({ description: 'Also the paging marker.' })
  id!: string;

  @ApiProperty({ enum: ENTITIES })
  entity!: string;

  @ApiProperty({ description: "The task's, the run's or the unit's id." })
  entity_id!: string;

  @ApiProperty({ description: 'The task that started it; another one when it was already running.' })
  task_id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "The account's id at the vendor; null for a task.",
  })
  account_id!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Region, subscription, project or vCenter of a unit.',
  })
  scope!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The resource type that a unit lists.' })
  type!: string | null;

  @ApiProperty({ enum: ['START', ...STATES], description: 'START: it was made.' })
  from!: string;

  @ApiProperty({ enum: STATES })
  to!: string;

  @ApiProperty({
    enum: ['taken_over'],
    type: String,
    nullable: true,
    description:
      'taken_over, from RUNNING to RUNNING: another worker goes on, the one before gave no sign of life.',
  })
  reason!: string | null;

  @ApiProperty({ type: TransitionErrorDto, nullable: true })
  error!: TransitionErrorDto | null;

  @ApiProperty({ type: String, format: 'date-time' })
  at!: Date;
}

export class TransitionListDto {
  @ApiProperty({ type: [TransitionDto] })
  data!: TransitionDto[];
}

/** @param id the transition's place in the list, as the tenant is shown it */
export function toTransitionDto(transition: RecordedTransition, id: string): TransitionDto {
  const { errorKind: kind, errorCode: code } = transition;
  return {
    id,
    entity: transition.entity,
    entity_id: transition.entityId,
    task_id: transition.taskId,
    account_id: transition.accountId,
    scope: transition.scope,
    type: transition.resourceType,
    from: transition.from,
    to: transition.to,
    reason: transition.reason,
    error: kind === null ? null : { kind, code },
    at: transition.at,
  };
}
