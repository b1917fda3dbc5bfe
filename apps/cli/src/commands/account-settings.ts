import type { Schemas } from '../client.js';
import { usageError } from '../command-error.js';
import type { Surroundings } from '../session.js';
import { readDocument } from '../settings/read-secret.js';

/** The files that an account is described by, as options name them; `-` is the standard input. */
export interface AccountFiles {
  settings?: string;
  connector?: string;
  skFile?: string;
}

type Settings = NonNullable<Schemas['CreateAccount']['settings']>;

/** @throws {CommandError} when more than one of them is the standard input. */
export function refuseTwoInputs({ settings, connector, skFile }: AccountFiles): void {
  if ([settings, connector, skFile].filter((file) => file === '-').length <= 1) return;
  throw usageError('only one of --settings, --connector and --sk-file can be the standard input');
}

/**
 * The account's settings, if any are given; those `before` stay beside a connector that is given alone. The connector
 * goes as the text that it is: Muster reads it, and says what is wrong with it.
 * @throws {CommandError} when a file cannot be read, or is no JSON.
 */
export async function readSettings(
  { settings: file, connector }: AccountFiles,
  surroundings: Surroundings,
  before: object = {},
): Promise<{ settings?: Settings }> {
  if (file === undefined && connector === undefined) return {};
  const settings = file === undefined ? before : parseSettings(await readDocument(file, surroundings), file);
  if (connector === undefined) return { settings: settings as Settings };
  return { settings: { ...settings, connector: await readDocument(connector, surroundings) } };
}

function parseSettings(text: string, file: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw usageError(`the settings in ${file} are no JSON`);
  }
}
