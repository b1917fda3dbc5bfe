import { randomUUID } from 'node:crypto';

import {
  ACTIVE_RUN_STATES,
  isUnitOver,
  OPEN_UNIT_STATES,
  RUN_STATES,
  type RunState,
  SyncError,
  type SyncErrorKind,
  UNIT_STATES,
  type UnitState,
} from '#domain';

import { LeaseLostError } from '../errors.js';
import { PruneRepository } from '../inventory/prune.repository.js';
import type { LeasedRun } from '../sync/run.repository.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { resourceOf, type SyncFixture } from './sync-fixture.js';
import { SyncObserver } from './sync-observer.js';

const LEASE_MS = 60_000;
const VENDOR = 'VMWARE';
const ACCOUNTS = ['a', 'b'];
/** How long what is pruned may be brought back. */
const DAYS = { changes: 1, events: 1, audit: 1, tombstones: 1 };
/** How many resources of each type are known from the start: a listing without any of them is held. */
const KNOWN = 3;
const TYPES = ['things', 'others'];
/** Each round ends every active run, and behind one an account has at most one of each mode. */
const MAX_ROUNDS = 5;

/** What somebody does, and with what; a verb takes of the rest what it needs. */
export interface Step {
  verb: Verb;
  /** Which of those that there are. */
  pick: number;
  count: number;
  flag: boolean;
  kind: SyncErrorKind;
}

/** How often each is done beside the others: what moves a sync on more often than what ends it. */
export const VERBS = {
  request: 6,
  claimRun: 3,
  savePlan: 3,
  putOffRun: 1,
  failRun: 2,
  advance: 3,
  claimUnit: 5,
  commitPage: 3,
  completeUnit: 3,
  putOffUnit: 4,
  restartUnit: 1,
  failUnit: 3,
  renew: 1,
  takeOver: 3,
  listAccount: 5,
  cancel: 3,
  retry: 4,
  removeAccount: 1,
  decidePrune: 3,
  undoPrune: 1,
  passTime: 2,
} as const;
export type Verb = keyof typeof VERBS;

/** What is held by a token. */
type Lease = Pick<LeasedUnit, 'id' | 'leaseToken'>;

/** Where a lease is held. */
type LeasedTable = 'sync_run' | 'sync_unit';

/**
 * Some workers and users of a tenant with a few accounts, who do what they are told in any order. It throws
 * when somebody gets what he may not have, or writes for what he does not hold.
 */
export class SyncSimulation {
  private readonly tenantId = randomUUID();
  readonly observer: SyncObserver;
  /** What workers believe to hold: some in vain, since time has passed or somebody has cancelled it. */
  private readonly runs: LeasedRun[] = [];
  private readonly units: LeasedUnit[] = [];
  private readonly prunes: PruneRepository;

  private constructor(
    private readonly sync: SyncFixture,
    /** Whether one step is taken at a time: only then what is seen before a claim still holds at it. */
    private readonly alone: boolean,
  ) {
    this.observer = new SyncObserver(sync, this.tenantId);
    this.prunes = new PruneRepository(sync.database, DAYS);
  }

  static async start(sync: SyncFixture, { alone }: { alone: boolean }): Promise<SyncSimulation> {
    const simulation = new SyncSimulation(sync, alone);
    const { tenantId } = simulation;
    await sync.rows('INSERT INTO tenant (id, name) VALUES ($1, $2)', [tenantId, tenantId]);
    for (const accountId of ACCOUNTS) await simulation.addAccount(accountId);
    await simulation.syncAll();
    return simulation;
  }

  /** Does one step. */
  async take(step: Step): Promise<void> {
    await this[step.verb](step);
  }

  /** Syncs all accounts, all units of which list everything. */
  async syncAll(): Promise<void> {
    await this.sync.tasks.request({ tenantId: this.tenantId, vendor: VENDOR, trigger: 'api' });
    await this.drain();
  }

  /** Lets time pass and workers go on until nothing is open. */
  async drain(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await this.passTime();
      const runs = await this.select<{ id: string }>(
        `SELECT id FROM sync_run WHERE tenant_id = $1 AND state IN ('QUEUED', 'RUNNING') ORDER BY id`,
      );
      if (runs.length === 0) return;
      for (const { id } of runs) await this.finishRun(id);
    }
    throw new Error('Runs go on and on.');
  }

  /** What {@link syncAll} leaves. */
  static fullInventory(): string[] {
    const paths = ACCOUNTS.flatMap((account) =>
      TYPES.flatMap((type) => itemsOf(KNOWN).map(({ nativeId }) => `${account}/${type}/${nativeId}`)),
    );
    return paths.toSorted();
  }

  private async request({ count, flag, pick }: Step): Promise<void> {
    const accountId = ACCOUNTS[count];
    await this.sync.tasks.request({
      tenantId: this.tenantId,
      vendor: VENDOR,
      trigger: 'api',
      mode: pick % 4 === 0 ? 'plan' : 'sync',
      force: flag,
      ...(accountId === undefined ? {} : { accountId }),
    });
  }

  private async claimRun({ pick, flag }: Step): Promise<void> {
    const run = await this.pickRun(pick, flag ? ACTIVE_RUN_STATES : RUN_STATES);
    const mine = run === undefined ? undefined : await this.tryRun(run);
    if (mine !== undefined) this.runs.push(mine);
  }

  private async savePlan({ pick, count }: Step): Promise<void> {
    const run = await this.runInHand(pick);
    if (run !== undefined)
      await this.write('sync_run', run, () => this.sync.runs.savePlan(run, planOf(count)));
  }

  private async putOffRun({ pick, flag, kind }: Step): Promise<void> {
    const run = await this.runInHand(pick);
    if (run === undefined) return;
    const how = { delayMs: LEASE_MS, counted: flag, error: errorOf(kind) };
    await this.write('sync_run', run, () => this.sync.runs.wait(run, how));
  }

  private async failRun({ pick, kind }: Step): Promise<void> {
    const run = await this.runInHand(pick);
    if (run !== undefined) await this.write('sync_run', run, () => this.sync.runs.fail(run, errorOf(kind)));
  }

  private async advance({ pick, count }: Step): Promise<void> {
    const run = await this.pickRun(pick, ['RUNNING']);
    if (run !== undefined) await this.sync.runs.advance(run, count + 1);
  }

  private async claimUnit({ pick, count }: Step): Promise<void> {
    const unit = await this.pickUnit(pick, count > 0 ? OPEN_UNIT_STATES : UNIT_STATES);
    const mine = unit === undefined ? undefined : await this.tryUnit(unit.id);
    if (mine !== undefined) this.units.push(mine);
  }

  private async commitPage({ pick, count }: Step): Promise<void> {
    const unit = pickOf(this.units, pick);
    if (unit === undefined) return;
    const page = { resources: itemsOf(count), resumeAt: 'next' };
    await this.write('sync_unit', unit, () => this.sync.commitPage(unit, page));
  }

  /** An empty listing, after one that was not, is held. */
  private async completeUnit({ pick, count }: Step): Promise<void> {
    const unit = await this.unitInHand(pick);
    if (unit !== undefined) await this.complete(unit, count);
  }

  private async putOffUnit({ pick, count, kind }: Step): Promise<void> {
    const unit = await this.unitInHand(pick);
    if (unit === undefined) return;
    const how =
      count === 0
        ? { delayMs: 0, counted: false }
        : { delayMs: LEASE_MS, counted: true, error: errorOf(kind) };
    await this.write('sync_unit', unit, () => this.sync.units.wait(unit, how));
  }

  private async restartUnit({ pick, kind }: Step): Promise<void> {
    const unit = await this.unitInHand(pick);
    if (unit === undefined) return;
    const how = { delayMs: LEASE_MS, counted: true, error: errorOf(kind) };
    await this.write('sync_unit', unit, () => this.sync.units.restart(unit, how));
  }

  private async failUnit({ pick, kind }: Step): Promise<void> {
    const unit = await this.unitInHand(pick);
    if (unit === undefined) return;
    const whole = kind === 'credentials';
    await this.write('sync_unit', unit, () => this.sync.units.fail(unit, errorOf(kind), whole));
  }

  private async renew({ pick }: Step): Promise<void> {
    const [run, unit] = [pickOf(this.runs, pick), pickOf(this.units, pick)];
    if (run !== undefined) await this.write('sync_run', run, () => this.sync.runs.renew(run, LEASE_MS));
    if (unit !== undefined) await this.write('sync_unit', unit, () => this.sync.units.renew(unit, LEASE_MS));
  }

  /** A worker stalls until its lease is over; another one goes on. The first awakes, and may not do anything. */
  private async takeOver({ pick, flag }: Step): Promise<void> {
    if (flag) {
      const run = await this.runInHand(pick);
      if (run === undefined) return;
      await this.endLease('sync_run', run);
      const next = await this.tryRun(run.id);
      if (next === undefined) return;
      this.runs.push(next);
      for (const act of this.runWrites(run)) await this.write('sync_run', run, act);
    } else {
      const unit = await this.unitInHand(pick);
      if (unit === undefined) return;
      await this.endLease('sync_unit', unit);
      const next = await this.tryUnit(unit.id);
      if (next === undefined) return;
      this.units.push(next);
      for (const act of this.unitWrites(unit)) await this.write('sync_unit', unit, act);
    }
  }

  private async endLease(table: LeasedTable, { id, leaseToken }: Lease): Promise<void> {
    await this.select(
      `UPDATE ${table} SET lease_until = now() - interval '1 second'
       WHERE tenant_id = $1 AND id = $2 AND lease_token = $3`,
      [id, leaseToken],
    );
  }

  /** All that a worker may do for a run that it holds. */
  private runWrites(run: LeasedRun): (() => Promise<unknown>)[] {
    const { runs } = this.sync;
    const error = errorOf('unavailable');
    return [
      () => runs.renew(run, LEASE_MS),
      () => runs.savePlan(run, planOf(TYPES.length)),
      () => runs.wait(run, { delayMs: LEASE_MS, counted: true, error }),
      () => runs.fail(run, error),
    ];
  }

  private unitWrites(unit: LeasedUnit): (() => Promise<unknown>)[] {
    const { units, inventory } = this.sync;
    const error = errorOf('unavailable');
    return [
      () => units.renew(unit, LEASE_MS),
      () => this.sync.commitPage(unit, { resources: itemsOf(KNOWN) }),
      () => inventory.completeUnit(unit),
      () => units.wait(unit, { delayMs: LEASE_MS, counted: true, error }),
      () => units.restart(unit, { delayMs: LEASE_MS, counted: true, error }),
      () => units.fail(unit, error, true),
    ];
  }

  /** All of a run at once, as far as nobody else holds it: some units end well, some are held, some fail. */
  private async listAccount({ pick, count }: Step): Promise<void> {
    const runId = await this.pickRun(pick, ['QUEUED', 'RUNNING']);
    if (runId === undefined) return;
    await this.planRun(runId, count);
    for (const [index, { id }] of (await this.unitsOf(runId)).entries()) {
      const end = Math.floor(pick / 5 ** index) % 5;
      const unit = end === 4 ? undefined : await this.tryUnit(id);
      if (unit === undefined) continue;
      const refusal = errorOf('permission');
      if (end === 0) await this.write('sync_unit', unit, () => this.sync.units.fail(unit, refusal, false));
      else await this.complete(unit, end === 1 ? 0 : KNOWN + end - 3);
    }
    await this.sync.runs.advance(runId, TYPES.length);
  }

  private async cancel({ pick }: Step): Promise<void> {
    const taskId = await this.pickTask(pick);
    if (taskId !== undefined) await this.sync.tasks.cancel({ tenantId: this.tenantId, taskId });
  }

  private async retry({ pick }: Step): Promise<void> {
    const taskId = await this.pickTask(pick);
    if (taskId !== undefined) await this.sync.tasks.retry({ tenantId: this.tenantId, taskId });
  }

  /** One of the same name takes its place. */
  private async removeAccount({ count }: Step): Promise<void> {
    const accountId = ACCOUNTS[count] ?? '';
    const [account] = await this.select<{ id: string }>(
      'SELECT id FROM vendor_account WHERE tenant_id = $1 AND account_id = $2 AND removed_at IS NULL',
      [accountId],
    );
    if (account === undefined || !(await this.sync.accounts.remove(this.tenantId, account.id))) return;
    await this.addAccount(accountId);
  }

  private async decidePrune({ pick, flag }: Step): Promise<void> {
    const unit = await this.pickUnit(pick, ['PRUNE_HELD']);
    if (unit === undefined) return;
    await this.prunes.decide({
      tenantId: this.tenantId,
      taskId: unit.taskId,
      unitId: unit.id,
      decision: flag ? 'approve' : 'reject',
      decidedBy: randomUUID(),
    });
  }

  private async undoPrune({ pick }: Step): Promise<void> {
    const unit = await this.pickUnit(pick, ['SUCCEEDED']);
    if (unit === undefined) return;
    const key = { tenantId: this.tenantId, taskId: unit.taskId, unitId: unit.id };
    await this.prunes.undo({ ...key, undoneBy: randomUUID() });
  }

  /** As much as any lease lasts, and anything waits. */
  private async passTime(): Promise<void> {
    for (const table of ['sync_run', 'sync_unit']) {
      await this.select(
        `UPDATE ${table} SET lease_until = lease_until - interval '2 minutes',
           next_attempt_at = next_attempt_at - interval '2 minutes'
         WHERE tenant_id = $1 AND (lease_until IS NOT NULL OR next_attempt_at IS NOT NULL)`,
      );
    }
  }

  private async planRun(runId: string, count: number): Promise<void> {
    const run = await this.tryRun(runId);
    if (run !== undefined)
      await this.write('sync_run', run, () => this.sync.runs.savePlan(run, planOf(count)));
  }

  private async finishRun(runId: string): Promise<void> {
    await this.planRun(runId, TYPES.length);
    for (const { id } of await this.unitsOf(runId)) {
      const unit = await this.tryUnit(id);
      if (unit !== undefined) await this.complete(unit, KNOWN);
    }
    await this.sync.runs.advance(runId, TYPES.length);
  }

  private async complete(unit: LeasedUnit, count: number): Promise<void> {
    const page = { resources: itemsOf(count) };
    await this.write('sync_unit', unit, () => this.sync.commitPage(unit, page));
    await this.write('sync_unit', unit, () => this.sync.inventory.completeUnit(unit));
  }

  /** What a worker believes to hold, or else what it may have. */
  private async runInHand(pick: number): Promise<LeasedRun | undefined> {
    if (this.runs.length > 0) return takeOut(this.runs, pick);
    const run = await this.pickRun(pick, ACTIVE_RUN_STATES);
    return run === undefined ? undefined : this.tryRun(run);
  }

  private async unitInHand(pick: number): Promise<LeasedUnit | undefined> {
    if (this.units.length > 0) return takeOut(this.units, pick);
    const unit = await this.pickUnit(pick, OPEN_UNIT_STATES);
    return unit === undefined ? undefined : this.tryUnit(unit.id);
  }

  private async tryRun(runId: string): Promise<LeasedRun | undefined> {
    const free = await this.isFree('sync_run', runId);
    const claim = await this.sync.runs.claim(runId, LEASE_MS);
    if (typeof claim === 'string' || !('run' in claim)) return undefined;
    if (this.alone && !free) throw new Error(`Run ${runId} was claimed, but it was not free.`);
    return claim.run;
  }

  private async tryUnit(unitId: string): Promise<LeasedUnit | undefined> {
    const free = await this.isFree('sync_unit', unitId);
    const claim = await this.sync.units.claim(unitId, LEASE_MS);
    if (typeof claim === 'string' || !('unit' in claim)) return undefined;
    if (this.alone && !free) throw new Error(`Unit ${unitId} was claimed, but it was not free.`);
    return claim.unit;
  }

  /** Open, due, and held by nobody. */
  private async isFree(table: LeasedTable, id: string): Promise<boolean> {
    const [row] = await this.select<{ state: UnitState; held: boolean; early: boolean }>(
      `SELECT state, coalesce(lease_until > now(), false) AS held,
         coalesce(next_attempt_at > now(), false) AS early
       FROM ${table} WHERE tenant_id = $1 AND id = $2`,
      [id],
    );
    return row !== undefined && !isUnitOver(row.state) && !row.held && !row.early;
  }

  /**
   * A worker's write for what it believes to hold. That it has lost it is part of the game; that it writes
   * nevertheless, or that anything else goes wrong, is not. Who has lost a lease never gets it back.
   */
  private async write(table: LeasedTable, held: Lease, act: () => Promise<unknown>): Promise<void> {
    const [ours] = await this.select(
      `SELECT FROM ${table} WHERE tenant_id = $1 AND id = $2 AND lease_token = $3 AND state = 'RUNNING'`,
      [held.id, held.leaseToken],
    );
    try {
      const done = await act();
      if (ours !== undefined || done === false) return;
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      throw error;
    }
    throw new Error(`Who had lost ${table} ${held.id} could write for it.`);
  }

  private async unitsOf(runId: string): Promise<{ id: string }[]> {
    return this.select('SELECT id FROM sync_unit WHERE tenant_id = $1 AND run_id = $2 ORDER BY position', [
      runId,
    ]);
  }

  private async addAccount(accountId: string): Promise<void> {
    await this.sync.accounts.create({
      tenantId: this.tenantId,
      vendor: VENDOR,
      accountId,
      accountName: accountId,
      ak: 'user',
      settings: {},
      sealSk: () => Promise.resolve(new Uint8Array(1)),
    });
  }

  private async pickTask(pick: number): Promise<string | undefined> {
    const tasks = await this.select<{ id: string }>(
      'SELECT id FROM sync_task WHERE tenant_id = $1 ORDER BY id',
    );
    return pickOf(tasks, pick)?.id;
  }

  private async pickRun(pick: number, states: readonly RunState[]): Promise<string | undefined> {
    const runs = await this.select<{ id: string }>(
      'SELECT id FROM sync_run WHERE tenant_id = $1 AND state = ANY($2) ORDER BY id',
      [states],
    );
    return pickOf(runs, pick)?.id;
  }

  private async pickUnit(
    pick: number,
    states: readonly UnitState[],
  ): Promise<{ id: string; taskId: string } | undefined> {
    const units = await this.select<{ id: string; taskId: string }>(
      `SELECT id, task_id AS "taskId" FROM sync_unit WHERE tenant_id = $1 AND state = ANY($2) ORDER BY id`,
      [states],
    );
    return pickOf(units, pick);
  }

  private async select<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.sync.rows<Row>(text, [this.tenantId, ...values]);
  }
}

function pickOf<T>(all: readonly T[], pick: number): T | undefined {
  return all[pick % all.length];
}

function takeOut<T>(all: T[], pick: number): T | undefined {
  return all.splice(pick % Math.max(1, all.length), 1)[0];
}

function planOf(count: number) {
  const scope = { key: 'scope', name: 'The scope' };
  return TYPES.slice(0, count).map((resourceType) => ({ scope, resourceType }));
}

function itemsOf(count: number) {
  return Array.from({ length: count }, (_, index) => resourceOf(`item ${String(index)}`));
}

function errorOf(kind: SyncErrorKind): SyncError {
  return new SyncError(kind, `It is ${kind}.`);
}
