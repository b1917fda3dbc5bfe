import { parseArgs } from 'node:util';

import { StartError } from '#platform';

export const USAGE = `Usage: npm run vault -- status | rotate

Shows and changes which master keys of the keyring the stored secrets are sealed with. Both work while Muster
runs, on the database of DATABASE_URL or else on the one of npm start.

  status   how many secrets each master key has sealed
  rotate   wraps every secret with the key that seals now; safe to interrupt and to repeat
  --help   show this

How to change a master key without downtime: docs/configuration.md, "The keyring".
`;

const COMMANDS = ['status', 'rotate'] as const;

export type VaultCommand = (typeof COMMANDS)[number] | 'help';

/** @throws {StartError} naming what is wrong. */
export function parseVaultCommandLine(words: readonly string[]): VaultCommand {
  const { help, names } = parse(words);
  if (help) return 'help';
  const command = COMMANDS.find((known) => known === names[0]);
  if (names.length !== 1 || command === undefined) {
    throw new StartError(`say ${COMMANDS.join(' or ')}: npm run vault -- status (--help shows more)`);
  }
  return command;
}

function parse(words: readonly string[]): { help: boolean; names: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { help: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    return { help: values.help, names: positionals };
  } catch (error) {
    throw new StartError(`${(error as Error).message} (--help shows the options)`);
  }
}
