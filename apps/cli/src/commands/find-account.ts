import type { MusterClient, Schemas } from '../client.js';
import { CommandError } from '../command-error.js';
import { EXIT } from '../exit-code.js';
import type { Vendor } from '../vendors.js';

/**
 * The account that people know by its vendor and its id there.
 * @throws {CommandError} when there is none.
 */
export async function findAccount(
  client: MusterClient,
  vendor: Vendor,
  accountId: string,
): Promise<Schemas['Account']> {
  const query = { vendor, account_id: accountId, limit: 1 };
  const [account] = (await client.get('/v1/vendor-account', { params: { query } })).data;
  if (account !== undefined) return account;
  throw new CommandError(`${vendor} has no account "${accountId}"`, {
    code: 'NOT_FOUND',
    exitCode: EXIT.failed,
    hint: `See which there are: muster accounts list ${vendor}`,
  });
}
