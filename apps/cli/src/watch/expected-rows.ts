import type { MusterClient, Schemas } from '../client.js';
import type { Task } from './follow-task.js';

/** Of more accounts it is not asked: each takes calls before the first bar is seen. */
const MAX_ACCOUNTS = 20;

/** How many resources a unit's last complete listing found: by account, scope and type. */
export type ExpectedRows = ReadonlyMap<string, number>;

type Place = Pick<Schemas['SyncUnit'], 'scope' | 'type'>;

export function placeOf(accountId: string, { scope, type }: Place): string {
  return JSON.stringify([accountId, scope, type]);
}

/** What the units of a task may be expected to list. Bars only hang on it, so that what is refused is left out. */
export async function expectedRows(client: MusterClient, { vendor, accounts }: Task): Promise<ExpectedRows> {
  const expected = new Map<string, number>();
  for (const { account_id: accountId } of accounts.slice(0, MAX_ACCOUNTS)) {
    try {
      const query = { vendor, account_id: accountId, limit: 1 };
      const [account] = (await client.get('/v1/vendor-account', { params: { query } })).data;
      if (account === undefined) continue;
      const path = { id: account.id };
      for await (const cell of client.each('/v1/accounts/{id}/coverage', { params: { path } })) {
        if (cell.complete_rows !== null) expected.set(placeOf(accountId, cell), cell.complete_rows);
      }
    } catch {
      return expected;
    }
  }
  return expected;
}
