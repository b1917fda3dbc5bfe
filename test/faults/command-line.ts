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
  /** Whether the planted faults and the real processes have their turn, too. */
  whole: boolean;
  verbose: boolean;
}

const DEFAULT_SCHEDULES = 200;
const DEFAULT_CONCURRENCY = 8;
const MAX_SEED = 1_000_000;

export const USAGE = `npm run test:faults -- [options]
  --schedules N    how many schedules (${String(DEFAULT_SCHEDULES)})
  --seed N         the first one's seed; the others' follow (random)
  --only-seed N    this schedule alone, with its story
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
  const schedules = only === undefined ? (toNumber('--schedules', values.schedules) ?? DEFAULT_SCHEDULES) : 1;
  return {
    seeds: Array.from({ length: schedules }, (_, index) => first + index),
    ...(values.backend === undefined ? {} : { backend: toBackend(values.backend) }),
    processes: only === undefined ? (toNumber('--processes', values.processes) ?? availableParallelism()) : 1,
    concurrency: toNumber('--concurrency', values.concurrency) ?? DEFAULT_CONCURRENCY,
    whole: only === undefined,
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
