import type { Schemas } from '../client.js';
import { printable } from '../output/printable.js';
import { cutToWidth, padToWidth, textWidth } from '../output/text-width.js';
import type { Task } from './follow-task.js';

type Unit = Schemas['SyncUnit'];

const BAR_WIDTH = 20;
/** Of a scope and type; longer ones are cut. */
const MAX_LABEL_WIDTH = 44;
/** Which units are worth a line where not all have room: those that move, then those that went wrong. */
const ORDER: readonly Unit['state'][] = [
  ...(['RUNNING', 'WAITING', 'FAILED', 'PRUNE_HELD', 'QUEUED'] as const),
  ...(['SUCCEEDED', 'SKIPPED', 'CANCELLED'] as const),
];
const OPEN_STATES: readonly Unit['state'][] = ['QUEUED', 'RUNNING', 'WAITING'];

interface PlacedUnit {
  unit: Unit;
  /** Where it lists what. */
  label: string;
}

/** Whether a unit goes on, by itself or when its time has come. */
export function isOpen({ state }: Pick<Unit, 'state'>): boolean {
  return OPEN_STATES.includes(state);
}

/** Every unit of a task, with its place in words. */
export function placedUnits({ accounts }: Task): PlacedUnit[] {
  return accounts.flatMap(({ account_id: accountId, units }) =>
    units.map((unit) => {
      const words = [...(accounts.length > 1 ? [accountId] : []), unit.scope, unit.type];
      return { unit, label: printable(words.join(' ')) };
    }),
  );
}

/** A task in one line: how many of its parts are over, what they listed, its state, and when it may be over. */
export function taskLine({ state, progress, counts, estimate }: Task, now = new Date()): string {
  const bar = barOf(progress.units === 0 ? 0 : progress.units_finished / progress.units);
  return `${bar} ${String(progress.units_finished)}/${String(progress.units)} units · ${String(counts.seen)} resources · ${state}${timeLeft(estimate?.finish_at, now)}`;
}

function timeLeft(end: string | null | undefined, now: Date): string {
  if (end === null || end === undefined) return '';
  const seconds = Math.max(1, Math.round((Date.parse(end) - now.getTime()) / 1_000));
  return ` · about ${seconds < 90 ? `${String(seconds)} s` : `${String(Math.round(seconds / 60))} min`} left`;
}

/** What became of a unit so far, in words. */
export function unitWords({ state, seen, created, updated, deleted, error }: Unit): string {
  const changes = [`${String(created)} created`, `${String(updated)} updated`, `${String(deleted)} deleted`];
  const counts = state === 'QUEUED' ? '' : ` ${String(seen)} seen, ${changes.join(', ')}`;
  return `${state}${counts}${error === null ? '' : `: ${printable(error.message)}`}`;
}

/**
 * A task and its units, a bar each, in as many lines as a terminal has room for. A unit's bar is measured by the last
 * complete listing of the same; where there was none, it is dotted until the unit is over.
 */
export function progressBlock(task: Task, { columns, rows }: { columns: number; rows: number }): string[] {
  const units = placedUnits(task).sort((a, b) => ORDER.indexOf(a.unit.state) - ORDER.indexOf(b.unit.state));
  // One for the task, one for those without room, one for the cursor.
  const shown = units.slice(0, Math.max(0, rows - 3));
  const width = Math.min(MAX_LABEL_WIDTH, Math.max(0, ...shown.map(({ label }) => textWidth(label))));
  const lines = shown.map(
    ({ unit, label }) => `${unitBar(unit)} ${padToWidth(cutToWidth(label, width), width)} ${unitWords(unit)}`,
  );
  const left = units.length - shown.length;
  if (left > 0) lines.push(`… and ${String(left)} more`);
  // A line that wraps would be two when the cursor goes back.
  return [taskLine(task), ...lines].map((line) => cutToWidth(line, columns - 1));
}

function unitBar(unit: Unit): string {
  if (unit.state === 'QUEUED') return barOf(0);
  if (!isOpen(unit)) return barOf(unit.state === 'SUCCEEDED' || unit.state === 'PRUNE_HELD' ? 1 : 0);
  return unit.expected === null
    ? '·'.repeat(BAR_WIDTH)
    : barOf(Math.min(1, unit.seen / Math.max(1, unit.expected)));
}

function barOf(share: number): string {
  const filled = Math.round(BAR_WIDTH * share);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}
