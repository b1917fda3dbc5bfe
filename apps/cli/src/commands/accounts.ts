import type { Command } from 'commander';

import type { Schemas } from '../client.js';
import { usageError } from '../command-error.js';
import { EXIT } from '../exit-code.js';
import { type Column, field, timeField } from '../output/column.js';
import type { Session } from '../session.js';
import { readSecret, takesSecret } from '../settings/read-secret.js';
import { type Vendor, vendorArgument } from '../vendors.js';
import { type AccountFiles, readSettings, refuseTwoInputs } from './account-settings.js';
import { addChangingAccounts } from './change-account.js';
import { findAccount } from './find-account.js';

type Account = Schemas['Account'];

const COLUMNS: readonly Column<Account>[] = [
  field('vendor'),
  field('account_id'),
  field('account_name'),
  field('sync_status'),
  timeField('sync_date'),
  field('failure_msg'),
  { ...field('id'), wide: true },
  { ...timeField('create_time'), wide: true },
  { ...timeField('update_time'), wide: true },
];

const DETAILS: readonly Column<Account>[] = [
  ...COLUMNS.map(({ wide: _wide, ...column }) => column),
  field('ak'),
  { name: 'settings', of: ({ settings }) => JSON.stringify(settings) },
];

const COVERAGE: readonly Column<Schemas['CoverageCell']>[] = [
  field('scope'),
  field('type'),
  field('outcome'),
  timeField('attempted_at'),
  timeField('complete_at'),
  field('complete_rows'),
];

const CHECK: readonly Column<Schemas['AccountCheck']>[] = [
  field('status'),
  field('kind'),
  field('code'),
  field('message'),
  {
    name: 'scopes',
    of: ({ scopes }) =>
      scopes
        .filter(({ included }) => included)
        .map(({ name }) => name)
        .join(', '),
  },
  timeField('checked_at'),
];

interface AddOptions extends AccountFiles {
  name?: string;
  ak: string;
  skEnv?: string;
}

/** `muster accounts`. */
export function addAccounts(program: Command, session: Session): void {
  const accounts = program.command('accounts').description('accounts at vendors, whose resources are synced');
  accounts
    .command('list', { isDefault: true })
    .description('list accounts, the oldest first')
    .addArgument(vendorArgument('[vendor]'))
    .action(async (vendor: Vendor | undefined) => {
      const client = await session.client();
      const query = vendor === undefined ? {} : { vendor };
      await session.list(client.each('/v1/vendor-account', { params: { query } }), COLUMNS);
    });
  accounts
    .command('show')
    .description('show an account, or how fresh and complete it is, type by type')
    .addArgument(vendorArgument('<vendor>'))
    .argument('<account>', "the account's id at the vendor")
    .option('--coverage', 'what was listed of it, and when')
    .action(async (vendor: Vendor, accountId: string, { coverage }: { coverage?: true }) => {
      const client = await session.client();
      const account = await findAccount(client, vendor, accountId);
      if (coverage === undefined) return session.show(account, DETAILS);
      const params = { path: { id: account.id } };
      return session.list(client.each('/v1/accounts/{id}/coverage', { params }), COVERAGE);
    });
  addAdding(accounts, session);
  addChangingAccounts(accounts, session);
  addVerifying(accounts, session);
  addRemoving(accounts, session);
}

function addAdding(accounts: Command, session: Session): void {
  const command = accounts
    .command('add')
    .description('add an account; its credentials are tried at once, and the secret is stored encrypted')
    .addArgument(vendorArgument('<vendor>'))
    .argument('<account>', "the account's id at the vendor; for VMWARE, without settings, its address")
    .requiredOption('--ak <ak>', 'access key id, user name or application id: see docs/vendors')
    .option('--name <name>', "what people call it; by default the account's id");
  takesSecret(command, 'sk')
    .option('--settings <file>', 'a JSON file of what the vendor needs beyond keys; - is the standard input')
    .option('--connector <file>', "for OTHER: a YAML or JSON file of the settings' connector; - as well")
    .action(async (vendor: Vendor, accountId: string, options: AddOptions) => {
      refuseTwoInputs(options);
      const client = await session.client();
      const settings = await readSettings(options, session.surroundings);
      const given = { file: options.skFile, variable: options.skEnv };
      const sk = await readSecret('sk', given, session.surroundings);
      const { ak, name: accountName = accountId } = options;
      const key = { 'Idempotency-Key': crypto.randomUUID() };
      await client.post('/v1/vendor-account', {
        params: { header: key },
        body: { vendor, account_id: accountId, account_name: accountName, ak, sk, ...settings },
      });
      const account = await findAccount(client, vendor, accountId);
      await session.tell('id', account.id);
      if (account.sync_status === 'failed') session.note(`It is added, but ${account.failure_msg}`);
    });
}

function addVerifying(accounts: Command, session: Session): void {
  accounts
    .command('verify')
    .description('try the credentials of an account; ends with 1 if they are no good')
    .addArgument(vendorArgument('<vendor>'))
    .argument('<account>', "the account's id at the vendor")
    .action(async (vendor: Vendor, accountId: string) => {
      const client = await session.client();
      const { id } = await findAccount(client, vendor, accountId);
      const { data: check } = await client.post('/v1/vendor-account/{id}/verify', {
        params: { path: { id } },
      });
      await session.show(check, CHECK);
      if (check.status !== 'success') session.exitCode = EXIT.failed;
      if (check.status === 'pending') session.note('No worker has tried them yet: ask again.');
    });
}

function addRemoving(accounts: Command, session: Session): void {
  accounts
    .command('remove')
    .description('remove an account, and mark its resources as deleted')
    .addArgument(vendorArgument('<vendor>'))
    .argument('<account>', "the account's id at the vendor")
    .option('--yes', 'that is what is wanted')
    .action(async (vendor: Vendor, accountId: string, { yes }: { yes?: true }) => {
      const client = await session.client();
      const { id } = await findAccount(client, vendor, accountId);
      if (yes === undefined) {
        throw usageError(
          `removing ${vendor} ${accountId} ends its syncs and marks all of its resources as deleted`,
          'Say --yes if that is what you want.',
        );
      }
      await client.delete('/v1/vendor-account/{id}', { params: { path: { id } } });
      await session.tell('id', id);
    });
}
