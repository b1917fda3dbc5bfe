/** Where an account is listed: a region, subscription, project or a whole vCenter. */
export interface Scope {
  /** Stable identity, part of every resource's key: `cn-north-4`, a subscription id, a vCenter's UUID. */
  key: string;
  /** For people. */
  name: string;
}
