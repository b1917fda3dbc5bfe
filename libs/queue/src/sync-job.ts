import type { Vendor } from '#domain';

/** What a job says: that there may be something to do. Ids only; the state is read again from Postgres. */
export type SyncJob = ({ kind: 'run'; runId: string } | { kind: 'unit'; unitId: string }) & Circumstances;

/** The same, of a check of an account's credentials. */
export type CheckJob = { kind: 'check'; checkId: string } & Circumstances;

export type QueueJob = SyncJob | CheckJob;

interface Circumstances {
  /** The request that it came of, for the log alone: one that the reconciler enqueues again has none. */
  request?: string;
  /** The span that it is a part of, where it is traced: see `jobTraceparent`. One enqueued again has none. */
  traceparent?: string;
  /** Set for what is tried again after its end: its former job may not have left the queue yet. */
  round?: string;
}

/** The queue of checks: somebody waits for each of them, so they don't stand behind syncs. */
export const CHECKS = 'CHECKS';

/** Queues: one per vendor, so that one vendor's trouble stays its own, and that of checks. */
export type QueueKey = Vendor | typeof CHECKS;

export function queueName(key: QueueKey): string {
  return key === CHECKS ? 'account-checks' : `sync-${key.toLowerCase()}`;
}

/** One job per run, unit or check, and round: while it is queued, adding it again does nothing. */
export function jobId(job: QueueJob): string {
  const id = `${job.kind}-${idOf(job)}`;
  return job.round === undefined ? id : `${id}-${job.round}`;
}

function idOf(job: QueueJob): string {
  switch (job.kind) {
    case 'run':
      return job.runId;
    case 'unit':
      return job.unitId;
    case 'check':
      return job.checkId;
  }
}
