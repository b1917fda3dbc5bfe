/**
 * The states of tasks, runs and units, and who may follow whom. The table `sync_transition_rule` holds the
 * same arrows: a trigger refuses every other change of state and records those that happen. Beside it, every
 * transition is an `UPDATE … WHERE state IN (the states before it)`, so that a late one finds nothing to do.
 *
 * A run → QUEUED at once, or, when the account has an active one, → PENDING, and → QUEUED when that one ends.
 *
 * Whatever is open may be CANCELLED. What is over stays so, but for a retry, and for the decision about a
 * held prune. A retry: a FAILED unit → QUEUED, its run → RUNNING; a run that FAILED before it had units →
 * QUEUED; and their task → RUNNING.
 */

/** What a sync does with what it lists: `sync` writes it, `plan` only says what would be written. */
export const SYNC_MODES = ['sync', 'plan'] as const;
export type SyncMode = (typeof SYNC_MODES)[number];

/** A task. */
export const TASK_STATES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** By which road a task was asked for. */
export const TASK_TRIGGERS = ['api', 'schedule', 'rpc'] as const;
export type TaskTrigger = (typeof TASK_TRIGGERS)[number];

/** One account's part of a task. PENDING waits for the account's active run to end. */
export const RUN_STATES = ['PENDING', ...TASK_STATES] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * A unit. WAITING is between two attempts; PRUNE_HELD listed everything but was not allowed to delete, until
 * somebody approves or rejects that.
 */
export const UNIT_STATES = [
  'QUEUED',
  'RUNNING',
  'WAITING',
  'SUCCEEDED',
  'PRUNE_HELD',
  'SKIPPED',
  'FAILED',
  'CANCELLED',
] as const;
export type UnitState = (typeof UNIT_STATES)[number];

/** From each state, those that may follow; from START, those that something may be made in. */
export type Transitions<State extends string> = Readonly<Record<'START' | State, readonly State[]>>;

/**
 * A task that only waits for runs of others may end without having been RUNNING. PARTIAL → SUCCEEDED: what
 * was held has been decided about.
 */
export const TASK_TRANSITIONS: Transitions<TaskState> = {
  START: ['QUEUED'],
  QUEUED: ['RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  PARTIAL: ['RUNNING', 'SUCCEEDED'],
  FAILED: ['RUNNING'],
  CANCELLED: ['RUNNING'],
};

export const RUN_TRANSITIONS: Transitions<RunState> = {
  START: ['PENDING', 'QUEUED'],
  PENDING: ['QUEUED', 'CANCELLED'],
  QUEUED: ['RUNNING', 'CANCELLED'],
  RUNNING: ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  PARTIAL: ['RUNNING', 'SUCCEEDED'],
  FAILED: ['QUEUED', 'RUNNING'],
  CANCELLED: ['RUNNING'],
};

/** A unit that another worker takes over stays RUNNING: that is recorded, too, but is no arrow. */
export const UNIT_TRANSITIONS: Transitions<UnitState> = {
  START: ['QUEUED'],
  QUEUED: ['RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['QUEUED', 'WAITING', 'SUCCEEDED', 'PRUNE_HELD', 'SKIPPED', 'FAILED', 'CANCELLED'],
  WAITING: ['RUNNING', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  PRUNE_HELD: ['SUCCEEDED'],
  SKIPPED: [],
  FAILED: ['QUEUED'],
  CANCELLED: [],
};

export const OPEN_TASK_STATES = ['QUEUED', 'RUNNING'] as const satisfies readonly TaskState[];
export const OPEN_RUN_STATES = ['PENDING', ...OPEN_TASK_STATES] as const satisfies readonly RunState[];
/** An account has at most one run in these. */
export const ACTIVE_RUN_STATES = ['QUEUED', 'RUNNING'] as const satisfies readonly RunState[];
export const OPEN_UNIT_STATES = ['QUEUED', 'RUNNING', 'WAITING'] as const satisfies readonly UnitState[];

export function isTaskOver(state: TaskState): boolean {
  return !(OPEN_TASK_STATES as readonly TaskState[]).includes(state);
}

/** Whether a run is over; its state is then one that a task can end in, too. */
export function isRunOver(state: RunState): state is TaskState {
  return !(OPEN_RUN_STATES as readonly RunState[]).includes(state);
}

export function isUnitOver(state: UnitState): boolean {
  return !(OPEN_UNIT_STATES as readonly UnitState[]).includes(state);
}

/**
 * How a run ended, from how its units did. A skipped type (not offered there) counts neither way. Anything
 * held or failed beside a success is PARTIAL: the result is not the whole truth.
 * @param isCutShort nobody has said that these are all of its units
 */
export function runOutcome(units: readonly UnitState[], isCutShort = false): TaskState {
  if (units.includes('CANCELLED')) return 'CANCELLED';
  const tried = units.filter((state) => state !== 'SKIPPED');
  if (isCutShort && tried.includes('SUCCEEDED')) return 'PARTIAL';
  if (isCutShort && tried.length === 0) return 'FAILED';
  if (tried.every((state) => state === 'SUCCEEDED')) return 'SUCCEEDED';
  return tried.every((state) => state === 'FAILED') ? 'FAILED' : 'PARTIAL';
}

/** How a task ended, from how its runs did. */
export function taskOutcome(runs: readonly TaskState[]): TaskState {
  const [first, ...others] = runs;
  if (first === undefined) return 'SUCCEEDED';
  return others.every((state) => state === first) ? first : 'PARTIAL';
}
