import type { Command } from 'commander';

import type { Schemas } from '../client.js';
import { usageError } from '../command-error.js';
import type { Session } from '../session.js';
import { readSecret, takesSecret } from '../settings/read-secret.js';
import { type Vendor, vendorArgument } from '../vendors.js';
import { type AccountFiles, readSettings, refuseTwoInputs } from './account-settings.js';
import { findAccount } from './find-account.js';

interface ChangeOptions extends AccountFiles {
  name?: string;
  ak?: string;
  skEnv?: string;
  skAsk?: true;
}

/** `muster accounts change`. */
export function addChangingAccounts(accounts: Command, session: Session): void {
  const command = accounts
    .command('change')
    .description('change what is given of an account, and no more; keys and settings are tried at once')
    .addArgument(vendorArgument('<vendor>'))
    .argument('<account>', "the account's id at the vendor, which stays")
    .option('--name <name>', 'what people call it')
    .option('--ak <ak>', 'access key id, user name or application id: see docs/vendors');
  takesSecret(command, 'sk')
    .option('--sk-ask', 'ask for the secret on this terminal')
    .option(
      '--settings <file>',
      'a JSON file of all settings, instead of those before; - is the standard input',
    )
    .option('--connector <file>', 'for OTHER: a YAML or JSON file of the connector; other settings stay')
    .action(async (vendor: Vendor, accountId: string, options: ChangeOptions) => {
      if (Object.keys(options).length === 0) {
        throw usageError(
          'nothing is said to be changed',
          'Give --name, --ak, --sk-file, --sk-env, --sk-ask, --settings or --connector.',
        );
      }
      refuseTwoInputs(options);
      const client = await session.client();
      const account = await findAccount(client, vendor, accountId);
      const body = await readChange(options, session, account);
      const { data: id } = await client.put('/v1/vendor-account/{id}', {
        params: { path: { id: account.id } },
        body,
      });
      await session.tell('id', id);
      const { ak, sk, settings } = body;
      if (ak === undefined && sk === undefined && settings === undefined) return;
      const { sync_status: status, failure_msg: failure } = await findAccount(client, vendor, accountId);
      if (status === 'failed') session.note(`It is changed, but ${failure}`);
    });
}

async function readChange(
  options: ChangeOptions,
  { surroundings }: Session,
  { settings: before }: Schemas['Account'],
): Promise<Schemas['UpdateAccount']> {
  const { name, ak, skFile: file, skEnv: variable, skAsk } = options;
  const isSecretGiven = file !== undefined || variable !== undefined;
  if (isSecretGiven && skAsk === true) throw usageError('give --sk-ask, or the secret by another option');
  return {
    ...(name === undefined ? {} : { account_name: name }),
    ...(ak === undefined ? {} : { ak }),
    ...(await readSettings(options, surroundings, before)),
    ...(isSecretGiven || skAsk === true
      ? { sk: await readSecret('sk', { file, variable }, surroundings) }
      : {}),
  };
}
