import type { EngineTiming } from '#sync';

/** Impatient, and so that a unit gives its slot away in the middle. */
export const TIMING: EngineTiming = {
  leaseMs: 1_500,
  heartbeatMs: 300,
  reconcileMs: 400,
  scheduleMs: 400,
  redeliverMs: 5_000,
  forgottenAfterMs: 500,
  sliceMs: 60,
  idleConnectionMs: 50,
  checkLimitMs: 2_000,
};

/** Units that a worker works on at once. */
export const CONCURRENCY = 3;

/** The master key of all estates: their secrets need not be kept. */
export const KEYRING_TEXT = `1:${Buffer.alloc(32, 7).toString('base64')}`;
