import type { Document } from './network-estate.js';

/** The accounts of an organization, of which the management account is one. */
export class SimulatedOrganization {
  private readonly suspended = new Set<string>();

  constructor(
    readonly management: string,
    private readonly members: readonly string[],
  ) {}

  /** As Organizations describes them. */
  accounts(): Document[] {
    return [this.management, ...this.members].map((account) => {
      const state = this.suspended.has(account) ? 'SUSPENDED' : 'ACTIVE';
      return {
        Id: account,
        Arn: `arn:aws:organizations::${this.management}:account/o-simulated/${account}`,
        Name: `Account ${account}`,
        Status: state,
        State: state,
      };
    });
  }

  /** Closes a member: nobody signs in to it any more. */
  suspend(account: string): void {
    this.suspended.add(account);
  }

  isSuspended(account: string): boolean {
    return this.suspended.has(account);
  }
}
