import { ListingClient } from '../listing-client.js';
import { ListingRequests, type SampledResource } from '../listing-requests.js';
import { measureSync } from '../measured-sync.js';
import { percentile, type ResultOptions, type Results } from '../results.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';

const GOAL_MS = 30;
const WARM_UPS = 5;
/** What was synced, and its copies. */
const REGIONS = 50;
const SAMPLE = 2_000;
/** Of what takes longer the more there is, so many fewer requests are made. */
const FEWER = 10;
/** More than a first load manages while it is measured. */
const ROWS_TO_WRITE = 400_000;

/**
 * How long a client waits for a page of 500 resources by each filter, from anywhere in the inventory, and for
 * counts. Some resources are synced and then multiplied by Postgres: to sync all of them would take minutes,
 * and make the same rows. Each copy is written in one go, as a first load is: what is in one region lies
 * together, far from where an index begins, as a planner does not expect.
 */
export const measureListing: Suite = async ({ results, quick, say }) => {
  const [synced, times] = quick ? [2_000, 50] : [20_000, 200];
  const total = synced * REGIONS;
  const named = (what: string): string => `${total.toLocaleString('en')} resources, ${what}`;
  await Stage.use(async (stage) => {
    say(`Listing: making ${total.toLocaleString('en')} resources`);
    await stage.addEstate('estate', { rows: synced, scopes: 1 });
    await measureSync(stage, await stage.startSyntheticWorker(), 'estate');
    const regions = await multiply(stage);
    const requests = new ListingRequests(await sampleOf(stage, total), regions, total);
    const client = new ListingClient(stage.api);
    const { pages, deepPage, counts } = requests;
    for (const page of pages) await client.measure(WARM_UPS, page); // the API compiles its code first
    for (const page of pages) {
      say(`Listing: ${page.what}`);
      const took = await client.measure(times, page);
      report(results, named(page.what), took, { goal: { atMost: GOAL_MS } });
    }
    for (const request of [deepPage, ...counts]) {
      say(`Listing: ${request.what}`);
      report(results, named(request.what), await client.measure(times / FEWER, request));
    }
    await measureWhileWriting(stage, async () => {
      for (const page of pages.slice(0, 1)) {
        say(`Listing: ${page.what}, while a sync writes`);
        const took = await client.measure(times, page);
        report(results, named(`${page.what}, while a sync writes`), took, { to: named(page.what) });
      }
    });
    await client.close();
  });
};

/** Of a copy, only ids and region are its own: each name is borne by one resource of every region. */
async function multiply({ sql }: Stage): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'resource'`,
  );
  const own: Readonly<Record<string, string>> = {
    id: 'uuidv7()',
    native_id: `native_id || '-' || copy`,
    native_hash: `hashtextextended(native_id || '-' || copy, 0)`,
    region_id: `'region-' || copy`,
  };
  const columns = rows.map(({ name }) => name);
  const values = columns.map((name) => own[name] ?? name);
  for (let copy = 1; copy < REGIONS; copy += 1) {
    await sql.query(
      `INSERT INTO resource (${columns.join(', ')})
       SELECT ${values.join(', ')} FROM resource, (VALUES (${String(copy)})) AS copies (copy)
       WHERE region_id = 'region-0'`,
    );
  }
  await sql.query('VACUUM (ANALYZE) resource'); // as autovacuum does within a minute
  await sql.query('CHECKPOINT'); // or Postgres writes for minutes what no sync would have written at once
  return Array.from({ length: REGIONS }, (_, region) => `region-${String(region)}`);
}

/** Resources from all over the inventory but its very end, behind which there is no page of some types; in no order. */
async function sampleOf({ sql }: Stage, total: number): Promise<SampledResource[]> {
  const { rows } = await sql.query<SampledResource>(
    `SELECT id, native_id AS "nativeId", name FROM (
       SELECT id, native_id, name, row_number() OVER (ORDER BY id) AS place FROM resource) AS numbered
     WHERE place % $1 = 1 AND place <= $2 ORDER BY hashtextextended(id::text, 0)`,
    [total / SAMPLE, total * (1 - 1 / REGIONS)],
  );
  return rows;
}

async function measureWhileWriting(stage: Stage, measure: () => Promise<void>): Promise<void> {
  await stage.addEstate('beside', { rows: ROWS_TO_WRITE });
  const taskId = await stage.api.requestSync('beside');
  await stage.api.started(taskId);
  await measure();
  const { state } = await stage.api.showTask(taskId);
  if (state !== 'RUNNING') throw new Error(`The sync was over too early: ${state}.`);
  await stage.api.cancel(taskId);
}

function report(
  results: Results,
  name: string,
  took: readonly number[],
  { goal, to }: Pick<ResultOptions, 'goal' | 'to'> = {},
): void {
  results.add(`${name}: p50`, percentile(took, 0.5), 'ms', to === undefined ? {} : { to: `${to}: p50` });
  results.add(`${name}: p99`, percentile(took, 0.99), 'ms', {
    ...(goal === undefined ? {} : { goal }),
    ...(to === undefined ? {} : { to: `${to}: p99` }),
  });
}
