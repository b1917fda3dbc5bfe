import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import type { QueueBackend } from '../support/redis.js';

/** What `npm run test:faults` is asked to do. */
export interface Command {
  /** The schedules' seeds, in order. */
  seeds: number[];
  /** Both, taking turns by seed, when absent. */
  backend?: QueueBackend;
  processes: number;
  /** Schedules side by side in a process: most of the time they wait. */
  concurrency: number;
  /** Further schedules with real processes, which take longer. */
  realSeeds: number[];
  /** Whether the planted faults have their turn, too. */
  planted: boolean;
  verbose: boolean;
}

const DEFAULT_SCHEDULES = 200;
const DEFAULT_REAL_SCHEDULES = 4;
const DEFAULT_CONCURRENCY = 4;
const MAX_SEED = 1_000_000;

export const USAGE = `npm run test:faults -- [options]
  --schedules N    how many schedules (${String(DEFAULT_SCHEDULES)})
  --seed N         the first one's seed; the others' follow (random)
  --real N         how many more with real worker processes and a real server (${String(DEFAULT_REAL_SCHEDULES)})
  --only-seed N    this schedule alone, with its story; with real processes if --real is 1
  --backend NAME   postgres or redis; both take turns by default
  --concurrency N  schedules side by side in a process (${String(DEFAULT_CONCURRENCY)})
  --processes N    processes (one a core)
  --verbose        the story of every schedule`;

/** @throws what is wrong, in one line */
export function parseCommandLine(commandLine: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      schedules: { type: 'string' },
      real: { type: 'string' },
      seed: { type: 'string' },
      'only-seed': { type: 'string' },
      backend: { type: 'string' },
      concurrency: { type: 'string' },
      processes: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const only = values['only-seed'];
  const first = toNumber('--seed', only ?? values.seed) ?? Math.floor(Math.random() * MAX_SEED);
  const isReal = only !== undefined && toNumber('--real', values.real) === 1;
  const schedules = only === undefined ? (toNumber('--schedules', values.schedules) ?? DEFAULT_SCHEDULES) : 1;
  const real = only === undefined ? (toNumber('--real', values.real) ?? DEFAULT_REAL_SCHEDULES) : 1;
  const seeds = Array.from({ length: schedules + real }, (_, index) => first + index);
  return {
    seeds: isReal ? [] : seeds.slice(0, schedules),
    realSeeds: isReal ? [first] : only === undefined ? seeds.slice(schedules) : [],
    ...(values.backend === undefined ? {} : { backend: toBackend(values.backend) }),
    processes: only === undefined ? (toNumber('--processes', values.processes) ?? availableParallelism()) : 1,
    concurrency: toNumber('--concurrency', values.concurrency) ?? DEFAULT_CONCURRENCY,
    planted: only === undefined,
    verbose: values.verbose || only !== undefined,
  };
}

function toNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${option} must be a whole number (it is "${text}")`);
  return Number(text);
}

function toBackend(text: string): QueueBackend {
  if (text === 'postgres' || text === 'redis') return text;
  throw new Error(`--backend must be postgres or redis (it is "${text}")`);
}
