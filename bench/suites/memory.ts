import { measureSync } from '../measured-sync.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';

const MIB = 1024 * 1024;
const FLAT_MIB = 100;

/** Whether the worker's memory, and its speed, depend on how much there is. A worker and a database for each. */
export const measureMemory: Suite = async ({ results, quick, say }) => {
  const sizes = quick ? [5_000, 20_000, 50_000] : [10_000, 100_000, 1_000_000];
  let smallest: number | undefined;
  for (const rows of sizes) {
    const name = `${rows.toLocaleString('en')} rows`;
    say(`Memory and speed: ${name}`);
    await Stage.use(async (stage) => {
      const worker = await stage.startSyntheticWorker();
      await stage.addEstate('estate', { rows });
      await worker.takePeakBytes();
      const first = await measureSync(stage, worker, 'estate');
      const firstPeak = (await worker.takePeakBytes()) / MIB;
      const unchanged = await measureSync(stage, worker, 'estate');
      const peak = Math.max(firstPeak, (await worker.takePeakBytes()) / MIB);
      results.add(`${name}: first load`, first.rowsPerSecond, 'rows/s');
      results.add(`${name}: unchanged resync`, unchanged.rowsPerSecond, 'rows/s', {
        to: `${name}: first load`,
      });
      results.add(`${name}: worker RSS, peak`, peak, 'MiB');
      if (smallest !== undefined) {
        results.add(`${name}: worker RSS more than with the fewest rows`, peak - smallest, 'MiB', {
          goal: { atMost: FLAT_MIB },
        });
      }
      smallest ??= peak;
    });
  }
};
