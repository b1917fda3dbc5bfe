import type { CallLimit, Scope, SyncError, Vendor } from '#domain';

import type { CallGate } from './call-gate.js';
import type { DocumentSource } from './document-source.js';
import type { HostIdentity } from './host-identity.js';
import type { ListingPreview } from './listing-preview.js';
import type { VendorNetwork } from './network/vendor-network.js';
import type { ResourceTable } from './resource-table.js';

/** An account as an adapter needs it: who it is at the vendor, its secrets, and its settings. */
export interface VendorAccess<Settings = object> {
  /** The account id at the vendor, as the user gave it. */
  accountId: string;
  /** COC's access key field: for vSphere the user name. */
  ak: string;
  /** COC's secret key field: for vSphere the password. */
  sk: string;
  settings: Settings;
  /** What every call to the vendor passes. */
  gate: CallGate;
  /** The way to the vendor: every connection is made by it. */
  network: VendorNetwork;
  /**
   * The leave to sign in as the machine that Muster runs on, which an account has whose settings ask for it
   * (`usesHostIdentity`) and whose tenant may. Without it nothing may be read of that identity. `ak` and `sk` are
   * empty then.
   */
  hostIdentity?: HostIdentity;
  /** What was uploaded for the account. The engine always has it. */
  documents?: DocumentSource;
}

/** A scope as the adapter finds it. A listing is told its key and name only. */
export interface OfferedScope extends Scope {
  /** The vendor's region that it is, or is in: what the account's setting `regions` names. */
  region?: string;
}

/**
 * A vendor as the engine sees it. Every method may throw anything; {@link VendorAdapter.classify} tells
 * what it meant.
 */
export interface VendorAdapter<Settings = object, Connection = unknown> {
  vendor: Vendor;
  /** How many units of one account may run at once, out of politeness to the vendor's API. */
  unitsAtOnce: number;
  /**
   * How often one account may call the vendor's APIs, by the name that its calls give to the gate, or what is
   * before the slash in it. An API
   * that isn't here is called as often as there is work, until the vendor throttles.
   */
  quotas?: Readonly<Record<string, CallLimit>>;
  /** Signs in. Cheap enough to serve as a check of the credentials. */
  connect(access: VendorAccess<Settings>, signal: AbortSignal): Promise<Connection>;
  /** Signs out and frees sockets. Never throws. */
  disconnect(connection: Connection): Promise<void>;
  /** Where the account has to be listed. */
  scopes(connection: Connection, signal: AbortSignal): Promise<readonly OfferedScope[]>;
  /**
   * What the account's listings begin with, of a vendor whose accounts say themselves what is made of it. A listing
   * that fails is part of the answer. Bounded, whatever the vendor sends, and without the account's secret.
   */
  preview?(connection: Connection, signal: AbortSignal): Promise<readonly ListingPreview[]>;
  /** Their item types are their own; the engine only hands the items back. */
  tables: readonly ResourceTable<Connection, unknown>[];
  /** The kind of a failure, from the vendor's error table; `undefined` when the table doesn't know it. */
  classify(error: unknown): SyncError | undefined;
}

/** Declares an adapter, hiding its types from the engine, which only ever hands them back. */
export function defineVendor<Settings extends object, Connection>(
  adapter: VendorAdapter<Settings, Connection>,
): VendorAdapter {
  return adapter;
}
