import type { SimulatedDirectory } from './directory.js';
import type { AliEstate } from './estate.js';
import type { InjectedFailures } from './injected-failures.js';
import type { KeyRing, SimulatedKey } from './key-ring.js';

/** What a simulated Alibaba Cloud knows. */
export interface AliState {
  estate: AliEstate;
  /** Of the members of the resource directory, by account. */
  memberEstates: ReadonlyMap<string, AliEstate>;
  directory: SimulatedDirectory | undefined;
  keys: KeyRing;
  failures: InjectedFailures;
}

/** What the account of a key has. */
export function estateOf({ estate, memberEstates }: AliState, { accountId }: SimulatedKey): AliEstate {
  return memberEstates.get(accountId) ?? estate;
}
