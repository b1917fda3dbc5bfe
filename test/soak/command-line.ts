import { parseArgs } from 'node:util';

import type { QueueBackend } from '../support/redis.js';

/** What `npm run soak` is asked to do. */
export interface Command {
  minutes: number;
  accounts: number;
  queue: QueueBackend;
}

const MAX = 1_000;

export const USAGE = `npm run soak -- [options]
  --minutes N    how long (30)
  --accounts N   how many accounts resync every minute (50)
  --queue NAME   postgres (the default) or redis`;

/** @throws what is wrong, in one line */
export function parseCommandLine(words: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: 'string', default: '30' },
      accounts: { type: 'string', default: '50' },
      queue: { type: 'string', default: 'postgres' },
    },
  });
  if (values.queue !== 'postgres' && values.queue !== 'redis') {
    throw new Error('--queue must be postgres or redis');
  }
  return {
    minutes: toNumber('--minutes', values.minutes),
    accounts: toNumber('--accounts', values.accounts),
    queue: values.queue,
  };
}

function toNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > MAX) {
    throw new Error(`${name} must be a whole number from 1 to ${String(MAX)} (it is "${text}")`);
  }
  return number;
}
