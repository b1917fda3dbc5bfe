import type { EngineTiming } from '#sync';

/** Impatient, and so that a unit gives its slot away in the middle. */
export const TIMING: EngineTiming = {
  leaseMs: 1_500,
  heartbeatMs: 150,
  reconcileMs: 200,
  forgottenAfterMs: 500,
  sliceMs: 60,
  idleConnectionMs: 50,
};

/** Units that a worker works on at once. */
export const CONCURRENCY = 3;
