import { setTimeout as delay } from 'node:timers/promises';

import { createMusterClient, type MusterClient } from '#client';

import { eventually } from '../support/eventually.js';
import { type MusterApp, MusterProcess } from '../support/muster-process.js';
import { Scrape } from '../support/scrape.js';
import { TestMuster } from '../support/test-muster.js';
import type { Command } from './command-line.js';
import { Followers } from './followers.js';
import { MemoryWatch } from './memory-watch.js';
import { type Failure, type SoakedCloud, startClouds } from './soaked-clouds.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Shorter than the time between two kills of a worker. */
const FAILURE_EVERY_MS = 2 * SECOND_MS;
const EVOLVE_EVERY_MS = 15 * SECOND_MS;
const LOOK_EVERY_MS = 10 * SECOND_MS;
const KILL_EVERY_MS = 2 * MINUTE_MS;
/** What is due every minute is fresh within this, whatever was in its way. */
const FRESH_MS = 10 * MINUTE_MS;
/** How long syncs that are under way at the end may take. */
const END_MS = 5 * MINUTE_MS;
const FAILURES: readonly Failure[] = [
  { kind: 'status', status: 429 },
  { kind: 'status', status: 503 },
  { kind: 'cut' },
  { kind: 'malformed' },
  { kind: 'delay', delayMs: 3 * SECOND_MS },
];

/** Many accounts of all vendors, resynced every minute by real processes while clouds fail and workers are killed. */
export class Soak {
  private failures = 0;
  private kills = 0;

  private constructor(
    private readonly muster: TestMuster,
    private readonly clouds: readonly SoakedCloud[],
    private readonly client: MusterClient,
    /** The one that nobody kills, and whose memory is watched, is the first. */
    private readonly workers: MusterProcess[],
    private readonly api: MusterProcess,
    private readonly watches: readonly MemoryWatch[],
  ) {}

  static async start({ accounts, queue }: Command): Promise<Soak> {
    const muster = await TestMuster.start({ backend: queue, workers: false });
    const clouds = await startClouds();
    for (let number = 0; number < accounts; number += 1) {
      const account = clouds[number % clouds.length]?.account(number);
      if (account === undefined) continue;
      const schedule = { interval_seconds: 60 };
      await muster.addAccount({ ...account, settings: { ...account.settings, schedule } });
    }
    await muster.stopApp(); // from here on there are real processes only
    const start = (app: MusterApp) =>
      MusterProcess.start(app, { ...muster.settings.environment, PORT: '0', METRICS_PORT: '0' }, 'build');
    const [api, ...workers] = await Promise.all([start('api'), start('worker'), start('worker')]);
    const client = createMusterClient({ baseUrl: api.url, apiKey: muster.apiKey, timeoutMs: MINUTE_MS });
    const watches = [
      new MemoryWatch('API', api.operatorsUrl),
      ...workers.slice(0, 1).map((worker) => new MemoryWatch('worker', worker.operatorsUrl)),
    ];
    return new Soak(muster, clouds, client, workers, api, watches);
  }

  /** Returns all that is not as it should be, in words. */
  async run(minutes: number, say: (line: string) => void): Promise<string[]> {
    const followers = new Followers(this.client);
    const ended = AbortSignal.timeout(minutes * MINUTE_MS);
    await Promise.all([
      every(FAILURE_EVERY_MS, ended, () => this.fail()),
      every(EVOLVE_EVERY_MS, ended, () => this.evolve()),
      every(KILL_EVERY_MS, ended, () => this.killWorker()),
      every(LOOK_EVERY_MS, ended, () => this.look()),
      every(MINUTE_MS, ended, async () => say(await this.describe(followers))),
    ]);
    await this.pauseSchedules();
    const stuck = await this.waitForEnds();
    say(await this.describe(followers));
    for (const line of await this.describeErrors()) say(line);
    await followers.finish();
    return [
      ...stuck,
      ...this.watches.flatMap((watch) => watch.complaints()),
      ...(await this.checkFollowers(followers)),
      ...(await this.checkFreshness()),
      ...(await this.checkMetrics()),
      ...this.checkLogs(),
    ];
  }

  async close(): Promise<void> {
    for (const process of [this.api, ...this.workers]) await process.kill('SIGKILL');
    await this.muster.close();
    for (const cloud of this.clouds) await cloud.close();
  }

  private fail(): Promise<void> {
    this.clouds[randomOf(this.clouds.length)]?.fail(FAILURES[randomOf(FAILURES.length)] ?? { kind: 'cut' });
    this.failures += 1;
    return Promise.resolve();
  }

  private evolve(): Promise<void> {
    for (const cloud of this.clouds) cloud.evolve?.();
    return Promise.resolve();
  }

  /** Kills the second worker on the spot, and starts another one. */
  private async killWorker(): Promise<void> {
    await this.workers.pop()?.kill('SIGKILL');
    const environment = { ...this.muster.settings.environment, METRICS_PORT: '0' };
    this.workers.push(await MusterProcess.start('worker', environment, 'build'));
    this.kills += 1;
  }

  private async look(): Promise<void> {
    await Promise.all(this.watches.map((watch) => watch.look()));
  }

  private async describe(followers: Followers): Promise<string> {
    const { rows } = await this.muster.sql.query<{ state: string; tasks: number }>(
      'SELECT state, count(*)::int AS tasks FROM sync_task GROUP BY state ORDER BY state',
    );
    return [
      rows.map(({ state, tasks }) => `${String(tasks)} ${state}`).join(', '),
      `${String(followers.events.size)} events, ${String(followers.changes.size)} changes`,
      `${String(this.failures)} failures, ${String(this.kills)} kills`,
      this.watches.map(({ name, resident }) => `${name} ${String(resident)} MiB`).join(', '),
    ].join(' · ');
  }

  /** What syncs have failed of: their retries have not helped. */
  private async describeErrors(): Promise<string[]> {
    const { rows } = await this.muster.sql.query<{ vendor: string; message: string; times: number }>(
      `SELECT task.vendor, error_kind || ': ' || error_message AS message, count(*)::int AS times
       FROM (SELECT id AS run_id, error_kind, error_message FROM sync_run
             UNION ALL SELECT run_id, error_kind, error_message FROM sync_unit) failed
         JOIN sync_task_run member USING (run_id) JOIN sync_task task ON task.id = member.task_id
       WHERE error_kind IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20`,
    );
    return rows.map(({ vendor, message, times }) => `  ${String(times)} × ${vendor} ${message}`);
  }

  private async pauseSchedules(): Promise<void> {
    for await (const { id } of this.client.each('/v1/schedules')) {
      await this.client.post('/v1/schedules/{id}/pause', { params: { path: { id } } });
    }
  }

  /** Waits until every task is over, and says which are not. */
  private async waitForEnds(): Promise<string[]> {
    const open = async () => {
      const { rows } = await this.muster.sql.query<{ id: string; state: string }>(
        `SELECT id, state FROM sync_task WHERE state IN ('QUEUED', 'RUNNING')`,
      );
      return rows;
    };
    try {
      await eventually('every task is over', async () => (await open()).length === 0, END_MS);
      return [];
    } catch {
      return (await open()).map(({ id, state }) => `task ${id} is still ${state}`);
    }
  }

  /** Whether each event and each change came, once, and the copy is the inventory. */
  private async checkFollowers({ events, changes, copy }: Followers): Promise<string[]> {
    const count = async (rows: string) => {
      const counted = await this.muster.sql.query<{ rows: number }>(
        `SELECT count(*)::int AS rows FROM ${rows}`,
      );
      return counted.rows[0]?.rows ?? 0;
    };
    const told: [what: string, seen: number, there: number][] = [
      ['events', events.size, await count('outbox_event')],
      ['changes', changes.size, await count('resource_change')],
      ['resources of the copy', copy.size, await count('resource WHERE deleted_at IS NULL')],
    ];
    const repeated = [...events.values(), ...changes.values()].filter((times) => times > 1).length;
    return [
      ...told
        .filter(([, seen, there]) => seen !== there)
        .map(([what, seen, there]) => `${what}: ${String(seen)} were told of, ${String(there)} there are`),
      ...(repeated === 0 ? [] : [`${String(repeated)} events or changes came more than once`]),
    ];
  }

  private async checkFreshness(): Promise<string[]> {
    const { rows } = await this.muster.sql.query<{ account: string; since: Date | null }>(
      `SELECT account.account_id AS account, max(run.finished_at) AS since
       FROM vendor_account account LEFT JOIN sync_run run ON run.account_id = account.id AND run.state = 'SUCCEEDED'
       GROUP BY account.account_id ORDER BY 1`,
    );
    return rows
      .filter(({ since }) => since === null || Date.now() - since.getTime() > FRESH_MS)
      .map(({ account, since }) => `${account} has not succeeded since ${since?.toISOString() ?? 'ever'}`);
  }

  /** Whether the figures are the database's, once the process that looks for all has looked again. */
  private async checkMetrics(): Promise<string[]> {
    const { rows } = await this.muster.sql.query<{ accounts: number; ended: number }>(
      `SELECT (SELECT count(*)::int FROM vendor_account) AS accounts,
         (SELECT count(*)::int FROM sync_task WHERE finished_at > now() - interval '1 hour') AS ended`,
    );
    const [wanted] = rows;
    const looked = async () => {
      const scrape = await Scrape.at(this.api.operatorsUrl);
      return {
        accounts: scrape.sum('muster_accounts'),
        ended: scrape.sum('muster_tasks_ended_last_hour'),
        open: scrape.sum('muster_tasks_open'),
        waiting: scrape.sum('muster_work_waiting'),
      };
    };
    const expected = JSON.stringify({ ...wanted, open: 0, waiting: 0 });
    try {
      await eventually('the figures are right', async () => JSON.stringify(await looked()) === expected);
      return [];
    } catch {
      return [`the metrics say ${JSON.stringify(await looked())}, the database ${expected}`];
    }
  }

  private checkLogs(): string[] {
    return [this.api, ...this.workers]
      .flatMap(({ logs }) => logs)
      .filter((line) => !/"level":"(info|warn|debug)"/.test(line))
      .map((line) => `logged: ${line}`);
  }
}

async function every(ms: number, ended: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (;;) {
    await delay(ms, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    await work();
  }
}

const randomOf = (size: number) => Math.floor(Math.random() * size);
