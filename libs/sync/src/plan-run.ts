import type { LeasedRun } from '#database';
import { MAX_ATTEMPTS, SyncError, UnitClock } from '#domain';
import { logWith } from '#platform';

import { advanceRun } from './advance-run.js';
import { callAs, Caller } from './caller.js';
import { type Engine, type JobOutcome, loadAdapter } from './engine.js';
import { enqueueFollowers } from './enqueue.js';
import { keepLease } from './keep-lease.js';
import { planUnits } from './plan-units.js';
import { settleFailure } from './settle-failure.js';
import { toSyncError } from './to-sync-error.js';

/**
 * Plans a run: signs in, asks where to list, writes the units and hands out the first of them. One that is
 * planned already, as after a retry, is moved on.
 */
export async function planRun(engine: Engine, runId: string, shutdown: AbortSignal): Promise<JobOutcome> {
  const claim = await engine.runs.claim(runId, engine.timing.leaseMs);
  if (claim === 'over') return 'done';
  if ('busyForMs' in claim) return { retryInMs: claim.busyForMs };
  if ('planned' in claim) {
    await advanceRun(engine, runId, claim.planned);
    return 'done';
  }
  const { run } = claim;
  const fields = { task: run.taskId, run: run.id, account: run.accountId, vendor: run.vendor };
  return logWith(fields, () => workOn(engine, run, shutdown));
}

async function workOn(engine: Engine, run: LeasedRun, shutdown: AbortSignal): Promise<JobOutcome> {
  engine.turns.announce(run.accountId);
  const lease = keepLease(engine, (leaseMs) => engine.runs.renew(run, leaseMs));
  try {
    if (run.attempts > MAX_ATTEMPTS) {
      throw new SyncError(
        'bug',
        `The worker died ${String(MAX_ATTEMPTS)} times while planning this account.`,
      );
    }
    const { units, excluded } = await plan(engine, run, AbortSignal.any([lease.signal, shutdown]));
    await engine.turns.take(run.accountId, () => engine.runs.savePlan(run, units, excluded));
  } catch (error) {
    return await settleFailure({
      error,
      lost: lease.signal,
      shutdown,
      attempts: run.attempts,
      log: engine.log,
      countPutOff: (kind) => {
        engine.metrics.putOff(run.vendor, kind);
      },
      wait: (how) => engine.runs.wait(run, how),
      fail: async (failure) => {
        const next = await engine.runs.fail(run, failure);
        engine.metrics.endRun(run.vendor, 'FAILED');
        await enqueueFollowers(engine, run.vendor, next);
      },
    });
  } finally {
    lease.stop();
  }
  engine.turns.announce(run.accountId);
  await advanceRun(engine, run.id, run.vendor);
  return 'done';
}

async function plan(engine: Engine, run: LeasedRun, signal: AbortSignal) {
  const adapter = await loadAdapter(engine, run.vendor);
  const caller = new Caller(new UnitClock(), () => engine.units.isAnotherAccountWaiting(run));
  const { connection, settings, redact, release } = await callAs(caller, () =>
    engine.connections.acquire(run.accountId),
  );
  try {
    const scopes = await callAs(caller, () => adapter.scopes(connection, signal));
    return planUnits(scopes, adapter.tables, settings);
  } catch (error) {
    throw redact(toSyncError(error, adapter));
  } finally {
    release();
  }
}
