import { randomUUID } from 'node:crypto';

import { OPEN_UNIT_STATES, type RunState, SyncError, type SyncErrorKind, type UnitState } from '#domain';

import { LeaseLostError } from '../errors.js';
import { PruneRepository } from '../inventory/prune.repository.js';
import type { LeasedRun } from '../sync/run.repository.js';
import type { LeasedUnit } from '../sync/unit.repository.js';
import { resourceOf, type SyncFixture } from './sync-fixture.js';

const LEASE_MS = 60_000;
const VENDOR = 'VMWARE';
const ACCOUNTS = ['a', 'b'];
/** How long what is pruned may be brought back. */
const DAYS = { changes: 1, events: 1, tombstones: 1 };
/** How many resources of each type are known from the start: a listing without any of them is held. */
const KNOWN = 3;
const TYPES = ['things', 'others', 'rest'];
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
  commitPage: 2,
  completeUnit: 3,
  putOffUnit: 3,
  restartUnit: 1,
  failUnit: 3,
  renew: 1,
  listAccount: 6,
  cancel: 2,
  retry: 4,
  removeAccount: 1,
  decidePrune: 3,
  undoPrune: 1,
  passTime: 2,
} as const;
export type Verb = keyof typeof VERBS;

/** A recorded transition. */
export interface Transition {
  entity: string;
  id: string;
  from: string;
  to: string;
  reason: string | null;
}

/** Some workers and users of a tenant with a few accounts, who do what they are told in any order. */
export class SyncSimulation {
  private readonly tenantId = randomUUID();
  /** What workers believe to hold: some in vain, since time has passed or somebody has cancelled it. */
  private readonly runs: LeasedRun[] = [];
  private readonly units: LeasedUnit[] = [];
  private readonly prunes: PruneRepository;

  private constructor(private readonly sync: SyncFixture) {
    this.prunes = new PruneRepository(sync.database, DAYS);
  }

  static async start(sync: SyncFixture): Promise<SyncSimulation> {
    const simulation = new SyncSimulation(sync);
    const { tenantId } = simulation;
    await sync.rows('INSERT INTO tenant (id, name) VALUES ($1, $2)', [tenantId, tenantId]);
    for (const accountId of ACCOUNTS) await simulation.addAccount(accountId);
    await sync.tasks.request({ tenantId, vendor: VENDOR, trigger: 'api' });
    await simulation.drain();
    return simulation;
  }

  /** Does one step. That a lease is lost is part of the game; whatever else is thrown is not. */
  async take(step: Step): Promise<void> {
    try {
      await this[step.verb](step);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
    }
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

  /** What is not over, as `run RUNNING`. */
  async open(): Promise<string[]> {
    const states = await this.select<{ entity: string; state: string }>(
      `SELECT 'task' AS entity, state FROM sync_task WHERE tenant_id = $1
       UNION ALL SELECT 'run', state FROM sync_run WHERE tenant_id = $1
       UNION ALL SELECT 'unit', state FROM sync_unit WHERE tenant_id = $1`,
    );
    const open = ['PENDING', ...OPEN_UNIT_STATES] as string[];
    return states.flatMap(({ entity, state }) => (open.includes(state) ? `${entity} ${state}` : []));
  }

  /** How many active runs the busiest account has. */
  async mostActive(): Promise<number> {
    const [row] = await this.select<{ most: number }>(
      `SELECT coalesce(max(count), 0)::int AS most FROM (
         SELECT count(*) FROM sync_run WHERE tenant_id = $1 AND state IN ('QUEUED', 'RUNNING')
         GROUP BY account_id) AS active`,
    );
    return row?.most ?? 0;
  }

  /** What COC's clients see of the accounts. */
  async accountStatuses(): Promise<string[]> {
    const accounts = await this.select<{ status: string }>(
      'SELECT DISTINCT sync_status AS status FROM vendor_account WHERE tenant_id = $1',
    );
    return accounts.map(({ status }) => status);
  }

  async transitions(): Promise<Transition[]> {
    return this.select<Transition>(
      `SELECT entity, entity_id AS id, from_state AS "from", to_state AS "to", reason
       FROM sync_transition WHERE tenant_id = $1 ORDER BY sync_transition.id`,
    );
  }

  /** The present state of every task, run and unit, by id. */
  async states(): Promise<Map<string, string>> {
    const rows = await this.select<{ id: string; state: string }>(
      `SELECT id, state FROM sync_task WHERE tenant_id = $1
       UNION ALL SELECT id, state FROM sync_run WHERE tenant_id = $1
       UNION ALL SELECT id, state FROM sync_unit WHERE tenant_id = $1`,
    );
    return new Map(rows.map(({ id, state }) => [id, state]));
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

  private async claimRun({ pick }: Step): Promise<void> {
    const run = await this.pickRun(pick, ['QUEUED', 'RUNNING']);
    if (run === undefined) return;
    const claim = await this.sync.runs.claim(run, LEASE_MS);
    if (typeof claim !== 'string' && 'run' in claim) this.runs.push(claim.run);
  }

  private async savePlan({ pick, count }: Step): Promise<void> {
    const run = takeOut(this.runs, pick);
    if (run !== undefined) await this.sync.runs.savePlan(run, planOf(count));
  }

  private async putOffRun({ pick, flag, kind }: Step): Promise<void> {
    const run = takeOut(this.runs, pick);
    if (run === undefined) return;
    await this.sync.runs.wait(run, { delayMs: LEASE_MS, counted: flag, error: errorOf(kind) });
  }

  private async failRun({ pick, kind }: Step): Promise<void> {
    const run = takeOut(this.runs, pick);
    if (run !== undefined) await this.sync.runs.fail(run, errorOf(kind));
  }

  private async advance({ pick, count }: Step): Promise<void> {
    const run = await this.pickRun(pick, ['RUNNING']);
    if (run !== undefined) await this.sync.runs.advance(run, count + 1);
  }

  private async claimUnit({ pick }: Step): Promise<void> {
    const unit = await this.pickUnit(pick, OPEN_UNIT_STATES);
    if (unit === undefined) return;
    const claim = await this.sync.units.claim(unit.id, LEASE_MS);
    if (typeof claim !== 'string' && 'unit' in claim) this.units.push(claim.unit);
  }

  private async commitPage({ pick, count }: Step): Promise<void> {
    const unit = pickOf(this.units, pick);
    if (unit === undefined) return;
    await this.sync.inventory.commitPage(unit, { resources: itemsOf(count), resumeAt: 'next' });
  }

  /** An empty listing, after one that was not, is held. */
  private async completeUnit({ pick, count }: Step): Promise<void> {
    const unit = takeOut(this.units, pick);
    if (unit !== undefined) await this.complete(unit, count);
  }

  private async putOffUnit({ pick, flag, kind }: Step): Promise<void> {
    const unit = takeOut(this.units, pick);
    if (unit === undefined) return;
    if (flag) await this.sync.units.wait(unit, { delayMs: 0, counted: false });
    else await this.sync.units.wait(unit, { delayMs: LEASE_MS, counted: true, error: errorOf(kind) });
  }

  private async restartUnit({ pick, kind }: Step): Promise<void> {
    const unit = takeOut(this.units, pick);
    if (unit === undefined) return;
    await this.sync.units.restart(unit, { delayMs: LEASE_MS, counted: true, error: errorOf(kind) });
  }

  private async failUnit({ pick, kind }: Step): Promise<void> {
    const unit = takeOut(this.units, pick);
    if (unit !== undefined) await this.sync.units.fail(unit, errorOf(kind), kind === 'credentials');
  }

  private async renew({ pick }: Step): Promise<void> {
    const [run, unit] = [pickOf(this.runs, pick), pickOf(this.units, pick)];
    if (run !== undefined) await this.sync.runs.renew(run, LEASE_MS);
    if (unit !== undefined) await this.sync.units.renew(unit, LEASE_MS);
  }

  /** All of a run at once, as far as nobody else holds it: some units end well, some are held, some fail. */
  private async listAccount({ pick, count }: Step): Promise<void> {
    const runId = await this.pickRun(pick, ['QUEUED', 'RUNNING']);
    if (runId === undefined) return;
    await this.planRun(runId, count);
    for (const [index, { id }] of (await this.unitsOf(runId)).entries()) {
      const end = Math.floor(pick / 4 ** index) % 4;
      const claim = end === 3 ? 'over' : await this.sync.units.claim(id, LEASE_MS);
      if (typeof claim === 'string' || !('unit' in claim)) continue;
      if (end === 0) await this.sync.units.fail(claim.unit, errorOf('permission'), false);
      else await this.complete(claim.unit, end === 1 ? 0 : KNOWN);
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
    const claim = await this.sync.runs.claim(runId, LEASE_MS);
    if (typeof claim !== 'string' && 'run' in claim) {
      await this.sync.runs.savePlan(claim.run, planOf(count));
    }
  }

  private async finishRun(runId: string): Promise<void> {
    await this.planRun(runId, TYPES.length);
    for (const { id } of await this.unitsOf(runId)) {
      const claimed = await this.sync.units.claim(id, LEASE_MS);
      if (typeof claimed !== 'string' && 'unit' in claimed) await this.complete(claimed.unit, KNOWN);
    }
    await this.sync.runs.advance(runId, TYPES.length);
  }

  private async complete(unit: LeasedUnit, count: number): Promise<void> {
    await this.sync.inventory.commitPage(unit, { resources: itemsOf(count) });
    await this.sync.inventory.completeUnit(unit);
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
      sealSk: () => new Uint8Array(1),
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
