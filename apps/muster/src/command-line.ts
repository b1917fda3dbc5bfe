import { parseArgs } from 'node:util';

import { StartError } from '#platform';

export const USAGE = `Usage: npm start [-- --no-demo]

Starts Muster on an embedded Postgres, syncs a simulated vCenter, and stays up until Ctrl-C.

  --no-demo   only serve
  --help      show this

PORT, HOST, MUSTER_API_KEY, DATABASE_URL, QUEUE_URL and more: docs/configuration.md.
`;

export interface CommandLine {
  demo: boolean;
  help: boolean;
}

/** @throws {StartError} naming an unknown option. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { 'no-demo': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    });
    return { demo: !values['no-demo'], help: values.help };
  } catch (error) {
    throw new StartError(`${(error as Error).message} (--help shows the options)`);
  }
}
