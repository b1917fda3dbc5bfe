import { setTimeout as delay } from 'node:timers/promises';

import type { SyncRequest } from '#database';

import type { QueueBackend } from '../support/redis.js';
import type { RestartablePostgres } from '../support/restartable-postgres.js';
import { checkInvariants, inventoryOf, type Round } from './check-invariants.js';
import { VENDOR } from './cloud-adapter.js';
import { Dice } from './dice.js';
import { beginTruth, evolveTruth, type Past } from './evolve-truth.js';
import { FAULT_ACTIONS } from './fault-actions.js';
import type { PlantedFault } from './planted-faults.js';
import type { Reference } from './reference.js';
import { type CellKey, ScriptedCloud } from './scripted-cloud.js';
import { layGround, SimulatedEstate } from './simulated-estate.js';
import { readContents, type Snapshot, takeSnapshot, type UnitRow } from './snapshot.js';

export interface ScheduleOptions {
  seed: number;
  backend: QueueBackend;
  /** The queue, when it is not in the estate's own database. */
  queueUrl?: string;
  /** With real worker processes, and a database server of its own that may be restarted. */
  server?: RestartablePostgres;
  reference: Reference;
  /** Breaks the estate on purpose, for the suite to prove that it notices. */
  planted?: PlantedFault;
}

/** What a schedule came to. */
export interface ScheduleOutcome {
  seed: number;
  /** What is broken; empty when all invariants held. */
  complaints: string[];
  /** What happened, a line each. */
  story: string[];
  /** The end of what the processes logged. */
  log: readonly string[];
  syncs: number;
  faults: number;
}

/** How long nothing may happen while something is open, in milliseconds: much longer than anything waits. */
const MAX_STANDSTILL_MS = 60_000;
/** The same where a fault is planted that ends just so. */
const PLANTED_STANDSTILL_MS = 10_000;
const LOOK_MS = 120;
const WATCH_MS = 250;

/** An invariant is broken, which is noted. */
class Broken extends Error {}

/** Runs one seeded schedule of faults over several syncs, and checks every invariant after each. */
export async function runSchedule(options: ScheduleOptions): Promise<ScheduleOutcome> {
  const dice = new Dice(options.seed);
  const counted = { syncs: 0, faults: 0 };
  const scopes = Object.fromEntries(
    ['a', 'b'].slice(0, dice.between('accounts', 1, 2)).map((account) => {
      return [account, ['east', 'west'].slice(0, dice.chance(`scopes of ${account}`, 0.25) ? 2 : 1)];
    }),
  );
  const cloud = new ScriptedCloud(scopes, dice, () => (counted.faults += 1));
  const estate = await SimulatedEstate.start(await layGround(options), cloud);
  return new Schedule({ options, dice, cloud, estate, counted }).run();
}

interface Parts {
  options: ScheduleOptions;
  dice: Dice;
  cloud: ScriptedCloud;
  estate: SimulatedEstate;
  counted: { syncs: number; faults: number };
}

class Schedule {
  private readonly begun = performance.now();
  private readonly complaints = new Set<string>();
  private readonly story: string[] = [];
  private readonly pasts = new Map<CellKey, Past>();
  /** Accounts whose secret Muster has not been told. */
  private readonly untold = new Set<string>();
  /** Tasks that were asked for in the round, units that were tried again, cells whose held prune was rejected. */
  private readonly tasks = new Set<string>();
  private readonly retried = new Set<string>();
  private readonly rejected = new Set<CellKey>();
  private past: Pick<Round, 'before' | 'lastChange' | 'knownUnits'> = {
    before: new Map(),
    lastChange: 0,
    knownUnits: new Set(),
  };
  private watching = true;

  constructor(private readonly parts: Parts) {}

  async run(): Promise<ScheduleOutcome> {
    const { estate, options, dice, counted } = this.parts;
    const watch = this.watchActiveRuns();
    try {
      for (let worker = dice.between('workers', 1, 3); worker > 0; worker -= 1) await estate.addWorker();
      await options.planted?.plant(estate);
      const rounds = dice.between('rounds', 1, 2);
      for (let round = 1; round <= rounds; round += 1) await this.round(`round ${String(round)}`);
      await this.finalRound();
    } catch (error) {
      if (!(error instanceof Broken)) this.complaints.add(`it broke off: ${String((error as Error).stack)}`);
    }
    this.watching = false;
    await watch;
    for (const complaint of await estate.close()) this.complaints.add(complaint);
    const { seed } = options;
    const complaints = [...this.complaints];
    return { seed, complaints, story: this.story, log: estate.ground.log, ...counted };
  }

  /** One change of the world, and syncs of it under faults. */
  private async round(name: string): Promise<void> {
    const { cloud, dice, estate } = this.parts;
    this.begin(name);
    cloud.calm = dice.chance(`${name} calm`, 0.15);
    await this.request(`${name} request`);
    const lasting: Promise<void>[] = [];
    const actions = dice.between(`${name} actions`, 1, 5);
    for (let action = 1; action <= actions; action += 1) {
      const question = `${name} action ${String(action)}`;
      await delay(dice.between(`${question} after`, 0, 180));
      lasting.push(this.act(question));
    }
    await Promise.all(lasting);
    await this.drain();
    await this.check();
    for (const account of this.untold) await estate.updateSecret(account, cloud.secrets.get(account) ?? '');
    this.untold.clear();
    if (dice.chance(`${name} retry`, 0.4)) await this.retry();
    const snapshot = await this.check();
    const held = snapshot.units.filter(({ state }) => state === 'PRUNE_HELD');
    if (dice.chance(`${name} decide`, 0.5)) await this.decide(held, dice.chance(`${name} approve`, 0.6));
    this.end(await this.check());
  }

  /** No faults any more: everything is listed, held prunes are approved, and the inventory is the truth. */
  private async finalRound(): Promise<void> {
    const { cloud, estate, options } = this.parts;
    const { tenantId } = estate;
    this.begin('final round');
    cloud.calm = true;
    const taskId = await estate.asClient(() =>
      estate.service.requestSync({ tenantId, vendor: VENDOR, trigger: 'api' }),
    );
    if (taskId === undefined) throw new Error('There are no accounts.');
    this.note(taskId);
    await this.drain();
    const listed = (await this.check()).units.filter((unit) => unit.taskId === taskId);
    for (const cell of cloud.cells.keys()) {
      if (!listed.some((unit) => unit.cell === cell))
        this.complain(`without any fault ${cell} was not listed`);
    }
    for (const unit of listed.filter(({ state }) => state !== 'SUCCEEDED' && state !== 'PRUNE_HELD')) {
      this.complain(`without any fault ${unit.cell} is ${unit.state}: ${unit.error ?? ''}`);
    }
    await this.decide(
      listed.filter(({ state }) => state === 'PRUNE_HELD'),
      true,
    );
    await this.check();
    const reference = await options.reference.contentsOf(cloud.cells);
    const contents = await readContents(estate.ground.sql);
    for (const line of contents)
      if (!reference.has(line)) this.complain(`an undisturbed sync has no ${line}`);
    for (const line of reference) if (!contents.has(line)) this.complain(`an undisturbed sync has ${line}`);
  }

  private begin(name: string): void {
    const { cloud, dice } = this.parts;
    this.tasks.clear();
    this.retried.clear();
    this.rejected.clear();
    cloud.beginRound();
    const worldDice = dice.of(name);
    for (const [key, cell] of cloud.cells) {
      const known = this.pasts.get(key);
      const past: Past = known ?? new Map();
      this.pasts.set(key, past);
      if (known === undefined) beginTruth(key, cell, past, worldDice);
      else this.tell(`${name}: ${evolveTruth(key, cell, past, worldDice)}`);
    }
    cloud.noteChanges();
  }

  private end(snapshot: Snapshot): void {
    this.past = {
      before: inventoryOf(snapshot),
      lastChange: snapshot.changes.at(-1)?.id ?? 0,
      knownUnits: new Set(snapshot.units.map(({ id }) => id)),
    };
  }

  private note(taskId: string): void {
    if (!this.tasks.has(taskId)) this.parts.counted.syncs += 1;
    this.tasks.add(taskId);
  }

  /** What users ask for, several at once. */
  private async request(question: string): Promise<void> {
    const { dice, estate, cloud } = this.parts;
    const account = dice.pick(`${question} account`, [undefined, undefined, ...cloud.accounts]);
    const how = dice.pick(`${question} how`, ['', '', '', '', '', '', 'force', 'plan'] as const);
    const times = dice.pick(`${question} times`, [1, 1, 1, 2, 5]);
    this.tell(`${question}: ${String(times)} × sync ${account ?? 'all'} ${how}`);
    const request: SyncRequest = {
      tenantId: estate.tenantId,
      vendor: VENDOR,
      trigger: 'api',
      ...(account === undefined ? {} : { accountId: account }),
      ...(how === 'force' ? { force: true } : {}),
      ...(how === 'plan' ? { mode: 'plan' } : {}),
    };
    const ids = await Promise.all(
      Array.from({ length: times }, () => estate.asClient(() => estate.service.requestSync(request))),
    );
    for (const id of ids) {
      if (id === undefined) this.complain(`${question}: the account is not known`);
      else this.note(id);
    }
  }

  /** A user's or a fault's action. */
  private async act(question: string): Promise<void> {
    const { dice, estate, counted, options } = this.parts;
    const action = dice.weighted(question, [
      ...Object.entries(FAULT_ACTIONS)
        .filter(([name]) => name !== 'server restarted' || options.server !== undefined)
        .map(([name, { weight }]) => [name, weight] as const),
      ['request', 8],
      ['cancel', 5],
      ['new secret', 4],
      ['secret revoked', 3],
    ]);
    const fault = FAULT_ACTIONS[action];
    const tell = this.tell(`${question}: ${action}`);
    if (fault !== undefined) {
      counted.faults += 1;
      const queueIsOnPostgres = options.backend === 'postgres';
      await fault.act({ estate, dice, question, queueIsOnPostgres, tell });
    } else if (action === 'request') await this.request(question);
    else if (action === 'cancel') await this.cancel(question);
    else await this.changeSecret(question, action === 'secret revoked');
  }

  private async cancel(question: string): Promise<void> {
    const { estate, dice } = this.parts;
    const taskId = dice.pick(`${question} task`, [...this.tasks]);
    await estate.asClient(() => estate.service.cancelTask({ tenantId: estate.tenantId, taskId }));
  }

  /** The vendor takes only a new secret from now on. Revoked, Muster is told it when the round is over. */
  private async changeSecret(question: string, revoked: boolean): Promise<void> {
    const { cloud, estate, dice } = this.parts;
    const account = dice.pick(`${question} account`, cloud.accounts);
    const secret = `secret of ${question}`;
    cloud.secrets.set(account, secret);
    if (revoked) {
      this.untold.add(account);
    } else {
      this.untold.delete(account);
      await estate.updateSecret(account, secret);
    }
  }

  /** Tries again what failed in the round. */
  private async retry(): Promise<void> {
    const { estate } = this.parts;
    const { units } = await takeSnapshot(estate.ground.sql);
    for (const taskId of this.tasks) {
      const failed = units.filter((unit) => unit.taskId === taskId && unit.state === 'FAILED');
      const retry = await estate.asClient(() =>
        estate.service.retryTask({ tenantId: estate.tenantId, taskId }),
      );
      if (typeof retry === 'string' || !('runIds' in retry)) continue;
      this.tell(`retry of ${taskId}`);
      for (const { id } of failed) this.retried.add(id);
      await this.drain();
    }
  }

  private async decide(held: readonly UnitRow[], approve: boolean): Promise<void> {
    const { estate } = this.parts;
    for (const unit of held) {
      const verdict = {
        tenantId: estate.tenantId,
        taskId: unit.taskId,
        unitId: unit.id,
        decision: approve ? ('approve' as const) : ('reject' as const),
        decidedBy: estate.tenantId,
      };
      const outcome = await estate.asClient(() => estate.prunes.decide(verdict));
      this.tell(`${verdict.decision} the prune of ${unit.cell}: ${JSON.stringify(outcome)}`);
      if (!approve) this.rejected.add(unit.cell);
    }
  }

  /** Waits until nothing is going on. Whatever was asked for has to end by itself. */
  private async drain(): Promise<void> {
    const { estate, options } = this.parts;
    let progress = '';
    let since = performance.now();
    for (;;) {
      const open = await estate.look<{ what: string }>(OPEN);
      if (open?.length === 0) break;
      const [now] = (await estate.look<{ progress: string }>(PROGRESS)) ?? [];
      if (now !== undefined && now.progress !== progress) {
        progress = now.progress;
        since = performance.now();
      }
      if (performance.now() - since > (options.planted ? PLANTED_STANDSTILL_MS : MAX_STANDSTILL_MS)) {
        this.complain(`stuck: ${(open ?? []).map(({ what }) => what).join(' · ') || 'no database'}`);
      }
      await delay(LOOK_MS);
    }
    this.tell('all is over');
  }

  /** Checks every invariant. @throws when one is broken: what follows would only follow from that. */
  private async check(): Promise<Snapshot> {
    const { cloud, estate } = this.parts;
    const snapshot = await takeSnapshot(estate.ground.sql);
    const { delivered, cells: truth } = cloud;
    const { retried, rejected } = this;
    const broken = checkInvariants(snapshot, { ...this.past, truth, delivered, retried, rejected });
    if (broken.length > 0) this.complain(...broken);
    return snapshot;
  }

  /** Looks all the time whether an account has two active runs. */
  private async watchActiveRuns(): Promise<void> {
    while (this.watching) {
      const double = await this.parts.estate.look<{ account: string }>(
        `SELECT account_id AS account FROM sync_run WHERE state IN ('QUEUED', 'RUNNING')
         GROUP BY account_id HAVING count(*) > 1`,
      );
      for (const { account } of double ?? []) this.complaints.add(`account ${account} has two active runs`);
      await delay(WATCH_MS);
    }
  }

  private complain(...complaints: string[]): never {
    for (const complaint of complaints) this.complaints.add(complaint);
    throw new Broken();
  }

  /** Adds a line to the story; more may follow on it. */
  private tell(what: string): (more: string) => void {
    const index = this.story.push(`${String(Math.round(performance.now() - this.begun))} ms  ${what}`) - 1;
    return (more) => {
      this.story[index] = `${this.story[index] ?? ''} ${more}`;
    };
  }
}

/** What is not over yet. */
const OPEN = `
  SELECT format('task %s %s', id, state) AS what FROM sync_task WHERE state IN ('QUEUED', 'RUNNING')
  UNION ALL
  SELECT format('run %s %s, planned %s, enqueued %s, lease until %s, next %s, now %s', id, state, planned_at,
    enqueued_at, lease_until, next_attempt_at, now())
  FROM sync_run WHERE state IN ('PENDING', 'QUEUED', 'RUNNING')
  UNION ALL
  SELECT format('unit %s %s, enqueued %s, lease until %s, next %s', id, state, enqueued_at, lease_until,
    next_attempt_at)
  FROM sync_unit WHERE state IN ('QUEUED', 'RUNNING', 'WAITING')`;

/** Changes with every page and every transition but a mere attempt. */
const PROGRESS = `
  SELECT concat_ws(' ', (SELECT sum(pages) FROM sync_unit), (SELECT sum(restarts) FROM sync_unit),
    (SELECT string_agg(state, ' ' ORDER BY id) FROM sync_unit WHERE state <> 'RUNNING'),
    (SELECT string_agg(state, ' ' ORDER BY id) FROM sync_run), (SELECT count(planned_at) FROM sync_run)
  ) AS progress`;
