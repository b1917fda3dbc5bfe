import {
  type Account,
  DescribeAccountCommand,
  ListAccountsCommand,
  type ListAccountsCommandOutput,
} from '@aws-sdk/client-organizations';

import { required } from '#vendor-kit';

import type { AwsCaller } from './listings.js';

/** An account of the organization. */
export interface Member {
  /** Twelve digits. */
  account: string;
  /** A suspended or closed one can't be listed. */
  isActive: boolean;
}

/** As many as AWS gives at once. */
const ACCOUNTS_AT_ONCE = 20;

/** The accounts of the organization that the caller belongs to, sorted. A page may be empty while there are more. */
export async function membersOf(call: AwsCaller): Promise<Member[]> {
  const members: Member[] = [];
  let token: string | undefined;
  do {
    const command = new ListAccountsCommand({ MaxResults: ACCOUNTS_AT_ONCE, NextToken: token });
    const output: ListAccountsCommandOutput = await call('organizations', command);
    for (const account of required(output.Accounts, 'Accounts')) {
      members.push({ account: required(account.Id, 'Accounts[].Id'), isActive: isActive(account) });
    }
    token = output.NextToken || undefined;
  } while (token !== undefined);
  return members.sort((one, other) => (one.account < other.account ? -1 : 1));
}

/** Whether an account is one that can be listed. */
export async function isMemberActive(call: AwsCaller, account: string): Promise<boolean> {
  const { Account } = await call('organizations', new DescribeAccountCommand({ AccountId: account }));
  return isActive(required(Account, 'Account'));
}

/** `State` is what `Status`, which AWS gives up, was. */
function isActive({ State, Status }: Account): boolean {
  return (State ?? Status) === 'ACTIVE';
}
