import { ApiProperty } from '@nestjs/swagger';

import type { ScheduleRun } from '#database';
import { TASK_STATES } from '#domain';

/** What came of a time of a schedule. */
export class ScheduleRunDto {
  @ApiProperty({ format: 'uuid', description: 'Also the paging marker.' })
  id!: string;

  @ApiProperty({ enum: ['due', 'manual'], description: 'manual: POST /v1/schedules/{id}/run.' })
  trigger!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The time by cron line or interval, without jitter; of several that were missed, the first.',
  })
  due_at!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When that was done.' })
  at!: Date;

  @ApiProperty({ enum: ['started', 'skipped', 'failed'] })
  outcome!: string;

  @ApiProperty({
    type: String,
    enum: ['busy', 'no_account', 'no_next_run', null],
    nullable: true,
    description:
      'Why nothing was started. busy: a sync of the same was running, that of task_id. no_account: the vendor has no ' +
      'account. no_next_run: its times cannot be told any more (a time zone that is gone); it is paused.',
  })
  reason!: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The task that was started, or that was running.',
  })
  task_id!: string | null;

  @ApiProperty({
    type: String,
    enum: [...TASK_STATES, null],
    nullable: true,
    description: 'Of that task, by now.',
  })
  task_state!: string | null;
}

export class ScheduleRunListDto {
  @ApiProperty({ type: [ScheduleRunDto] })
  data!: ScheduleRunDto[];
}

export function toScheduleRunDto(run: ScheduleRun): ScheduleRunDto {
  return {
    id: run.id,
    trigger: run.trigger,
    due_at: run.dueAt,
    at: run.at,
    outcome: run.outcome,
    reason: run.reason,
    task_id: run.taskId,
    task_state: run.taskState,
  };
}
