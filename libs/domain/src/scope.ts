/** Where an account is listed: a region, subscription, project or a whole vCenter. */
export interface Scope {
  /** Stable identity, part of every resource's key: `cn-north-4`, a subscription id, a vCenter's UUID. */
  key: string;
  /** For people. */
  name: string;
  /** The vendor's region that it is, or is in: what the account's setting `regions` names. */
  region?: string;
}
