import type { RetentionRepository } from '#database';
import type { Vendor } from '#domain';
import { CHECKS, type QueueJob, type QueueKey } from '#queue';

import { advanceRun } from './advance-run.js';
import type { Engine } from './engine.js';
import { enqueueRuns } from './enqueue.js';
import { RepeatedPasses } from './repeated-passes.js';

/** How much one pass takes up of each kind, so that a pass stays short. */
const BATCH = 500;
/** Rows of a removed account tombstoned per transaction: short locks, few round trips. */
const CLEAR_ROWS = 2_000;
/** What has been kept long enough and is removed per pass, of each kind: 400 a second, if need be. */
const EXPIRED_ROWS = 2_000;

/**
 * Makes the queue match Postgres again: enqueues runs, units and checks whose jobs are gone, moves runs on whose
 * worker died between two steps, ends those whose source is gone, clears removed accounts, and removes what has been
 * kept long enough. Every worker runs one; they may overlap.
 */
export class Reconciler {
  private readonly passes: RepeatedPasses;
  /** Whose queues have heard that there is no bound: one may be left from former settings. */
  private readonly unbounded = new Set<Vendor>();

  constructor(
    private readonly engine: Engine,
    private readonly retention: RetentionRepository,
  ) {
    this.passes = new RepeatedPasses(() => this.reconcile(), {
      everyMs: engine.timing.reconcileMs,
      onError: (error) => {
        engine.log.warn({ err: error }, 'reconciling failed; it is tried again');
      },
    });
  }

  /** Makes a first pass at once, then one every `reconcileMs`. */
  start(): void {
    this.passes.start();
  }

  async stop(): Promise<void> {
    await this.passes.stop();
  }

  /** One pass. */
  async reconcile(): Promise<void> {
    const { runs, units, checks, accounts, timing } = this.engine;
    await this.limitVendors();
    const forgottenRuns = await runs.takeForgotten(BATCH, timing.forgottenAfterMs);
    await this.revive(forgottenRuns, (runId) => ({ kind: 'run', runId }));
    const forgottenUnits = await units.takeForgotten(BATCH, timing.forgottenAfterMs);
    await this.revive(forgottenUnits, (unitId) => ({ kind: 'unit', unitId }));
    const forgottenChecks = await checks.takeForgotten(BATCH, timing.forgottenAfterMs);
    await this.revive(forgottenChecks, (checkId) => ({ kind: 'check', checkId }));
    await this.giveUpAbandoned();
    for (const run of await runs.findPlanned(BATCH, timing.forgottenAfterMs)) {
      if (this.passes.isStopped) return;
      if (this.engine.adapters[run.vendor] === undefined) continue;
      await advanceRun(this.engine, run.id, run.vendor);
    }
    while (!this.passes.isStopped && !(await accounts.clearRemoved(CLEAR_ROWS)));
    if (!this.passes.isStopped) await this.retain();
  }

  /**
   * Tells the queues how many of a vendor's jobs may be worked on at once: of a bound again and again, since
   * a queue that was lost has forgotten it; that there is none, only until all have heard it.
   */
  async limitVendors(): Promise<void> {
    const { adapters, log, queue, vendorConcurrency } = this.engine;
    for (const vendor of Object.keys(adapters) as Vendor[]) {
      if (this.unbounded.has(vendor)) continue;
      try {
        await queue.limit(vendor, vendorConcurrency);
        if (vendorConcurrency === undefined) this.unbounded.add(vendor);
      } catch (error) {
        log.warn({ err: error, queue: vendor }, 'the queue could not be told its bound; it is tried again');
      }
    }
  }

  /** Ends syncs whose source posts its pages by itself and has not come back. */
  private async giveUpAbandoned(): Promise<void> {
    const { runs, log } = this.engine;
    for (const { id, vendor } of await runs.findAbandoned(BATCH)) {
      if (this.passes.isStopped) return;
      const given = await runs.giveUp(id);
      if (given === undefined) continue;
      log.warn({ run: id, vendor, state: given.ended }, 'a source did not come back; its sync was ended');
      await enqueueRuns(this.engine, vendor, given.next);
    }
  }

  /** One step for each kind of what is kept for some time only. */
  private async retain(): Promise<void> {
    const partitions = await this.retention.keepChangePartitions();
    if (partitions !== undefined) this.engine.log.info(partitions, 'partitions of changes made or dropped');
    await this.retention.removeTombstones(EXPIRED_ROWS);
    await this.retention.removeEvents(EXPIRED_ROWS);
    await this.retention.removeAuditEntries(EXPIRED_ROWS);
    await this.retention.removeIdempotencyKeys(EXPIRED_ROWS);
    await this.retention.removeScheduleRuns(EXPIRED_ROWS);
    await this.retention.removeDeadLetters(EXPIRED_ROWS);
    await this.retention.removeFormerSecrets(EXPIRED_ROWS);
  }

  /**
   * Work of a vendor that this build has no adapter for waits for a worker of one that has. A queue that is
   * away must not keep the rest of a pass from being done.
   */
  private async revive(
    found: readonly { id: string; vendor: Vendor }[],
    toJob: (id: string) => QueueJob,
  ): Promise<void> {
    const { adapters, log, queue } = this.engine;
    const forgotten = found.filter(({ vendor }) => adapters[vendor] !== undefined);
    if (forgotten.length === 0) return;
    log.info({ ids: forgotten.map(({ id }) => id) }, 'enqueueing what the queue forgot');
    const jobs = new Map<QueueKey, QueueJob[]>();
    for (const { id, vendor } of forgotten) {
      const job = toJob(id);
      const key = job.kind === 'check' ? CHECKS : vendor;
      jobs.set(key, [...(jobs.get(key) ?? []), job]);
    }
    for (const [key, overdue] of jobs) {
      await queue.revive(key, overdue).catch((error: unknown) => {
        log.warn(
          { err: error, queue: key },
          'what the queue forgot could not be enqueued; it is tried again',
        );
      });
    }
  }
}
