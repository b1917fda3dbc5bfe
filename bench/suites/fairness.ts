import { median } from '../results.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';

const BIG_ROWS = 100_000;
const SMALL_ROWS = 100;
const GOAL = 1.5;

/**
 * How long a small account waits behind a large one that was there first: the time from asking for its sync
 * to its end, alone and while the large one is loaded.
 */
export const measureFairness: Suite = async ({ results, quick, say }) => {
  const rounds = quick ? 3 : 5;
  for (const [name, pageMs] of [
    ['instant vendor', 0],
    ['vendor of 100 ms a page', 100],
  ] as const) {
    await Stage.use(async (stage) => {
      say(`Fairness: ${name}`);
      await stage.startSyntheticWorker();
      await stage.addEstate('small', { rows: SMALL_ROWS, scopes: 1, pageMs });
      await stage.addEstate('warm-up', { rows: 5_000 });
      await stage.api.finished(await stage.api.requestSync('warm-up'));
      await syncSmall(stage); // the first load, of what is resynced from now on
      const alone: number[] = [];
      const beside: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        alone.push(await syncSmall(stage));
        beside.push(await syncBesideBig(stage, `big-${String(round)}`, pageMs));
      }
      const baseline = `100 resources, ${name}: alone`;
      results.add(baseline, median(alone), 'ms');
      results.add(`100 resources, ${name}: beside 100,000`, median(beside), 'ms', {
        to: baseline,
        goal: { atMost: GOAL },
      });
    });
  }
};

/** In milliseconds, from the request to the end, as the server saw them. */
async function syncSmall(stage: Stage): Promise<number> {
  const { task_id: id, state } = await stage.api.finished(await stage.api.requestSync('small'));
  if (state !== 'SUCCEEDED') throw new Error(`The small account's sync ended ${state}.`);
  const { rows } = await stage.sql.query<{ ms: number }>(
    `SELECT extract(epoch FROM finished_at - created_at)::float8 * 1000 AS ms FROM sync_task WHERE id = $1`,
    [id],
  );
  return rows[0]?.ms ?? NaN;
}

async function syncBesideBig(stage: Stage, big: string, pageMs: number): Promise<number> {
  await stage.addEstate(big, { rows: BIG_ROWS, pageMs });
  const taskId = await stage.api.requestSync(big);
  await stage.api.started(taskId);
  const ms = await syncSmall(stage);
  const { state } = await stage.api.showTask(taskId);
  if (state !== 'RUNNING') throw new Error(`The large account's sync was over too early: ${state}.`);
  await stage.api.cancel(taskId);
  return ms;
}
