import { randomUUID } from 'node:crypto';

import type { Vendor } from '#domain';

import { type Engine, loadAdapter } from './engine.js';
import { enqueue, enqueueFollowers } from './enqueue.js';

/** Hands out a run's next units, or ends it and starts what waited for it. To be called whenever one of its units has ended. */
export async function advanceRun(engine: Engine, runId: string, vendor: Vendor): Promise<void> {
  const { unitsAtOnce } = await loadAdapter(engine, vendor);
  const { unitIds, again, ended, next = [] } = await engine.runs.advance(runId, unitsAtOnce);
  if (ended !== undefined) {
    engine.metrics.endRun(vendor, ended);
    engine.log.info({ run: runId, vendor, state: ended }, 'run ended');
  }
  await enqueue(
    engine,
    vendor,
    unitIds.map((unitId) => ({ kind: 'unit', unitId, ...(again === true ? { round: randomUUID() } : {}) })),
  );
  await enqueueFollowers(engine, vendor, next);
}
