import { EXIT, type ExitCode } from './exit-code.js';

/** Why a command was not done, for the person or script that gave it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly details: { code: string; exitCode: ExitCode; hint?: string },
  ) {
    super(message);
  }
}

/** Of what cannot be right as it was asked for; nothing was done. */
export function usageError(message: string, hint?: string): CommandError {
  return new CommandError(message, {
    code: 'USAGE',
    exitCode: EXIT.usage,
    ...(hint === undefined ? {} : { hint }),
  });
}
