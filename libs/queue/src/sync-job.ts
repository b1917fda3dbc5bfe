import type { Vendor } from '#domain';

/** What a job says: that there may be something to do. Ids only; the state is read again from Postgres. */
export type SyncJob = { kind: 'run'; runId: string } | { kind: 'unit'; unitId: string };

/** One queue per vendor, so that one vendor's trouble stays its own. */
export function queueName(vendor: Vendor): string {
  return `sync-${vendor.toLowerCase()}`;
}

/** One job per run or unit: while it is queued, adding it again does nothing. */
export function jobId(job: SyncJob): string {
  return job.kind === 'run' ? `run-${job.runId}` : `unit-${job.unitId}`;
}
