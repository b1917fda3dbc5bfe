import { ApiProperty } from '@nestjs/swagger';

import type { ReportedError, RunReport, TaskHead, TaskReport, UnitReport } from '#database';
import {
  isUnitOver,
  PRUNE_DECISIONS,
  RUN_STATES,
  SYNC_ERROR_KINDS,
  SYNC_MODES,
  SyncError,
  TASK_STATES,
  TASK_TRIGGERS,
  UNIT_STATES,
  VENDORS,
} from '#domain';

import { SyncEstimateDto, type TaskAmounts, toEstimateDto } from './sync-estimate.dto.js';
import { MAX_REASONS, SyncReasonDto, toReasons } from './sync-reason.dto.js';

export class SyncErrorDto {
  @ApiProperty({ enum: SYNC_ERROR_KINDS })
  kind!: string;

  @ApiProperty({ type: String, nullable: true, description: "The vendor's own code." })
  code!: string | null;

  @ApiProperty({ description: 'What happened and what to do.' })
  message!: string;

  @ApiProperty({ description: 'Whether Muster tries again by itself.' })
  retryable!: boolean;
}

export class SyncCountsDto {
  @ApiProperty({ type: 'integer', description: 'Resources the vendor listed.' })
  seen!: number;

  @ApiProperty({ type: 'integer' })
  created!: number;

  @ApiProperty({ type: 'integer' })
  updated!: number;

  @ApiProperty({ type: 'integer' })
  unchanged!: number;

  @ApiProperty({ type: 'integer' })
  deleted!: number;
}

export class SyncWaitsDto {
  @ApiProperty({
    type: 'integer',
    description: 'Until the account might call the vendor again within its quota of calls.',
  })
  quota_ms!: number;

  @ApiProperty({ type: 'integer', description: 'As long as the vendor asked.' })
  throttled_ms!: number;

  @ApiProperty({ type: 'integer', description: 'Before another attempt at what was unavailable.' })
  back_off_ms!: number;

  @ApiProperty({
    type: 'integer',
    description: 'For a free worker, or for its turn at one that other accounts use, too.',
  })
  slot_ms!: number;
}

export class SyncTimingsDto {
  @ApiProperty({
    type: 'integer',
    description: "Reading the vendor's pages, without what was held back for the quota.",
  })
  vendor_ms!: number;

  @ApiProperty({ type: 'integer', description: 'The sum of `waits`.' })
  waiting_ms!: number;

  @ApiProperty({ type: 'integer', description: 'Making inventory rows of what was read.' })
  normalizing_ms!: number;

  @ApiProperty({ type: 'integer', description: 'Writing: the transactions of pages and of the end.' })
  sql_ms!: number;

  @ApiProperty({ type: SyncWaitsDto })
  waits!: SyncWaitsDto;
}

const UNIT_TIMINGS =
  'Where its time went, over all attempts and workers. A page is read while the one before is written, so ' +
  'parts may overlap; what is being done now counts when it is done, but waiting at once.';

class ByWhomDto {
  @ApiProperty({ format: 'uuid', description: 'The id of the credential.' })
  by!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  at!: Date;
}

/** What was decided about deletions that were held back. */
export class PruneDecisionDto extends ByWhomDto {
  @ApiProperty({ enum: PRUNE_DECISIONS })
  decision!: string;
}

/** That deletions were undone. */
export class PruneUndoDto extends ByWhomDto {
  @ApiProperty({ type: 'integer', description: 'Resources that came back by it.' })
  restored!: number;
}

export class SyncUnitDto extends SyncCountsDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ description: 'Region, subscription, project or vCenter.' })
  scope!: string;

  @ApiProperty({ description: 'The resource type listed.' })
  type!: string;

  @ApiProperty({ enum: UNIT_STATES })
  state!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      "It lists only what has changed since then, by the vendor's clock: its counts are of that. Null: it lists all.",
  })
  changed_since!: Date | null;

  @ApiProperty({ type: 'integer', description: 'Pages committed.' })
  pages!: number;

  @ApiProperty({ type: 'integer', description: 'Calls made of the vendor, in all attempts.' })
  calls!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'Resources that its last complete listing had; null when there was none, where it lists what has changed, and ' +
      'once it is over.',
  })
  expected!: number | null;

  @ApiProperty({
    type: 'integer',
    description: 'Deletions held back because they would be implausibly many.',
  })
  held_deletes!: number;

  @ApiProperty({ type: PruneDecisionDto, nullable: true, description: 'About deletions held back, if any.' })
  prune_decision!: PruneDecisionDto | null;

  @ApiProperty({ type: PruneUndoDto, nullable: true, description: 'Null until its deletions are undone.' })
  prune_undo!: PruneUndoDto | null;

  @ApiProperty({
    type: 'integer',
    description: 'Attempts since the last committed page. Being throttled, or giving way to others, is none.',
  })
  attempts!: number;

  @ApiProperty({ type: 'integer', description: 'Attempts in all, also those before a retry of the task.' })
  attempts_total!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  next_attempt_at!: Date | null;

  @ApiProperty({ type: SyncErrorDto, nullable: true })
  error!: SyncErrorDto | null;

  @ApiProperty({ type: SyncTimingsDto, description: UNIT_TIMINGS })
  timings!: SyncTimingsDto;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  started_at!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: Date | null;
}

export class SyncTaskAccountDto {
  @ApiProperty({ description: "The account's id at the vendor." })
  account_id!: string;

  @ApiProperty()
  account_name!: string;

  @ApiProperty({
    enum: RUN_STATES,
    description: 'PENDING: it begins when the sync that now runs for the account is over.',
  })
  state!: string;

  @ApiProperty({
    format: 'uuid',
    description: 'The task that started it; another one when it was already running.',
  })
  started_by_task!: string;

  @ApiProperty({
    type: 'integer',
    description: 'Attempts at signing in and planning since the last that worked.',
  })
  attempts!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  next_attempt_at!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'Of an account whose source posts its pages: until when something must come, or the sync ends.',
  })
  pages_until!: Date | null;

  @ApiProperty({ type: SyncErrorDto, nullable: true })
  error!: SyncErrorDto | null;

  @ApiProperty({ type: [SyncUnitDto] })
  units!: SyncUnitDto[];
}

export class SyncProgressDto {
  @ApiProperty({ type: 'integer', description: 'Units known so far: 0 until the accounts are planned.' })
  units!: number;

  @ApiProperty({ type: 'integer' })
  units_finished!: number;

  @ApiProperty({ description: 'Units by state.', type: 'object', additionalProperties: { type: 'integer' } })
  by_state!: Record<string, number>;
}

export class SyncTaskDto {
  @ApiProperty({ format: 'uuid' })
  task_id!: string;

  @ApiProperty({ enum: VENDORS })
  vendor!: string;

  @ApiProperty({ type: String, nullable: true, description: 'The account asked for; null for all.' })
  account_id!: string | null;

  @ApiProperty({ enum: TASK_STATES })
  state!: string;

  @ApiProperty({ enum: TASK_TRIGGERS })
  trigger!: string;

  @ApiProperty({
    enum: SYNC_MODES,
    description: 'plan: nothing is written, and the counts say what would be; see …/sync/{task_id}/plan.',
  })
  mode!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  started_at!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: Date | null;

  @ApiProperty({ type: SyncProgressDto })
  progress!: SyncProgressDto;

  @ApiProperty({ type: SyncCountsDto })
  counts!: SyncCountsDto;

  @ApiProperty({
    type: SyncEstimateDto,
    nullable: true,
    description: 'Null when it is over, or nothing of what is left was ever listed completely.',
  })
  estimate!: SyncEstimateDto | null;

  @ApiProperty({ type: SyncTimingsDto, description: "The sum of the units'." })
  timings!: SyncTimingsDto;

  @ApiProperty({
    type: [SyncReasonDto],
    maxItems: MAX_REASONS,
    description:
      'Why the result is not the whole truth, so far: empty once it is over exactly when it is SUCCEEDED. ' +
      `The first ${String(MAX_REASONS)}; the units have all.`,
  })
  reasons!: SyncReasonDto[];

  @ApiProperty({ type: 'integer', description: 'How many reasons there are.' })
  reasons_total!: number;

  @ApiProperty({ type: [SyncTaskAccountDto] })
  accounts!: SyncTaskAccountDto[];
}

/** What a task says of itself, however much of its parts is shown beside it: {@link toTaskHead}. */
export const TASK_HEAD_FIELDS = [
  'task_id',
  'vendor',
  'account_id',
  'state',
  'trigger',
  'mode',
  'created_at',
  'started_at',
  'finished_at',
] as const satisfies readonly (keyof SyncTaskDto)[];

export class SyncTaskDataDto {
  @ApiProperty({ type: SyncTaskDto })
  data!: SyncTaskDto;
}

export function toSyncTaskDto(task: TaskReport): SyncTaskDto {
  const units = task.runs.flatMap((run) => run.units);
  const byState: Record<string, number> = {};
  for (const { state } of units) byState[state] = (byState[state] ?? 0) + 1;
  const reasons = toReasons(task);
  return {
    ...toTaskHead(task),
    progress: {
      units: units.length,
      units_finished: units.filter(({ state }) => isUnitOver(state)).length,
      by_state: byState,
    },
    counts: sumCounts(units),
    estimate: toEstimateDto(task, amountsOf(units)),
    timings: toTimings(units),
    reasons: reasons.slice(0, MAX_REASONS),
    reasons_total: reasons.length,
    accounts: task.runs.map(toAccount),
  };
}

function amountsOf(units: readonly UnitReport[]): TaskAmounts {
  const open = units.filter(({ state }) => !isUnitOver(state));
  const resources = open.reduce((sum, { expected, seen }) => sum + Math.max(0, (expected ?? 0) - seen), 0);
  return {
    unitsDone: units.length - open.length,
    seen: sumCounts(units).seen,
    left: { units: open.length, resources },
    isEstimable: open.length === 0 || open.some(({ expected }) => expected !== null),
  };
}

function toTimings(units: readonly UnitReport[]): SyncTimingsDto {
  const sum = (of: (timings: UnitReport['timings']) => number) =>
    units.reduce((total, { timings }) => total + of(timings), 0);
  const waits = {
    quota_ms: sum((timings) => timings.waits.quota),
    throttled_ms: sum((timings) => timings.waits.throttled),
    back_off_ms: sum((timings) => timings.waits['back-off']),
    slot_ms: sum((timings) => timings.waits.slot),
  };
  return {
    vendor_ms: sum((timings) => timings.vendor),
    waiting_ms: Object.values(waits).reduce((total, wait) => total + wait, 0),
    normalizing_ms: sum((timings) => timings.normalizing),
    sql_ms: sum((timings) => timings.sql),
    waits,
  };
}

/** What a task says of itself, however much of its parts is shown beside it. */
export function toTaskHead(task: TaskHead) {
  return {
    task_id: task.id,
    vendor: task.vendor,
    account_id: task.accountFilter,
    state: task.state,
    trigger: task.trigger,
    mode: task.mode,
    created_at: task.createdAt,
    started_at: task.startedAt,
    finished_at: task.finishedAt,
  };
}

/** What the units, or groups of them, have come to together. */
export function sumCounts(units: readonly SyncCountsDto[]): SyncCountsDto {
  const total = (count: keyof SyncCountsDto) => units.reduce((sum, unit) => sum + unit[count], 0);
  return {
    seen: total('seen'),
    created: total('created'),
    updated: total('updated'),
    unchanged: total('unchanged'),
    deleted: total('deleted'),
  };
}

function toAccount(run: RunReport): SyncTaskAccountDto {
  return {
    account_id: run.accountId,
    account_name: run.accountName,
    state: run.state,
    started_by_task: run.taskId,
    attempts: run.attempts,
    next_attempt_at: run.nextAttemptAt,
    pages_until: run.pagesUntil,
    error: toError(run.error),
    units: run.units.map(toUnit),
  };
}

function toUnit(unit: UnitReport): SyncUnitDto {
  return {
    id: unit.id,
    scope: unit.scope,
    type: unit.resourceType,
    state: unit.state,
    changed_since: unit.changedSince,
    pages: unit.pages,
    calls: unit.vendorCalls,
    expected: unit.expected,
    seen: unit.seen,
    created: unit.created,
    updated: unit.updated,
    unchanged: unit.unchanged,
    deleted: unit.deleted,
    held_deletes: unit.heldDeletes,
    prune_decision: unit.pruneDecision,
    prune_undo: unit.pruneUndo,
    attempts: unit.attempts,
    attempts_total: unit.attemptsTotal,
    next_attempt_at: unit.nextAttemptAt,
    error: toError(unit.error),
    timings: toTimings([unit]),
    started_at: unit.startedAt,
    finished_at: unit.finishedAt,
  };
}

function toError(error: ReportedError | null): SyncErrorDto | null {
  if (error === null) return null;
  return { ...error, retryable: new SyncError(error.kind, error.message).retryable };
}
