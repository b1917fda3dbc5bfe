import type { JsonObject } from '#domain';
import { required } from '#vendor-kit';

import type { AliCall } from './ali-client.js';
import { byNumber } from './paging.js';
import { PRODUCTS } from './products.js';

/** A member of the resource directory. */
export interface Member {
  /** Its account's number. */
  account: string;
  /** Whether it is a whole member: not one that is being made, was never, or is being deleted. */
  isActive: boolean;
}

/** Makes a call with the account's own key. */
export type DirectoryCaller = (call: AliCall) => Promise<JsonObject>;

interface Account {
  AccountId?: string | number;
  Status?: string;
}

interface ListAnswer {
  Accounts?: { Account?: Account[] };
  TotalCount?: number;
}

/** The most that the Resource Directory gives at once. */
const ACCOUNTS_AT_ONCE = 100;
/** What the Resource Directory calls an account that was made there, one that was invited, one that was promoted. */
const ACTIVE = ['CreateSuccess', 'InviteSuccess', 'PromoteSuccess'];

const product = PRODUCTS.resourcemanager;

/** The members of the resource directory whose management account the caller belongs to, sorted. */
export async function membersOf(call: DirectoryCaller, pageLimit: number): Promise<Member[]> {
  const members: Member[] = [];
  const pages = byNumber(ACCOUNTS_AT_ONCE)<Account>({
    async ask(parameters) {
      const answer: ListAnswer = await call({ product, action: 'ListAccounts', parameters });
      const { Account: items = [] } = required(answer.Accounts, 'Accounts');
      return { items, total: answer.TotalCount };
    },
    idOf: (account) => String(account.AccountId),
    resumeAt: undefined,
    pageLimit,
  });
  for await (const { items } of pages) members.push(...items.map(toMember));
  return members.sort((one, other) => (one.account < other.account ? -1 : 1));
}

/** A member as it is now. */
export async function memberOf(call: DirectoryCaller, account: string): Promise<Member> {
  const parameters = { AccountId: account };
  const answer: { Account?: Account } = await call({ product, action: 'GetAccount', parameters });
  return toMember(required(answer.Account, 'Account'));
}

function toMember({ AccountId: account, Status: status = '' }: Account): Member {
  return { account: String(required(account, 'AccountId')), isActive: ACTIVE.includes(status) };
}
