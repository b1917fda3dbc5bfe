import { Command, Option } from 'commander';

import { usageError } from './command-error.js';
import { addAccounts } from './commands/accounts.js';
import { addChanges } from './commands/changes.js';
import { addCompletion } from './commands/completion.js';
import { addCredentials } from './commands/credentials.js';
import { addDeletions } from './commands/deletions.js';
import { addResources } from './commands/resources.js';
import { addSchedules } from './commands/schedules.js';
import { addSync } from './commands/sync.js';
import { addTasks } from './commands/tasks.js';
import { addWebhooks } from './commands/webhooks.js';
import { FORMATS } from './output/record-writer.js';
import { Session, type Surroundings } from './session.js';

const AFTER_HELP = `
MUSTER_URL and MUSTER_API_KEY, or a profile (muster credentials save), say which Muster is called.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partial, 4 not allowed, 5 not reachable, 130 Ctrl-C.`;

/** What must not be an argument, and how it is given instead. */
const SECRETS = {
  sk: '--sk-file or --sk-env',
  apiKey: 'MUSTER_API_KEY, a profile, --api-key-file or --api-key-env',
};

/** In the order of the help. */
const COMMANDS = [
  addAccounts,
  addSync,
  addTasks,
  addDeletions,
  addResources,
  addChanges,
  addSchedules,
  addWebhooks,
  addCredentials,
  addCompletion,
];

/** The whole command line: its commands, options and help, and the session that they run in. */
export function createProgram(
  surroundings: Surroundings,
  version: string,
): { program: Command; session: Session } {
  const program = new Command('muster');
  const session = new Session(surroundings, program);
  program
    .description('An inventory of your clouds, from the shell.')
    .version(version, '-V, --version', 'show the version')
    .addOption(
      new Option('-o, --output <format>', 'how results are written').choices(FORMATS).default('table'),
    )
    .option('--profile <name>', 'which Muster to call, of those that were saved')
    .option('-q, --quiet', 'no progress and no notes')
    .addOption(new Option('--sk [secret]').hideHelp())
    .addOption(new Option('--api-key [key]').hideHelp())
    .helpOption('-h, --help', 'show what a command does and takes')
    .addHelpText('after', AFTER_HELP)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.output.write(text),
      writeErr: (text) => surroundings.errors.write(text),
      // Errors are told in one place, and in JSON if that was asked for.
      outputError: () => undefined,
    })
    .hook('preAction', () => refuseVisibleSecrets(program));
  for (const add of COMMANDS) add(program, session);
  return { program, session };
}

/** @throws {CommandError} when a secret is among the arguments, without repeating it. */
function refuseVisibleSecrets(program: Command): void {
  const options = program.opts<Partial<Record<keyof typeof SECRETS, unknown>>>();
  for (const name of ['sk', 'apiKey'] as const) {
    if (options[name] === undefined) continue;
    throw usageError(
      `a secret is no argument: everyone on this machine can see those (ps), and shells keep them in their history`,
      `Give it by ${SECRETS[name]}. If it was a real one, it is known now: change it.`,
    );
  }
}
