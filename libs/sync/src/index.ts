export { backbone } from './backbone.js';
export { ConnectionPool } from './connection-pool.js';
export * from './engine.js';
export { FairTurns } from './fair-turns.js';
export { planRun } from './plan-run.js';
export { Reconciler } from './reconciler.js';
export { runUnit } from './run-unit.js';
export { SyncModule } from './sync.module.js';
export { SyncService } from './sync.service.js';
