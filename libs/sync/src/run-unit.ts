import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import { type InventoryPage, type LeasedUnit, type PageTurn, ResourceRow } from '#database';
import { MAX_ATTEMPTS, SyncError, UnitClock } from '#domain';
import type { Written } from '#metrics';
import { type LogFields, logWith, tracePart } from '#platform';
import type { Listing, ResourceTable, VendorAdapter } from '#vendor-kit';

import { advanceRun } from './advance-run.js';
import { beginListing } from './begin-listing.js';
import { callAs, Caller } from './caller.js';
import type { PooledConnection } from './connection-pool.js';
import { type Engine, type JobOutcome, loadAdapter } from './engine.js';
import { enqueue } from './enqueue.js';
import { keepLease } from './keep-lease.js';
import { measuredPages } from './measured-pages.js';
import { readAhead } from './read-ahead.js';
import { RETURNED, settleFailure } from './settle-failure.js';
import { toSyncError } from './to-sync-error.js';

/** Items normalized in one go: a few milliseconds. */
const ITEMS_AT_ONCE = 100;

/**
 * Works on a unit from its checkpoint to its end, or to the first obstacle. Prunes only by reaching the
 * end: an error on the way leaves the old rows alone.
 */
export async function runUnit(engine: Engine, unitId: string, shutdown: AbortSignal): Promise<JobOutcome> {
  const claim = await engine.units.claim(unitId, engine.timing.leaseMs);
  if (claim === 'over') return 'done';
  if ('busyForMs' in claim) return { retryInMs: claim.busyForMs };
  const { unit } = claim;
  return logWith(fieldsOf(unit), () => workOn(engine, unit, shutdown));
}

/** What every line about the unit says. */
function fieldsOf({ taskId, runId, id, accountId, vendor, resourceType, scopeKey }: LeasedUnit): LogFields {
  return {
    task: taskId,
    run: runId,
    unit: id,
    account: accountId,
    vendor,
    type: resourceType,
    scope: scopeKey,
  };
}

async function workOn(engine: Engine, unit: LeasedUnit, shutdown: AbortSignal): Promise<JobOutcome> {
  engine.turns.announce(unit.accountId);
  const lease = keepLease(engine, (leaseMs) => engine.units.renew(unit, leaseMs));
  try {
    const end = await attempt(engine, unit, AbortSignal.any([lease.signal, shutdown]));
    if (end === 'yielded') return await goToTheEnd(engine, unit);
  } catch (error) {
    const outcome = await settleFailure({
      error,
      lost: lease.signal,
      shutdown,
      attempts: unit.attempts,
      log: engine.log,
      countPutOff: (kind) => {
        engine.metrics.putOff(unit.vendor, kind);
      },
      wait: (how) => engine.units.wait(unit, how),
      fail: async (failure) => {
        await engine.units.fail(unit, failure, failure.kind === 'credentials');
        engine.metrics.endUnit(unit, failure.kind === 'absent' ? 'SKIPPED' : 'FAILED');
      },
      restarts: { count: unit.restarts, restart: (how) => engine.units.restart(unit, how) },
    });
    if (outcome !== 'done') return outcome;
  } finally {
    lease.stop();
  }
  engine.turns.announce(unit.accountId);
  await advanceRun(engine, unit.runId, unit.vendor);
  return 'done';
}

/** Lists the unit and ends it. Where the time went is recorded however that turns out. */
async function attempt(
  engine: Engine,
  unit: LeasedUnit,
  signal: AbortSignal,
): Promise<'complete' | 'yielded'> {
  const clock = new UnitClock();
  const caller = new Caller(clock, () => engine.units.isAnotherAccountWaiting(unit));
  const inTurn = turnsOf(engine, unit, clock);
  try {
    if ((await listUnit(engine, { unit, caller, inTurn, signal })) === 'yielded') return 'yielded';
    const complete = () => clock.during('sql', () => engine.inventory.completeUnit(unit));
    const { state, deleted, held, seconds } = await inTurn((turn) =>
      turn.query(() => tracePart({ name: 'complete unit' }, complete)),
    );
    engine.metrics.endUnit(unit, state, seconds);
    countWritten(engine, unit, { deleted });
    engine.log.info({ state, deleted, held }, 'unit ended');
    return 'complete';
  } finally {
    await engine.units.recordTime(unit, clock.take()).catch((error: unknown) => {
      engine.log.warn({ err: error }, 'where the time went could not be recorded');
    });
  }
}

/** A worker's go at a unit. */
interface Attempt {
  unit: LeasedUnit;
  caller: Caller;
  inTurn: InTurn;
  signal: AbortSignal;
}

/** Does a piece of work for the unit's account, when it is its turn. */
type InTurn = <T>(work: (turn: PageTurn) => Promise<T> | T) => Promise<T>;

function turnsOf({ turns }: Engine, { accountId }: LeasedUnit, clock: UnitClock): InTurn {
  return (work) => {
    const stop = clock.start('turn');
    return turns.take(accountId, (turn) => {
      stop();
      return work(turn);
    });
  };
}

/** Gives a unit back with a new job, behind all others: a job that is only put off keeps its old place. */
async function goToTheEnd(engine: Engine, unit: LeasedUnit): Promise<JobOutcome> {
  await engine.units.wait(unit, RETURNED);
  await enqueue(engine, unit.vendor, [{ kind: 'unit', unitId: unit.id, round: randomUUID() }]);
  return 'done';
}

/** A plan writes nothing. */
function countWritten({ metrics }: Engine, { vendor, mode }: LeasedUnit, written: Written): void {
  if (mode === 'sync') metrics.write(vendor, written);
}

/**
 * Commits page after page. Returns `complete` only when the table has said that it listed everything, and
 * `yielded`, at a checkpoint, when it has had its time and other accounts wait for a slot.
 */
async function listUnit(
  engine: Engine,
  { unit, caller, inTurn, signal }: Attempt,
): Promise<'complete' | 'yielded'> {
  if (unit.attempts > MAX_ATTEMPTS) {
    throw new SyncError(
      'bug',
      `The worker died ${String(MAX_ATTEMPTS)} times on the same page of this unit.`,
    );
  }
  const adapter = await loadAdapter(engine, unit.vendor);
  const table = findTable(adapter, unit.resourceType);
  const scope = { key: unit.scopeKey, name: unit.scopeName };
  const pooled = await connect(engine, unit, caller.clock);
  const { connection, redact, release } = pooled;
  const stop = new AbortController();
  const sliceEnd = performance.now() + engine.timing.sliceMs;
  try {
    signal.throwIfAborted(); // a vendor's call need not look at a signal that was given before
    const begin = await beginListing(engine, unit, table, pooled);
    const listing: Listing<unknown> = {
      connection,
      scope,
      signal: AbortSignal.any([signal, stop.signal]),
      ...(begin.resumeAt === null ? {} : { resumeAt: begin.resumeAt }),
      ...(begin.since === null ? {} : { since: begin.since }),
    };
    const pages = normalizedPages(adapter, table, { listing, redact, caller, inTurn });
    for await (const listed of readAhead(pages)) {
      const page = { ...listed, ...(table.volatile === undefined ? {} : { volatile: table.volatile }) };
      const commit = () =>
        inTurn((turn) => engine.inventory.commitPage(unit, page, { clock: caller.clock, turn }));
      const size = { 'muster.page.resources': page.rows.length };
      const { created, updated } = await tracePart({ name: 'commit page', attributes: size }, commit).catch(
        (error: unknown) => {
          stop.abort(); // or the page being read ahead would be waited for
          throw error;
        },
      );
      countWritten(engine, unit, { created, updated });
      if (listed.resumeAt === undefined) return 'complete';
      signal.throwIfAborted();
      if (performance.now() > sliceEnd && (await engine.units.isAnotherAccountWaiting(unit))) {
        stop.abort();
        return 'yielded';
      }
    }
    throw new SyncError('bug', `The listing of ${table.type} ended without its last page.`);
  } finally {
    release();
  }
}

/** Signing in is the unit's time, but what it calls is not lost with the unit's first page. */
async function connect(engine: Engine, unit: LeasedUnit, clock: UnitClock): Promise<PooledConnection> {
  const caller = new Caller(clock, () => engine.units.isAnotherAccountWaiting(unit));
  return clock.during('vendor', () => callAs(caller, () => engine.connections.acquire(unit.accountId)));
}

function findTable(adapter: VendorAdapter, type: string): ResourceTable<unknown, unknown> {
  const table = adapter.tables.find((candidate) => candidate.type === type);
  if (table === undefined) {
    throw new SyncError('absent', `This version of Muster does not list ${type} for ${adapter.vendor}.`);
  }
  return table;
}

/** With what a unit is listed, and by whom. */
type ListedBy = Pick<Attempt, 'caller' | 'inTurn'> &
  Pick<PooledConnection, 'redact'> & { listing: Listing<unknown> };

/**
 * A table's pages as rows, normalized some at a time, so that a big page doesn't keep the process from
 * everything else. Whatever is thrown here is the vendor's, and classified.
 */
async function* normalizedPages(
  adapter: VendorAdapter,
  table: ResourceTable<unknown, unknown>,
  { listing, redact, caller, inTurn }: ListedBy,
): AsyncGenerator<InventoryPage> {
  const normalized = (items: readonly unknown[]) =>
    inTurn(() => {
      const stop = caller.clock.start('normalizing');
      const rows = items.map(
        (item) => new ResourceRow(table.toResource(item, listing.scope), table.volatile),
      );
      stop();
      return rows;
    });
  try {
    for await (const { items, ...page } of measuredPages(table.pages(listing), caller)) {
      const { there, gone } = listing.since === undefined ? { there: items, gone: [] } : sift(table, items);
      const rows: ResourceRow[] = [];
      for (let first = 0; first < there.length; first += ITEMS_AT_ONCE) {
        rows.push(...(await normalized(there.slice(first, first + ITEMS_AT_ONCE))));
        await setImmediate();
      }
      yield { rows, ...page, ...(gone.length === 0 ? {} : { gone }) };
    }
  } catch (error) {
    throw redact(toSyncError(error, adapter, table));
  }
}

/** What is there of what has changed, and the native ids of what the vendor names as deleted. */
function sift({ incremental }: ResourceTable<unknown, unknown>, items: readonly unknown[]) {
  const there: unknown[] = [];
  const gone: string[] = [];
  for (const item of items) {
    const id = incremental?.deletedIdOf?.(item);
    if (id === undefined) there.push(item);
    else gone.push(id);
  }
  return { there, gone };
}
