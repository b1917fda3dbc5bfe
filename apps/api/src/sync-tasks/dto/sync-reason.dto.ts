import { ApiProperty } from '@nestjs/swagger';

import type { RunReport, TaskReport, UnitReport } from '#database';
import { isRunOver, isTaskOver, SYNC_ERROR_KINDS } from '#domain';

/** As many as somebody reads; the units themselves are all in the report. */
export const MAX_REASONS = 100;

/** Why what a task brought is not the whole truth; docs/errors.md says what each means and what to do. */
export const REASON_CODES = [
  'account_failed',
  'unit_failed',
  'cut_short',
  'prune_held',
  'cancelled',
  'superseded',
] as const;

/** Something that is missing, of an account or of one of its units. */
export class SyncReasonDto {
  @ApiProperty({ enum: REASON_CODES })
  code!: (typeof REASON_CODES)[number];

  @ApiProperty({
    type: String,
    nullable: true,
    description: "The account's id at the vendor; null when it is about the whole task.",
  })
  account_id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The unit, where it is about one.' })
  unit_id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: "The unit's region, project or vCenter." })
  scope!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The resource type that the unit lists.' })
  type!: string | null;

  @ApiProperty({ enum: SYNC_ERROR_KINDS, type: String, nullable: true, description: 'Of what failed.' })
  error_kind!: string | null;

  @ApiProperty({ type: String, nullable: true, description: "The vendor's own code of what failed." })
  error_code!: string | null;

  @ApiProperty({ description: 'What is missing, and what to do.' })
  message!: string;

  @ApiProperty({ description: 'Whether POST …/sync/{task_id}/retry, once the task is over, tries it again.' })
  retryable!: boolean;
}

const NOTHING_KNOWN = {
  account_id: null,
  unit_id: null,
  scope: null,
  type: null,
  error_kind: null,
  error_code: null,
  retryable: false,
};

/** All reasons so far. A task that is over has none exactly when it is SUCCEEDED. */
export function toReasons(task: TaskReport): SyncReasonDto[] {
  const reasons = task.runs.flatMap((run) => reasonsOf(task, run));
  if (task.state === 'CANCELLED' && !reasons.some(({ code }) => code === 'cancelled')) {
    reasons.unshift({ ...NOTHING_KNOWN, code: 'cancelled', message: 'The sync was cancelled.' });
  }
  return reasons;
}

function reasonsOf(task: TaskReport, run: RunReport): SyncReasonDto[] {
  const ofAccount = { ...NOTHING_KNOWN, account_id: run.accountId };
  if (wasTriedAgain(task, run)) {
    const message = `It had gone wrong when this task ended, and was tried again since: see task ${run.taskId}.`;
    return [{ ...ofAccount, code: 'superseded', message }];
  }
  const retryable = run.taskId === task.id && run.accountRemovedAt === null;
  const reasons: SyncReasonDto[] = [];
  if (run.state === 'CANCELLED') {
    reasons.push({ ...ofAccount, code: 'cancelled', message: describeCancelled(run) });
  }
  if (run.state === 'FAILED' && !run.planned) {
    reasons.push({ ...ofAccount, code: 'account_failed', ...causeOf(run), retryable });
  }
  if (run.error !== null && run.planned && isRunOver(run.state)) {
    reasons.push({ ...ofAccount, code: 'cut_short', ...causeOf(run) });
  }
  for (const unit of run.units) {
    const ofUnit = { ...ofAccount, unit_id: unit.id, scope: unit.scope, type: unit.resourceType };
    if (unit.state === 'FAILED')
      reasons.push({ ...ofUnit, code: 'unit_failed', ...causeOf(unit), retryable });
    if (unit.state === 'PRUNE_HELD') {
      reasons.push({ ...ofUnit, code: 'prune_held', message: describeHeld(task, unit) });
    }
  }
  return reasons;
}

/** Whether another task's retry has gone on with a run since this task, which waited for it, ended without. */
function wasTriedAgain(task: TaskReport, run: RunReport): boolean {
  if (run.taskId === task.id || !isTaskOver(task.state) || task.finishedAt === null) return false;
  if (task.state === 'CANCELLED' || task.state === 'SUCCEEDED') return false;
  return run.finishedAt === null || run.finishedAt > task.finishedAt;
}

function causeOf({ error }: RunReport | UnitReport) {
  return {
    error_kind: error?.kind ?? null,
    error_code: error?.code ?? null,
    message: error?.message ?? '',
  };
}

function describeHeld(task: TaskReport, { id, heldDeletes }: UnitReport): string {
  const decide = `POST /v1/multicloud-resources/sync/${task.id}/units/${id}/prune`;
  return `The listing lacked ${String(heldDeletes)} of the resources known, too many to delete them unasked. Approve or reject that: ${decide}`;
}

function describeCancelled({ accountRemovedAt, finishedAt, planned, units }: RunReport): string {
  // Removing an account ends its run in the same transaction.
  const isRemoval = accountRemovedAt !== null && finishedAt !== null && accountRemovedAt <= finishedAt;
  const why = isRemoval ? 'The account was removed' : 'The sync of the account was cancelled';
  if (!planned) return `${why} before anything was listed.`;
  const cut = units.filter(({ state }) => state === 'CANCELLED').length;
  return `${why} before ${String(cut)} of its ${String(units.length)} units had ended; nothing was deleted for want of the rest.`;
}
