import type { FleetFigures, FleetRepository } from '#database';
import type { Logger } from '#platform';
import type { JobCounts, SyncQueue } from '#queue';

import type { Metrics } from './metrics.js';

/** How old figures may be that are shown, in milliseconds: scrapes of all processes within it cost one look. */
const MAX_AGE_MS = 10_000;
/** How long a scrape waits for them, in milliseconds: it shows what there is without them then. */
const PATIENCE_MS = 3_000;

/** What is shown, as the process that took it has put it down for all. */
interface Figures extends Omit<FleetFigures, 'webhooks'> {
  /** Absent where a process of a version that had no such figures took them. */
  webhooks?: FleetFigures['webhooks'];
  /** Absent where the queue did not answer. */
  jobs?: JobCounts[];
}

const ALL = 'All processes show the same: take the maximum over instances.';

/** What Postgres and the queue know of everybody's work. All processes show it, and one at a time looks. */
export class FleetMetrics {
  private taking: Promise<Figures> | undefined;
  private readonly gauges;

  constructor(
    metrics: Metrics,
    private readonly sources: { fleet: FleetRepository; queue: SyncQueue; log: Logger },
    /** How many of the stalest accounts are shown one by one. */
    private readonly accounts: number,
  ) {
    this.gauges = createGauges(metrics);
  }

  /** Looks, and sets the gauges; those of what does not answer are left out. */
  async refresh(): Promise<void> {
    let figures: Figures | undefined;
    try {
      figures = await withPatience(this.take());
    } catch (error) {
      this.sources.log.warn({ err: error }, 'the figures of the database could not be had for /metrics');
    }
    this.show(figures);
  }

  /** One look at a time, however many ask. */
  private take(): Promise<Figures> {
    const { fleet, queue, log } = this.sources;
    this.taking ??= fleet
      .shared<Figures>(MAX_AGE_MS, async () => {
        const jobs = await queue.countJobs().catch((error: unknown) => {
          log.warn({ err: error }, 'the jobs of the queue could not be counted');
          return undefined;
        });
        return { ...(await fleet.figures(this.accounts)), ...(jobs === undefined ? {} : { jobs }) };
      })
      .finally(() => {
        this.taking = undefined;
      });
    return this.taking;
  }

  private show(figures: Figures | undefined): void {
    const { databaseUp, queueUp, ...lists } = this.gauges;
    for (const gauge of Object.values(lists)) gauge.reset(); // what is gone must not stay as it was
    databaseUp.set(figures === undefined ? 0 : 1);
    queueUp.set(figures?.jobs === undefined ? 0 : 1);
    if (figures === undefined) return;
    for (const { queue, ...counts } of figures.jobs ?? []) {
      for (const [state, count] of Object.entries(counts)) lists.jobs.set({ queue, state }, count);
    }
    for (const { vendor, kind, count, oldestSeconds } of figures.waiting) {
      lists.waiting.set({ vendor, kind }, count);
      lists.oldest.set({ vendor, kind }, oldestSeconds);
    }
    for (const { vendor, state, count } of figures.openTasks) lists.openTasks.set({ vendor, state }, count);
    for (const { vendor, state, count } of figures.endedTasks) lists.endedTasks.set({ vendor, state }, count);
    for (const { vendor, accounts, neverSynced, stalestSeconds } of figures.vendors) {
      lists.accounts.set({ vendor }, accounts);
      lists.neverSynced.set({ vendor }, neverSynced);
      lists.stalest.set({ vendor }, stalestSeconds);
    }
    for (const { state, count, oldestSeconds } of figures.webhooks?.behind ?? []) {
      lists.webhooksBehind.set({ state }, count);
      lists.oldestMessage.set({ state }, oldestSeconds);
    }
    if (figures.webhooks !== undefined) lists.deadLetters.set(figures.webhooks.deadLetters);
    for (const { account, vendor, seconds } of figures.stalest.slice(0, this.accounts)) {
      lists.freshness.set({ vendor, account }, seconds);
    }
  }
}

function createGauges(metrics: Metrics) {
  const fleet = <Label extends string>(name: string, help: string, labels?: readonly Label[]) =>
    metrics.gauge(name, `${help} ${ALL}`, labels);
  return {
    databaseUp: metrics.gauge(
      'muster_database_up',
      'Whether Postgres gave this process its figures: 1 or 0.',
    ),
    queueUp: metrics.gauge('muster_queue_up', "Whether the queue's jobs could be counted: 1 or 0."),
    jobs: fleet('muster_queue_jobs', 'Jobs in a queue, by state. A job is only a hint.', ['queue', 'state']),
    waiting: fleet('muster_work_waiting', 'Runs, units and checks that are due and have no worker yet.', [
      'vendor',
      'kind',
    ]),
    oldest: fleet('muster_work_oldest_waiting_seconds', 'How long the first of them has been due.', [
      'vendor',
      'kind',
    ]),
    openTasks: fleet('muster_tasks_open', 'Tasks that are not over.', ['vendor', 'state']),
    endedTasks: fleet('muster_tasks_ended_last_hour', 'Tasks that ended within the last hour, by how.', [
      'vendor',
      'state',
    ]),
    accounts: fleet('muster_accounts', 'Accounts that there are.', ['vendor']),
    neverSynced: fleet('muster_accounts_never_synced', 'Accounts that no sync has succeeded for yet.', [
      'vendor',
    ]),
    stalest: fleet(
      'muster_freshness_stalest_seconds',
      "Time since the last full success of the vendor's stalest account; since it was added, where there was none.",
      ['vendor'],
    ),
    webhooksBehind: fleet(
      'muster_webhooks_behind',
      'Webhooks that there is something to tell: due (no worker has it), telling, or retrying.',
      ['state'],
    ),
    oldestMessage: fleet(
      'muster_webhook_oldest_waiting_seconds',
      'How old the oldest event is that one of them has not been told.',
      ['state'],
    ),
    deadLetters: fleet('muster_webhook_dead_letters', 'Messages that were given up and are still kept.'),
    freshness: fleet(
      'muster_account_freshness_seconds',
      'Time since the last full success of an account, by its id; of the METRICS_ACCOUNTS stalest accounts.',
      ['vendor', 'account'],
    ),
  };
}

/** @throws when it takes longer than a scrape may */
async function withPatience<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`They took longer than ${String(PATIENCE_MS)} ms.`));
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
