import type { BenchProcess } from '../bench-process.js';
import { type DatabaseCeiling, measureDatabaseCeiling } from '../database-ceiling.js';
import { type MeasuredSync, measureSync } from '../measured-sync.js';
import { median, type Results } from '../results.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';
import type { EstateOptions } from '../synthetic/estate.js';

const CHANGED = { changedPerMille: 10, version: 1 };

interface Round {
  first: MeasuredSync;
  unchanged: MeasuredSync;
  changed: MeasuredSync;
  database: DatabaseCeiling;
}

/**
 * The engine and its writer, with a vendor that costs next to nothing: the first load beside one raw COPY of
 * the same rows into the same indexed table, then nothing changed, then one row in a hundred. Once with the
 * estate in many units, as real ones are, and once in a single one, which only one connection can write.
 */
export const measureWriter: Suite = async ({ results, quick, say }) => {
  const [rows, rounds] = quick ? [20_000, 1] : [100_000, 3];
  for (const [name, shape] of [
    ['Writer', {}],
    ['Writer, one unit', { types: 1, scopes: 1 }],
  ] as const) {
    await Stage.use(async (stage) => {
      const worker = await stage.startSyntheticWorker();
      await warmUp(stage, worker);
      const measured: Round[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        say(`${name}: ${String(rows)} rows, round ${String(round)} of ${String(rounds)}`);
        measured.push(await measureRound(stage, worker, `round-${String(round)}`, { rows, ...shape }));
      }
      report(results, name, measured);
    });
  }
};

/** A worker that has just started compiles its code first, and its vendor's. */
async function warmUp(stage: Stage, worker: BenchProcess): Promise<void> {
  await stage.addEstate('warm-up', { rows: 5_000 });
  for (let time = 0; time < 2; time += 1) await measureSync(stage, worker, 'warm-up');
}

async function measureRound(
  stage: Stage,
  worker: BenchProcess,
  accountId: string,
  estate: EstateOptions,
): Promise<Round> {
  // As empty as the table that COPY fills.
  await stage.sql.query('TRUNCATE resource, resource_change');
  const id = await stage.addEstate(accountId, estate);
  const sync = async (): Promise<MeasuredSync> => {
    await stage.sql.query('CHECKPOINT');
    return measureSync(stage, worker, accountId);
  };
  const first = await sync();
  const database = await measureDatabaseCeiling(stage);
  const unchanged = await sync();
  await stage.changeEstate(id, { ...estate, ...CHANGED });
  const changed = await sync();
  expectCounts(first, 'created', estate.rows);
  expectCounts(unchanged, 'unchanged', estate.rows);
  return { first, unchanged, changed, database };
}

/** A benchmark of something else than it says would be worse than none. */
function expectCounts({ task }: MeasuredSync, count: 'created' | 'unchanged', rows: number): void {
  if (task.counts[count] !== rows) {
    throw new Error(`${String(rows)} rows should be ${count}: ${JSON.stringify(task.counts)}`);
  }
}

function report(results: Results, name: string, rounds: readonly Round[]): void {
  const of = (value: (round: Round) => number): number => median(rounds.map(value));
  const copy = `${name}: one raw COPY of the same rows`;
  const first = `${name}: first load`;
  results.add(
    `${name}: INSERT … SELECT on the server`,
    of(({ database }) => database.insertSelect),
    'rows/s',
  );
  results.add(
    copy,
    of(({ database }) => database.copy),
    'rows/s',
  );
  results.add(
    first,
    of((round) => round.first.rowsPerSecond),
    'rows/s',
    {
      to: copy,
      ratio: of((round) => round.first.rowsPerSecond / round.database.copy),
      goal: { atLeast: 1 },
    },
  );
  results.add(
    `${name}: unchanged resync`,
    of((round) => round.unchanged.rowsPerSecond),
    'rows/s',
    {
      to: first,
      ratio: of((round) => round.unchanged.rowsPerSecond / round.first.rowsPerSecond),
      goal: { atLeast: 8 },
    },
  );
  results.add(
    `${name}: 1 % changed`,
    of((round) => round.changed.rowsPerSecond),
    'rows/s',
    {
      to: first,
      ratio: of((round) => round.changed.rowsPerSecond / round.first.rowsPerSecond),
    },
  );
  results.add(
    `${name}: COPY, Postgres CPU a row`,
    of(({ database }) => database.copyUs),
    'µs',
  );
  for (const [step, key] of [
    ['first load', 'first'],
    ['unchanged resync', 'unchanged'],
  ] as const) {
    results.add(
      `${name}: ${step}, worker CPU a row`,
      of((round) => round[key].workerUs),
      'µs',
    );
    results.add(
      `${name}: ${step}, Postgres CPU a row`,
      of((round) => round[key].postgresUs),
      'µs',
    );
  }
}
