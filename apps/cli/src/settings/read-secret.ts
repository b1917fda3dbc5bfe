import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';

import type { Command } from 'commander';

import { usageError } from '../command-error.js';
import type { Surroundings } from '../session.js';
import { askHidden } from './ask-hidden.js';

/** An option's name, without dashes: `sk` makes --sk-file and --sk-env. */
export type SecretName = 'sk' | 'api-key' | 'url';

const TITLES: Readonly<Record<SecretName, string>> = {
  sk: 'Secret (sk)',
  'api-key': 'API key',
  // It may have a key in its query.
  url: 'URL',
};

/** How a secret is given: never as an argument, which every user of the machine can see, and shells remember. */
export function takesSecret(command: Command, name: SecretName): Command {
  return command
    .option(`--${name}-file <file>`, 'a file that has it alone; - is the standard input')
    .option(`--${name}-env <name>`, 'the environment variable that has it');
}

/**
 * The secret, from where the options say it is; without any, a person is asked for it.
 * @throws {CommandError} when it is nowhere.
 */
export async function readSecret(
  name: SecretName,
  { file, variable }: { file: string | undefined; variable: string | undefined },
  surroundings: Surroundings,
): Promise<string> {
  if (file !== undefined && variable !== undefined)
    throw usageError(`give --${name}-file or --${name}-env, not both`);
  const secret = await findSecret(name, file, variable, surroundings);
  if (secret !== '') return secret;
  throw usageError(
    `the ${TITLES[name]} is empty`,
    `It was looked for in ${variable ?? file ?? 'what was typed'}.`,
  );
}

async function findSecret(
  name: SecretName,
  file: string | undefined,
  variable: string | undefined,
  surroundings: Surroundings,
): Promise<string> {
  if (variable !== undefined) return surroundings.variables[variable] ?? '';
  if (file !== undefined) return withoutLineEnd(await readDocument(file, surroundings));
  if (surroundings.input.isTTY) return askHidden(`${TITLES[name]}: `, surroundings);
  throw usageError(
    `the ${TITLES[name]} is missing, and there is no terminal to ask for it`,
    `Give --${name}-file FILE (- is the standard input) or --${name}-env VARIABLE.`,
  );
}

/** A file's text; `-` is the standard input. */
export async function readDocument(file: string, { input, signal }: Surroundings): Promise<string> {
  if (file === '-') return text(addAbortSignal(signal, input));
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

/** Editors and `echo` end a file with it; a secret of several lines keeps those within. */
function withoutLineEnd(content: string): string {
  return content.replace(/\r?\n$/, '');
}
