import { secondsOf } from '../bench-api.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';
import type { EstateOptions } from '../synthetic/estate.js';

const ACCOUNTS = ['a', 'b', 'c', 'd'];

/**
 * What a second worker brings where the database isn't the limit: with a vendor that takes its time, and
 * with one whose documents are expensive to normalize. Four accounts, resynced without a change.
 */
export const measureWorkers: Suite = async ({ results, quick, say }) => {
  const rows = quick ? 4_000 : 12_000;
  for (const [name, vendor] of [
    ['Vendor of 200 ms a page', { pageMs: 200 }],
    ['Vendor of 400 µs CPU an item', { itemUs: 400 }],
  ] as [string, Partial<EstateOptions>][]) {
    await Stage.use(async (stage) => {
      say(`Workers: ${name}`);
      await stage.startSyntheticWorker();
      const ids: string[] = [];
      for (const account of ACCOUNTS) ids.push(await stage.addEstate(account, { rows }));
      await syncAll(stage); // the first load
      for (const id of ids) await stage.changeEstate(id, { rows, ...vendor });
      const one = await syncAll(stage);
      await stage.startSyntheticWorker();
      await warmUp(stage);
      const two = await syncAll(stage);
      const total = rows * ACCOUNTS.length;
      results.add(`${name}: one worker`, total / one, 'rows/s');
      results.add(`${name}: two workers`, total / two, 'rows/s', {
        to: `${name}: one worker`,
        goal: { atLeast: 1.7 },
      });
    });
  }
};

/** Lets a worker that has just started compile its code, whichever of them that is. */
async function warmUp(stage: Stage): Promise<void> {
  await stage.addEstate('warm-up', { rows: 20_000 });
  for (let time = 0; time < 2; time += 1) {
    await stage.api.finished(await stage.api.requestSync('warm-up'));
  }
}

/** Syncs all accounts together, and returns how long it took, in seconds. */
async function syncAll(stage: Stage): Promise<number> {
  const ids = await Promise.all(ACCOUNTS.map((account) => stage.api.requestSync(account)));
  const tasks = await Promise.all(ids.map((id) => stage.api.finished(id)));
  const [from] = tasks.map(({ started_at }) => started_at).sort();
  const to = tasks
    .map(({ finished_at }) => finished_at)
    .sort()
    .at(-1);
  return secondsOf({ started_at: from ?? '', finished_at: to ?? '' });
}
