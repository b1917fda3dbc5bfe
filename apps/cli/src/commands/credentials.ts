import type { Command } from 'commander';

import { CommandError } from '../command-error.js';
import { EXIT } from '../exit-code.js';
import { type Column, field } from '../output/column.js';
import type { Session } from '../session.js';
import { type Connection, DEFAULT_PROFILE, DEFAULT_URL } from '../settings/connection.js';
import { type Profiles, profilesFile, readProfiles, writeProfiles } from '../settings/profiles.js';
import { readSecret, takesSecret } from '../settings/read-secret.js';

interface SavedProfile {
  profile: string;
  url: string;
}

interface UsedCredential {
  source: string;
  url: string;
  tenant: string;
}

const PROFILE_COLUMNS: readonly Column<SavedProfile>[] = [field('profile'), field('url')];
const USED_COLUMNS: readonly Column<UsedCredential>[] = [field('source'), field('url'), field('tenant')];

interface SaveOptions {
  url: string;
  apiKeyFile?: string;
  apiKeyEnv?: string;
}

/** `muster credentials`: which key is sent where. Keys are made by whoever runs Muster: docs/decisions/0022. */
export function addCredentials(program: Command, session: Session): void {
  const credentials = program
    .command('credentials')
    .description('which key this sends to which Muster; whoever runs Muster makes keys: npm run credentials');
  credentials
    .command('show', { isDefault: true })
    .description('show which Muster is called with whose key, and try it')
    .action(async () => session.show(await tryConnection(session, await session.connection()), USED_COLUMNS));
  credentials
    .command('list')
    .description('list profiles')
    .action(async () => {
      const profiles = Object.entries(await savedProfiles(session));
      await session.list(
        profiles.map(([profile, { url }]) => ({ profile, url })),
        PROFILE_COLUMNS,
      );
    });
  takesSecret(
    credentials
      .command('save')
      .description('keep an address and an API key in a profile, once they have been tried')
      .argument('[profile]', 'its name, for --profile; the default one is used by itself', DEFAULT_PROFILE)
      .option('--url <url>', 'where Muster is', DEFAULT_URL),
    'api-key',
  ).action(async (profile: string, { url, apiKeyFile: file, apiKeyEnv: variable }: SaveOptions) => {
    const apiKey = await readSecret('api-key', { file, variable }, session.surroundings);
    const connection = { url, api_key: apiKey, source: `profile ${profile}` };
    const used = await tryConnection(session, connection);
    const saved = { ...(await savedProfiles(session)), [profile]: { url, api_key: apiKey } };
    await writeProfiles(profilesFile(session.surroundings.variables), saved);
    await session.show(used, USED_COLUMNS);
  });
  credentials
    .command('remove')
    .description('forget a profile; its key goes on to be good until it is revoked')
    .argument('<profile>', 'its name')
    .action(async (profile: string) => {
      const { [profile]: gone, ...left } = await savedProfiles(session);
      if (gone === undefined) {
        const hint = 'See which there are: muster credentials list';
        throw new CommandError(`there is no profile "${profile}"`, {
          code: 'NOT_FOUND',
          exitCode: EXIT.failed,
          hint,
        });
      }
      await writeProfiles(profilesFile(session.surroundings.variables), left);
      await session.tell('profile', profile);
    });
}

async function savedProfiles(session: Session): Promise<Profiles> {
  return readProfiles(profilesFile(session.surroundings.variables), (line) => session.note(line));
}

async function tryConnection(session: Session, connection: Connection): Promise<UsedCredential> {
  const { domains } = await session.clientOf(connection).get('/v3/auth/domains');
  const { source, url } = connection;
  return { source, url, tenant: domains.map(({ name }) => name).join(', ') };
}
