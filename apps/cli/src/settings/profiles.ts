import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { usageError } from '../command-error.js';

/** Where a Muster is, and the key that it lets in. */
export interface Profile {
  url: string;
  api_key: string;
}

export type Profiles = Readonly<Record<string, Profile>>;

/** What the group and all others may do, in a mode. */
const OTHERS = 0o077;
const OWN_FILE = 0o600;
const OWN_FOLDER = 0o700;

/** `$XDG_CONFIG_HOME/muster/config.json`, or in `~/.config`. */
export function profilesFile(variables: NodeJS.ProcessEnv): string {
  return join(variables['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'muster', 'config.json');
}

/**
 * The profiles of a file; none when there is no file. `warn` is told when others can read it.
 * @throws {CommandError} when it is not what this writes; keys are not in the message.
 */
export async function readProfiles(file: string, warn: (line: string) => void): Promise<Profiles> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      warn(`warning: others can read ${file}, which has API keys in it: chmod 600 '${file}'`);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw usageError(`cannot read ${file}: ${code ?? String(error)}`);
  }
  return parseProfiles(text, file);
}

/** Writes all profiles; the file is its owner's only, and never half written. */
export async function writeProfiles(file: string, profiles: Profiles): Promise<void> {
  const draft = `${file}.${String(process.pid)}`;
  await mkdir(dirname(file), { recursive: true, mode: OWN_FOLDER });
  try {
    await writeFile(draft, `${JSON.stringify({ profiles }, null, 2)}\n`, { mode: OWN_FILE, flag: 'wx' });
    // Where the umask takes more away.
    await chmod(draft, OWN_FILE);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw usageError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function parseProfiles(text: string, file: string): Profiles {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw usageError(`${file} is no JSON`);
  }
  const profiles = isObject(content) ? (content['profiles'] ?? {}) : undefined;
  if (!isObject(profiles))
    throw usageError(`${file} must be { "profiles": { "NAME": { "url", "api_key" } } }`);
  for (const [name, profile] of Object.entries(profiles)) {
    if (isObject(profile) && typeof profile['url'] === 'string' && typeof profile['api_key'] === 'string')
      continue;
    throw usageError(`the profile "${name}" in ${file} must have url and api_key, both texts`);
  }
  return profiles as unknown as Profiles;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
