import { usageError } from '../command-error.js';
import type { Profile, Profiles } from './profiles.js';

/** Where Muster listens by itself. */
export const DEFAULT_URL = 'http://127.0.0.1:3000';
export const DEFAULT_PROFILE = 'default';

/** Which Muster is called with which key, and who said so. */
export interface Connection extends Profile {
  /** `profile prod`, or the environment variables. */
  source: string;
}

/**
 * Chooses one source of address and key: the profile that was named, by `--profile` or MUSTER_PROFILE; else the
 * environment, when it has a key; else the profile `default`. Never the address of one and the key of another: a key
 * that leaks to a wrong host is that host's.
 * @throws {CommandError} when there is none.
 */
export function chooseConnection(
  named: string | undefined,
  variables: NodeJS.ProcessEnv,
  profiles: Profiles,
): Connection {
  const profile = named ?? (variables['MUSTER_PROFILE'] || undefined);
  if (profile !== undefined) return ofProfile(profile, profiles);
  const { MUSTER_URL: url, MUSTER_API_KEY: apiKey } = variables;
  if (apiKey) return { url: url || DEFAULT_URL, api_key: apiKey, source: 'MUSTER_URL and MUSTER_API_KEY' };
  if (url) {
    throw usageError(
      `MUSTER_URL is set to ${url}, and MUSTER_API_KEY is not`,
      'Set both, or neither and use a profile: a key of a profile goes to the address of that profile only.',
    );
  }
  if (Object.hasOwn(profiles, DEFAULT_PROFILE)) return ofProfile(DEFAULT_PROFILE, profiles);
  throw usageError(
    'there is no API key to call Muster with',
    'Set MUSTER_API_KEY (and MUSTER_URL), or keep them in a profile: muster credentials save --url https://…',
  );
}

function ofProfile(name: string, profiles: Profiles): Connection {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) return { ...profile, source: `profile ${name}` };
  const known = Object.keys(profiles);
  throw usageError(
    `there is no profile "${name}"`,
    known.length === 0
      ? `Make it: muster credentials save ${name} --url https://…`
      : `There are: ${known.join(', ')}`,
  );
}
