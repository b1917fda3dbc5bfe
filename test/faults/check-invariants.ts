import { contentHash } from '#database';
import { isRunOver, isTaskOver, isUnitOver, type RunState } from '#domain';

import { toResource } from './cloud-adapter.js';
import type { Cell, CellKey } from './scripted-cloud.js';
import type { ChangeRow, ResourceRow, Snapshot, UnitRow } from './snapshot.js';

/** What is known of a round from outside, to judge the database by. */
export interface Round {
  /** What the vendor had, by cell, all the time. */
  truth: ReadonlyMap<CellKey, Cell>;
  /** The inventory before it. */
  before: Inventory;
  /** Units that were there before it. */
  knownUnits: ReadonlySet<string>;
  /** The last change before it. */
  lastChange: number;
  /** Cells whose last page some listing was given. */
  delivered: ReadonlySet<CellKey>;
  /** Units that were tried again. */
  retried: ReadonlySet<string>;
  /** Cells whose prune was held and then rejected: what they lacked stays. */
  rejected: ReadonlySet<CellKey>;
}

/** Native ids by cell: the hash of what is live, null for what was deleted. */
export type Inventory = ReadonlyMap<CellKey, ReadonlyMap<string, string | null>>;

const VOLATILE = ['/usage'];

/** The content hash of an item as it should be stored. */
export function expectedHash(cell: CellKey, id: string, version: number): string {
  const [, scope = '', type = ''] = cell.split('/');
  const resource = toResource({ id, version }, type, { key: scope, name: scope });
  return Buffer.from(contentHash(resource, VOLATILE), 'latin1').toString('hex');
}

export function inventoryOf({ resources }: Snapshot): Inventory {
  const inventory = new Map<CellKey, Map<string, string | null>>();
  for (const { cell, nativeId, hash, live } of resources) {
    const cells = inventory.get(cell) ?? new Map<string, string | null>();
    inventory.set(cell, cells.set(nativeId, live ? hash : null));
  }
  return inventory;
}

/** Checks every invariant when nothing is going on. Returns what is broken, each in one line. */
export function checkInvariants(snapshot: Snapshot, round: Round): string[] {
  return [
    ...checkNothingIsOpen(snapshot),
    ...checkLeftovers(snapshot),
    ...checkErrors(snapshot),
    ...checkHistory(snapshot),
    ...checkTombstones(snapshot),
    ...checkUnits(snapshot, round),
    ...checkLedger(snapshot),
    ...checkCells(snapshot, round),
  ];
}

function checkNothingIsOpen({ tasks, runs, units }: Snapshot): string[] {
  return [
    ...tasks.filter(({ state }) => !isTaskOver(state)).map(({ id, state }) => `task ${id} is still ${state}`),
    ...runs
      .filter(({ state }) => !isRunOver(state as RunState))
      .map(({ id, state }) => `run ${id} is still ${state}`),
    ...units.filter(({ state }) => !isUnitOver(state)).map(({ id, state }) => `unit ${id} is still ${state}`),
  ];
}

function checkLeftovers({ runs, units }: Snapshot): string[] {
  return [
    ...runs.filter(({ leased }) => leased).map(({ id }) => `run ${id} is over and still has a lease`),
    ...units.filter(({ leased }) => leased).map(({ id }) => `unit ${id} is over and still has a lease`),
    ...units
      .filter(({ state, pageRows }) => state !== 'PRUNE_HELD' && pageRows > 0)
      .map(
        ({ id, state, pageRows }) => `unit ${id} is ${state} and keeps what ${String(pageRows)} pages saw`,
      ),
  ];
}

/** Errors that no vendor causes. */
const OUR_FAULT = /^Muster failed to store|^The worker died|^Unexpected /;

function checkErrors({ runs, units }: Snapshot): string[] {
  return [...runs, ...units]
    .filter(({ error }) => error !== null && OUR_FAULT.test(error))
    .map(({ id, error }) => `${id} failed by our fault: ${error ?? ''}`);
}

/** Folds the changes of each resource: they must be a legal history, and lead to what is stored. */
function checkHistory({ resources, changes, units }: Snapshot): string[] {
  const histories = groupBy(changes, ({ resourceId }) => resourceId);
  const complaints: string[] = [];
  for (const resource of resources) {
    complaints.push(...checkOneHistory(resource, histories.get(resource.id) ?? [], units));
    histories.delete(resource.id);
  }
  for (const id of histories.keys()) complaints.push(`there are changes of ${id}, which does not exist`);
  return complaints;
}

function checkOneHistory(
  resource: ResourceRow,
  history: readonly ChangeRow[],
  units: readonly UnitRow[],
): string[] {
  const complaints: string[] = [];
  const complain = (change: ChangeRow, what: string) =>
    complaints.push(`change ${String(change.id)} (${change.kind}) of ${nameOf(resource)} ${what}`);
  let known: 'never' | 'live' | 'gone' = 'never';
  let hash: string | null = null;
  for (const change of history) {
    const { kind, before, after, unitId } = change;
    const unit = units.find(({ id }) => id === unitId);
    if (unit !== undefined && unit.cell !== resource.cell) complain(change, `is by a unit of ${unit.cell}`);
    if (unit?.mode === 'plan') complain(change, 'is by a plan');
    switch (kind) {
      case 'CREATED':
        if (known !== 'never') complain(change, `follows on ${known}`);
        break;
      case 'UPDATED':
        if (known !== 'live') complain(change, `follows on ${known}`);
        if (before === after) complain(change, 'changes nothing');
        break;
      case 'DELETED':
        if (known !== 'live') complain(change, `follows on ${known}`);
        if (unit?.state !== 'SUCCEEDED')
          complain(change, `has a unit as evidence that is ${unit?.state ?? 'none'}`);
        break;
      case 'RESTORED':
        if (known !== 'gone') complain(change, `follows on ${known}`);
        break;
      default:
        complain(change, 'is of no kind that there is');
    }
    const expectedBefore = kind === 'UPDATED' || kind === 'DELETED' ? hash : null;
    if (before !== expectedBefore)
      complain(change, `begins at ${String(before)}, not at ${String(expectedBefore)}`);
    if ((after === null) !== (kind === 'DELETED')) complain(change, `ends at ${String(after)}`);
    known = kind === 'DELETED' ? 'gone' : 'live';
    hash = after;
  }
  if (known !== (resource.live ? 'live' : 'gone')) {
    complaints.push(`${nameOf(resource)} is ${resource.live ? 'live' : 'gone'}, by its changes ${known}`);
  } else if (resource.live && hash !== resource.hash) {
    complaints.push(`${nameOf(resource)} has the hash ${resource.hash}, by its changes ${String(hash)}`);
  }
  return complaints;
}

/** A tombstone names the complete listing that lacked it. */
function checkTombstones({ resources, units }: Snapshot): string[] {
  return resources.flatMap((resource) => {
    if (resource.live) {
      return resource.deletedByUnit === null
        ? []
        : [`${nameOf(resource)} is live and has a tombstone's evidence`];
    }
    const unit = units.find(({ id }) => id === resource.deletedByUnit);
    return unit?.state === 'SUCCEEDED' && unit.cell === resource.cell
      ? []
      : [`${nameOf(resource)} was deleted without a complete listing`];
  });
}

/** The units of the round: what they counted is what they did. */
function checkUnits({ units, changes }: Snapshot, { knownUnits, truth, delivered }: Round): string[] {
  const byUnit = groupBy(changes, ({ unitId }) => unitId);
  return units
    .filter(({ id }) => !knownUnits.has(id))
    .flatMap((unit) => {
      const complaints: string[] = [];
      const listed = unit.state === 'SUCCEEDED' || unit.state === 'PRUNE_HELD';
      if (listed && !delivered.has(unit.cell)) complaints.push('was never given its last page');
      const there = truth.get(unit.cell)?.size ?? 0;
      if (listed && (unit.isIncremental ? unit.seen > there : unit.seen !== there)) {
        complaints.push(`saw ${String(unit.seen)} of ${String(there)}`);
      }
      if (!listed && unit.deleted > 0) complaints.push(`deleted ${String(unit.deleted)}`);
      if (unit.mode === 'sync') {
        const kinds = (byUnit.get(unit.id) ?? []).map(({ kind }) => kind);
        const count = (...wanted: string[]) => kinds.filter((kind) => wanted.includes(kind)).length;
        const made = [count('CREATED', 'RESTORED'), count('UPDATED'), count('DELETED')].join('/');
        const counted = [unit.created, unit.updated, unit.deleted].join('/');
        if (made !== counted) complaints.push(`counts ${counted} and made ${made} (created/updated/deleted)`);
      }
      return complaints.map((complaint) => `unit ${unit.id} of ${unit.cell}, ${unit.state}, ${complaint}`);
    });
}

const LEDGER: Partial<Record<UnitRow['state'], string>> = {
  SUCCEEDED: 'complete',
  PRUNE_HELD: 'held',
  SKIPPED: 'skipped',
  CANCELLED: 'cancelled',
};

function isEnteredAs({ state, pages, isIncremental }: UnitRow, outcome: string): boolean {
  if (state === 'SUCCEEDED' && isIncremental) return outcome === 'incremental';
  if (state !== 'FAILED') return LEDGER[state] === outcome;
  return outcome === 'denied' || outcome === (pages > 0 ? 'partial' : 'failed');
}

/** The ledger says of each cell how its last unit ended, and how many rows a complete listing left. */
function checkLedger({ coverage, units, resources }: Snapshot): string[] {
  const entries = new Map(coverage.map((entry) => [entry.cell, entry]));
  const complaints: string[] = [];
  for (const [cell, all] of groupBy(units, (unit) => unit.cell)) {
    const states = all.filter(({ mode }) => mode === 'sync');
    const entry = entries.get(cell);
    if (states.length === 0) {
      if (entry !== undefined) complaints.push(`the ledger knows ${cell}, which was only planned`);
      continue;
    }
    if (entry === undefined) {
      complaints.push(`the ledger does not know ${cell}`);
      continue;
    }
    const last = states.filter(({ taskId }) => taskId === entry.attemptTask);
    if (!last.some((unit) => isEnteredAs(unit, entry.outcome))) {
      const found = last.map(({ state }) => state).join(', ');
      complaints.push(`the ledger calls ${cell} ${entry.outcome}, its unit is ${found}`);
    }
    const live = resources.filter((resource) => resource.cell === cell && resource.live).length;
    if (entry.outcome === 'complete' && entry.completeRows !== live) {
      complaints.push(
        `the ledger has ${String(entry.completeRows)} rows of ${cell}, there are ${String(live)}`,
      );
    }
  }
  return complaints;
}

/** What happened to each cell in the round: one change for each difference, and no deletion without proof. */
function checkCells(snapshot: Snapshot, round: Round): string[] {
  const resources = new Map(snapshot.resources.map((resource) => [resource.id, resource]));
  const recent = snapshot.changes.filter(({ id }) => id > round.lastChange);
  const changes = groupBy(recent, ({ resourceId }) => resources.get(resourceId)?.cell ?? 'nowhere');
  const units = groupBy(
    snapshot.units.filter(
      ({ id, mode }) => mode === 'sync' && (!round.knownUnits.has(id) || round.retried.has(id)),
    ),
    ({ cell }) => cell,
  );
  const after = inventoryOf(snapshot);
  return [...round.truth].flatMap(([cell, truth]) => {
    const states = (units.get(cell) ?? []).map(({ state }) => state);
    const allowed = differences(cell, round.before.get(cell) ?? new Map(), truth);
    const made = (changes.get(cell) ?? []).map(({ kind, resourceId, after: hash }) =>
      describe(kind, resources.get(resourceId)?.nativeId ?? '', hash),
    );
    const complaints: string[] = [];
    const complain = (what: string) =>
      complaints.push(`${cell} (${states.join(', ') || 'not listed'}): ${what}`);
    for (const change of made) if (!allowed.has(change)) complain(`${change} was no difference`);
    if (new Set(made).size !== made.length) complain(`a change twice: ${made.sort().join(', ')}`);
    const isListed = states.includes('SUCCEEDED') || states.includes('PRUNE_HELD');
    if (!states.includes('SUCCEEDED')) {
      const deleted = made.filter((change) => change.startsWith('DELETED'));
      if (deleted.length > 0) complain(`without a complete listing ${deleted.join(', ')}`);
    }
    const mayKeepMore = !states.includes('SUCCEEDED') || round.rejected.has(cell);
    if (isListed) complaints.push(...checkListedCell(cell, truth, after.get(cell) ?? new Map(), mayKeepMore));
    return complaints;
  });
}

/** After a complete listing a cell is the vendor's truth, and what a held prune keeps. */
function checkListedCell(
  cell: CellKey,
  truth: Cell,
  stored: ReadonlyMap<string, string | null>,
  mayKeepMore: boolean,
): string[] {
  const complaints: string[] = [];
  for (const [id, version] of truth) {
    const hash = stored.get(id);
    if (hash !== expectedHash(cell, id, version))
      complaints.push(`${cell}: ${id} is stored as ${String(hash)}`);
  }
  if (!mayKeepMore) {
    for (const [id, hash] of stored) {
      if (hash !== null && !truth.has(id)) complaints.push(`${cell}: ${id} is gone and still stored`);
    }
  }
  return complaints;
}

/** Every change that leads from what was stored to the truth. */
function differences(cell: CellKey, before: ReadonlyMap<string, string | null>, truth: Cell): Set<string> {
  const changes = new Set<string>();
  for (const [id, version] of truth) {
    const hash = expectedHash(cell, id, version);
    const stored = before.get(id);
    if (stored === hash) continue;
    const kind = stored === undefined ? 'CREATED' : stored === null ? 'RESTORED' : 'UPDATED';
    changes.add(describe(kind, id, hash));
  }
  for (const [id, stored] of before) {
    if (stored !== null && !truth.has(id)) changes.add(describe('DELETED', id, null));
  }
  return changes;
}

function describe(kind: string, id: string, hash: string | null): string {
  return `${kind} ${id}${hash === null ? '' : ` to ${hash.slice(0, 8)}`}`;
}

function nameOf({ cell, nativeId }: ResourceRow): string {
  return `${cell}/${nativeId}`;
}

function groupBy<Key, Row>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
