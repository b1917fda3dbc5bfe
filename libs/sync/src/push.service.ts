import { setImmediate } from 'node:timers/promises';

import {
  type CompletedTask,
  type EndRefusal,
  type InventoryRepository,
  type KeyClaim,
  type LeasedUnit,
  LeaseLostError,
  type PageName,
  PagesMissingError,
  PageTakenError,
  type PlannedUnit,
  type PushedAccount,
  type PushedUnit,
  type PushRepository,
  ResourceRow,
  type ScopeRefusal,
  type TaskKey,
  type UnitRepository,
} from '#database';
import { type Resource, SyncError, UnitClock } from '#domain';
import type { Metrics, Written } from '#metrics';
import type { Logger } from '#platform';
import type { SyncQueue } from '#queue';

import { enqueueRuns } from './enqueue.js';

/** Resources whose rows are made in one go: a few milliseconds. */
const RESOURCES_AT_ONCE = 100;

/** What is known in a scope after a page of it came. */
export interface TakenPage {
  unit: PushedUnit;
  /** It was there already, and changed nothing. */
  isRepeated: boolean;
}

/** How a source ends a scope: all of it is here, in so many pages; or it could not be listed, and why. */
export type ScopeEnd = { pages: number } | { failure: string };

/** Why the end of a scope is not taken: also that there are more pages, or fewer, than the source has sent. */
export type CloseRefusal = ScopeRefusal | { there: number };

const COMPLETE_STATES: readonly string[] = ['SUCCEEDED', 'PRUNE_HELD'];

/** Where what is posted goes. */
export interface PushStores {
  pushes: PushRepository;
  inventory: InventoryRepository;
  units: UnitRepository;
}

/** Syncs whose pages their source posts, instead of a worker that lists them. */
export class PushService {
  constructor(
    private readonly stores: PushStores,
    private readonly queue: SyncQueue,
    private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  /** The account that a task is about; undefined when the tenant has no such task. */
  async findAccount(key: TaskKey): Promise<PushedAccount | 'notPushed' | undefined> {
    return this.stores.pushes.findAccount(key);
  }

  /** Commits a page of a scope, as a worker commits those that it lists. `taken`: there is another one of its name. */
  async takePage(
    key: TaskKey,
    cell: PlannedUnit,
    { resources, named }: { resources: readonly Resource[]; named: PageName },
  ): Promise<TakenPage | ScopeRefusal | 'taken'> {
    const clock = new UnitClock();
    const rows = await clock.during('normalizing', () => rowsOf(resources));
    try {
      return await this.inScope(key, { cell, open: true }, async (unit) => {
        const counts = await this.stores.inventory.commitPage(unit, { rows, named }, { clock });
        const { created, updated, isRepeated = false } = counts;
        this.countWritten(unit, { created, updated });
        await this.stores.units.recordTime(unit, clock.take());
        return { unit: await this.stores.pushes.show(unit.id), isRepeated };
      });
    } catch (error) {
      if (error instanceof PageTakenError) return 'taken';
      throw error;
    }
  }

  /** Ends a scope. Only one that is complete is pruned. Ended again in the same way, it is answered as before. */
  async closeScope(key: TaskKey, cell: PlannedUnit, end: ScopeEnd): Promise<PushedUnit | CloseRefusal> {
    // A scope of which there is no page may be empty, or not there to be listed; else its name is wrong.
    const open = 'failure' in end || end.pages === 0;
    try {
      const outcome = await this.inScope(key, { cell, open }, (unit) => this.endUnit(unit, end));
      if (typeof outcome === 'object' && 'closed' in outcome && isSameEnd(outcome.closed, end)) {
        return outcome.closed;
      }
      return outcome === 'unopened' ? { there: 0 } : outcome;
    } catch (error) {
      if (error instanceof PagesMissingError) return { there: error.there };
      throw error;
    }
  }

  /** Ends a task whose source has said that it is complete. */
  async completeTask(key: TaskKey, keyClaim?: KeyClaim): Promise<CompletedTask | EndRefusal> {
    const outcome = await this.stores.pushes.complete(key, keyClaim);
    if (typeof outcome === 'object' && 'state' in outcome) {
      this.log.info({ task: key.taskId, state: outcome.state }, 'its source has completed a task');
      await enqueueRuns({ queue: this.queue, log: this.log }, outcome.vendor, outcome.runIds);
    }
    return outcome;
  }

  private async endUnit(unit: LeasedUnit, end: ScopeEnd): Promise<PushedUnit> {
    const clock = new UnitClock();
    await clock.during('sql', async () => {
      if ('failure' in end) {
        await this.stores.units.fail(unit, failureOf(end.failure), false);
        this.metrics.endUnit(unit, 'FAILED');
      } else {
        const { state, deleted, seconds } = await this.stores.inventory.completeUnit(unit, end.pages);
        this.metrics.endUnit(unit, state, seconds);
        this.countWritten(unit, { deleted });
      }
    });
    await this.stores.units.recordTime(unit, clock.take());
    const ended = await this.stores.pushes.show(unit.id);
    const { state, deleted, heldDeletes: held } = ended;
    this.log.info({ task: unit.taskId, unit: unit.id, state, deleted, held }, 'unit ended');
    return ended;
  }

  /** A plan writes nothing. */
  private countWritten({ vendor, mode }: LeasedUnit, written: Written): void {
    if (mode === 'sync') this.metrics.write(vendor, written);
  }

  /** Does work on a scope's unit. One that is ended in this moment is looked at again, to say how. */
  private async inScope<Result>(
    key: TaskKey,
    { cell, open }: { cell: PlannedUnit; open: boolean },
    work: (unit: LeasedUnit) => Promise<Result>,
  ): Promise<Result | ScopeRefusal> {
    const entered = await this.stores.pushes.enter(key, cell, { open });
    if (isRefusal(entered)) return entered;
    try {
      return await work(entered);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      const again = await this.stores.pushes.enter(key, cell, { open: false });
      return isRefusal(again) ? again : await work(again);
    }
  }
}

function isRefusal(entered: LeasedUnit | ScopeRefusal): entered is ScopeRefusal {
  return typeof entered === 'string' || !('leaseToken' in entered);
}

function isSameEnd({ state, pages }: PushedUnit, end: ScopeEnd): boolean {
  if ('failure' in end) return state === 'FAILED';
  return COMPLETE_STATES.includes(state) && pages === end.pages;
}

function failureOf(failure: string): SyncError {
  return new SyncError(
    'unavailable',
    `The source says that it could not list this: ${failure}. Nothing of it was deleted.`,
    { vendorCode: 'SOURCE_FAILED' },
  );
}

async function rowsOf(resources: readonly Resource[]): Promise<ResourceRow[]> {
  const rows: ResourceRow[] = [];
  for (let first = 0; first < resources.length; first += RESOURCES_AT_ONCE) {
    rows.push(...resources.slice(first, first + RESOURCES_AT_ONCE).map((one) => new ResourceRow(one)));
    await setImmediate();
  }
  return rows;
}
