import type {
  AccountCheckRepository,
  AccountRepository,
  InventoryRepository,
  RunRepository,
  UnitRepository,
} from '#database';
import type { Vendor } from '#domain';
import type { Metrics } from '#metrics';
import type { Logger } from '#platform';
import type { SyncQueue } from '#queue';
import type { VendorAdapter } from '#vendor-kit';

import type { ConnectionPool } from './connection-pool.js';
import type { FairTurns } from './fair-turns.js';

/** Lazy loaders of the adapters, as `#vendors/registry` has them. */
export type AdapterLoaders = Readonly<Partial<Record<Vendor, () => Promise<VendorAdapter>>>>;

export interface EngineTiming {
  /** How long a worker holds a run or unit without a sign of life. */
  leaseMs: number;
  /** How often it gives one; also how soon a worker notices that its unit was cancelled. */
  heartbeatMs: number;
  /** How often each worker looks for work that the queue forgot. */
  reconcileMs: number;
  /** How often each worker looks for schedules that are due. */
  scheduleMs: number;
  /** How long a webhook waits before a message is tried again, the first time; doubled each time. */
  redeliverMs: number;
  /** How late something must be to count as forgotten. */
  forgottenAfterMs: number;
  /** How long a unit may keep its worker slot while other accounts of the vendor wait for one. */
  sliceMs: number;
  /** How long a connection to a vendor is kept after its last use. */
  idleConnectionMs: number;
  /** How long a vendor may take to answer the check of an account. */
  checkLimitMs: number;
}

export const DEFAULT_TIMING: EngineTiming = {
  leaseMs: 20_000,
  heartbeatMs: 1_500,
  reconcileMs: 5_000,
  scheduleMs: 1_000,
  redeliverMs: 5_000,
  forgottenAfterMs: 30_000,
  sliceMs: 2_000,
  idleConnectionMs: 10_000,
  checkLimitMs: 30_000,
};

/** What the engine's functions work with. */
export interface Engine {
  runs: RunRepository;
  units: UnitRepository;
  inventory: InventoryRepository;
  accounts: AccountRepository;
  checks: AccountCheckRepository;
  queue: SyncQueue;
  adapters: AdapterLoaders;
  connections: ConnectionPool;
  /** What the process does for one account must not slow down another's. */
  turns: FairTurns;
  log: Logger;
  metrics: Metrics;
  timing: EngineTiming;
  /** Units that all workers together work on at once, per vendor; absent for no bound. */
  vendorConcurrency?: number;
}

/** What becomes of a job: it is finished, or wants to run again later; meanwhile it holds no worker slot. */
export type JobOutcome = 'done' | { retryInMs: number };

/** @throws when this build has no such vendor: accounts and tasks of it cannot be made. */
export async function loadAdapter(engine: Pick<Engine, 'adapters'>, vendor: Vendor): Promise<VendorAdapter> {
  const load = engine.adapters[vendor];
  if (load === undefined) throw new Error(`This build has no adapter for ${vendor}.`);
  return load();
}
