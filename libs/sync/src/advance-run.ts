import type { Vendor } from '#domain';

import { type Engine, loadAdapter } from './engine.js';

/** Hands out a run's next units, or ends it. To be called whenever one of its units has ended. */
export async function advanceRun(engine: Engine, runId: string, vendor: Vendor): Promise<void> {
  const { unitsAtOnce } = await loadAdapter(engine, vendor);
  const { unitIds, ended } = await engine.runs.advance(runId, unitsAtOnce);
  if (ended !== undefined) engine.log.info({ run: runId, vendor, state: ended }, 'run ended');
  try {
    await engine.queue.add(
      vendor,
      unitIds.map((unitId) => ({ kind: 'unit', unitId })),
    );
  } catch (error) {
    engine.log.warn({ err: error, run: runId }, 'units could not be enqueued; the reconciler will');
  }
}
