import type { JsonObject } from '#domain';

import { AliFault } from './ali-fault.js';
import { wholeNumber } from './operations.js';

const MAX_PAGE = 100;

/** A resource directory: a management account and its members, each of which has a role for it. */
export class SimulatedDirectory {
  private readonly inactive = new Set<string>();
  private readonly refusing = new Set<string>();

  constructor(
    readonly management: string,
    /** Account numbers. */
    readonly members: readonly string[],
    /** The name of the role that members have. */
    readonly role: string,
  ) {}

  /** Takes the role out of a member. */
  refuse(account: string): void {
    this.refusing.add(account);
  }

  /** Begins to delete a member: nobody signs in to it any more. */
  deactivate(account: string): void {
    this.inactive.add(account);
  }

  isInactive(account: string): boolean {
    return this.inactive.has(account);
  }

  /** Whether it is a role that may be assumed. */
  hasRole(arn: string): boolean {
    const [, account = '', role] = /^acs:ram::(\d+):role\/(.+)$/.exec(arn) ?? [];
    return this.members.includes(account) && role === this.role && !this.refusing.has(account);
  }

  /** @throws {AliFault} as ResourceManager does */
  answer(action: string, parameters: URLSearchParams, caller: string): JsonObject | undefined {
    if (caller !== this.management) {
      throw new AliFault(404, 'EntityNotExists.ResourceDirectory', 'The account has no resource directory.');
    }
    if (action === 'ListAccounts') return this.list(parameters);
    if (action !== 'GetAccount') return undefined;
    const account = parameters.get('AccountId') ?? '';
    if (!this.members.includes(account)) {
      throw new AliFault(404, 'EntityNotExists.Account', 'The specified account does not exist.');
    }
    return { Account: this.describe(account) };
  }

  private list(parameters: URLSearchParams): JsonObject {
    const size = wholeNumber(parameters, 'PageSize', 10);
    if (size > MAX_PAGE) {
      throw new AliFault(400, 'InvalidParameter.PageSize', `PageSize is at most ${String(MAX_PAGE)}.`);
    }
    const number = wholeNumber(parameters, 'PageNumber', 1);
    const page = this.members.slice((number - 1) * size, number * size);
    return {
      Accounts: { Account: page.map((account) => this.describe(account)) },
      PageNumber: number,
      PageSize: size,
      TotalCount: this.members.length,
    };
  }

  private describe(account: string): JsonObject {
    return {
      AccountId: account,
      AccountName: `member@${account}.example.com`,
      DisplayName: `Member ${account}`,
      FolderId: 'fd-simulated',
      ResourceDirectoryId: 'rd-simulated',
      JoinMethod: 'created',
      Type: 'ResourceAccount',
      Status: this.inactive.has(account) ? 'Deleting' : 'CreateSuccess',
      JoinTime: '2025-06-01T08:00:00Z',
      ModifyTime: '2025-06-01T08:00:00Z',
    };
  }
}
