import { CommanderError } from 'commander';

import { usageError } from './command-error.js';
import { EXIT } from './exit-code.js';
import { renderFailure, toFailure } from './failure.js';
import { Interrupted } from './interrupted.js';
import { createProgram } from './program.js';
import type { Session, Surroundings } from './session.js';

/** Runs one command to its end. Returns the exit code; why it is not 0 has been told then. */
export async function runCommandLine(
  words: readonly string[],
  surroundings: Surroundings,
  version: string,
): Promise<number> {
  const { program, session } = createProgram(surroundings, version);
  try {
    await program.parseAsync(words, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    if (surroundings.signal.aborted || error instanceof Interrupted) return EXIT.interrupted;
    if (error instanceof CommanderError) return endOfParsing(error, session);
    return fail(error, session);
  }
}

/** Commander throws where it would end the process: with help and the version, too. */
function endOfParsing(error: CommanderError, session: Session): number {
  if (error.exitCode === 0) return EXIT.success;
  // A command that needs another one behind it: its help has been shown.
  if (error.code === 'commander.help') return EXIT.usage;
  return fail(usageError(error.message.replace(/^error: /, ''), 'See what it takes by --help.'), session);
}

function fail(error: unknown, { options, surroundings }: Session): number {
  const failure = toFailure(error);
  const json = options.output === 'json' || options.output === 'jsonl';
  surroundings.errors.write(json ? `${JSON.stringify({ error: failure })}\n` : renderFailure(failure));
  return failure.exit_code;
}
