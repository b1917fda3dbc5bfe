import { ConfigurationError } from './config/environment.js';
import { quietAwsSdk } from './config/quiet-aws-sdk.js';
import { EmbeddedPostgresError } from './embedded-postgres/index.js';

const FAILED = 1;
const WRONG_CONFIGURATION = 78; // EX_CONFIG of sysexits.h

/** An error that is meant for the person at the terminal: one line, no stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

const FOR_PEOPLE = [ConfigurationError, EmbeddedPostgresError, StartError];

/** Runs a process's main function. What the user can mend is told in one line; the rest with its stack. */
export async function runProcess(main: () => Promise<void>): Promise<void> {
  quietAwsSdk();
  try {
    await main();
  } catch (error) {
    const forPeople = FOR_PEOPLE.some((type) => error instanceof type);
    process.stderr.write(`muster: ${forPeople ? (error as Error).message : describe(error)}\n`);
    process.exitCode = error instanceof ConfigurationError ? WRONG_CONFIGURATION : FAILED;
    // Whatever is half-started (a pool, a timer) must not keep a failed process alive.
    process.exit();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * What a failed `listen` means, in one line.
 * @param prefix what the variables' names begin with: `METRICS_` for METRICS_PORT and METRICS_HOST
 */
export function toListenError(
  error: unknown,
  { host, port }: { host: string; port: number },
  prefix = '',
): Error {
  const { code } = error as NodeJS.ErrnoException;
  const place = `${host}:${String(port)}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartError(`port ${String(port)} on ${host} is taken; choose another with ${prefix}PORT=…`);
    case 'EACCES':
      return new StartError(`listening on ${place} is not permitted; choose a ${prefix}PORT above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`${prefix}HOST ${host} is not an address of this machine`);
    default:
      return error as Error;
  }
}
