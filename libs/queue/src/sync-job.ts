import type { Vendor } from '#domain';

/** What a job says: that there may be something to do. Ids only; the state is read again from Postgres. */
export type SyncJob = ({ kind: 'run'; runId: string } | { kind: 'unit'; unitId: string }) & {
  /** Set for what is tried again after its end: its former job may not have left the queue yet. */
  round?: string;
};

/** One queue per vendor, so that one vendor's trouble stays its own. */
export function queueName(vendor: Vendor): string {
  return `sync-${vendor.toLowerCase()}`;
}

/** One job per run or unit, and round: while it is queued, adding it again does nothing. */
export function jobId(job: SyncJob): string {
  const id = job.kind === 'run' ? `run-${job.runId}` : `unit-${job.unitId}`;
  return job.round === undefined ? id : `${id}-${job.round}`;
}
