import type { Results } from '../results.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';

const RATE = 200;
const GOAL_MS = 50;
/** A vendor that takes longer for its first page than the benchmark lasts: the sync is on, but idles. */
const FOREVER_MS = 3_600_000;
/** More than a first load manages in a second, so that it lasts as long as the measurement. */
const ROWS_A_SECOND = 40_000;
const WARM_UP_S = 3;

interface Latency {
  p50: number;
  p99: number;
  failures: number;
}

/**
 * How long a client waits that asks, 200 times a second, for the sync of an account that is being synced:
 * while the worker has nothing to do, its vendor being slow; while the account is loaded for the first time
 * at full speed; and while another one is.
 */
export const measureLatency: Suite = async ({ results, quick, say }) => {
  const seconds = quick ? 4 : 12;
  const rows = ROWS_A_SECOND * (seconds + WARM_UP_S);
  await Stage.use(async (stage) => {
    await stage.startSyntheticWorker();
    await stage.addEstate('idle', { rows: 1, types: 1, scopes: 1, pageMs: FOREVER_MS });
    await stage.api.requestSync('idle');
    await measureRequests(stage, 'idle', WARM_UP_S); // the API compiles its code first
    say(`Latency: ${String(seconds)} s without load`);
    const idle = await measureRequests(stage, 'idle', seconds);
    const baseline = 'POST sync while nothing is written';
    report(results, baseline, idle);
    for (const [loaded, asked, name] of [
      ['large-1', 'large-1', 'POST sync of the account being written'],
      ['large-2', 'idle', 'POST sync while another account is written'],
    ] as const) {
      say(`Latency: ${String(seconds)} s while ${loaded} is written`);
      await stage.addEstate(loaded, { rows });
      const taskId = await stage.api.requestSync(loaded);
      await stage.api.started(taskId);
      const busy = await measureRequests(stage, asked, seconds);
      const { state } = await stage.api.showTask(taskId);
      if (state !== 'RUNNING') throw new Error(`The load was over too early: ${state}.`);
      await stage.api.cancel(taskId);
      report(results, name, busy, baseline);
      results.add(`${name}: p99 over idle`, busy.p99 - idle.p99, 'ms', { goal: { atMost: GOAL_MS } });
    }
  });
};

async function measureRequests(stage: Stage, account: string, seconds: number): Promise<Latency> {
  const { url, key } = stage.api;
  const words = Object.entries({ url, key, account, rate: RATE, seconds }).map(
    ([name, value]) => `--${name}=${String(value)}`,
  );
  const generator = await stage.startProgram('load-generator.ts', words, /p99/);
  const latency = JSON.parse(generator.greeting) as Latency;
  await stage.stopProcess(generator);
  if (latency.failures > 0) throw new Error(`${String(latency.failures)} requests failed.`);
  return latency;
}

function report(results: Results, name: string, { p50, p99 }: Latency, baseline?: string): void {
  results.add(`${name}: p50`, p50, 'ms', baseline === undefined ? {} : { to: `${baseline}: p50` });
  results.add(`${name}: p99`, p99, 'ms', baseline === undefined ? {} : { to: `${baseline}: p99` });
}
