import type { Resource, Scope, SyncErrorKind } from '#domain';

import type { OfferedScope } from './vendor-adapter.js';

/** One page of a listing. */
export interface Page<Item> {
  items: readonly Item[];
  /**
   * Where to go on after this page, if the listing has to be resumed: it is committed with the page's rows
   * and handed back to {@link ResourceTable.pages}. Absent on the last page, and only there: that is how a
   * table says that it has listed everything. Opaque to the engine; may hold no secret. One that the vendor
   * doesn't accept any more is answered by a `SyncError` with `cursorExpired`.
   */
  resumeAt?: string;
  /**
   * When the listing began, by the vendor's clock: on its first page, of a table with {@link ResourceTable.incremental}.
   * A later listing is of what has changed since then. Without it the next one is of all.
   */
  asOf?: Date;
}

/** What a listing works with. */
export interface Listing<Connection> {
  connection: Connection;
  scope: Scope;
  /** The `resumeAt` of the last committed page; absent at the start. */
  resumeAt?: string;
  /**
   * Of a table with {@link ResourceTable.incremental}: list what has changed since then, by the vendor's clock. Absent:
   * list all.
   */
  since?: Date;
  /** Aborts when the unit is cancelled, lost to another worker, or the process shuts down. */
  signal: AbortSignal;
}

/** How a vendor tells what has changed. An account's settings say how often it is asked for that instead of for all. */
export interface IncrementalListing<Item> {
  /**
   * How far a listing reaches back behind the moment at which the one before it began, in milliseconds: by as much as
   * the clocks of the vendor's servers may differ, and a change take until it is listed.
   */
  overlapMs: number;
  /**
   * The native id of an item by which the vendor says that the resource is deleted; `undefined` of one that is there.
   * Only what is named so is deleted by an incremental listing. Absent: the vendor names none, and what is deleted stays
   * until all is listed again. Pure.
   */
  deletedIdOf?(item: Item): string | undefined;
}

/** How one resource type is read from one vendor. One file per table, in the vendor's `tables/`. */
export interface ResourceTable<Connection, Item> {
  /** Our name of the type, the same for every vendor (`docs/resource-types.md`). */
  type: string;
  /** What the account must be allowed to do, in the vendor's words; shown when it refuses. */
  permissions: readonly string[];
  /** What this call adds to the vendor's own error table: vendor code → kind. */
  errors?: Readonly<Record<string, SyncErrorKind>>;
  /**
   * What changes by itself in the vendor's document and yet is worth showing, as JSON Pointers (RFC 6901)
   * from a resource's `properties`, through objects only: `/summary/quickStats`. A change of nothing else is
   * none: it is left out of the content hash and of change history, and stored with the next real change.
   * What nobody needs is better left out of `properties` by {@link ResourceTable.toResource}.
   */
  volatile?: readonly `/${string}`[];
  /** How the vendor tells what has changed. Absent: every listing is of all. */
  incremental?: IncrementalListing<Item>;
  /**
   * Whether the type is listed in a scope at all, of a vendor whose scopes are of different sorts: what is listed
   * once for the whole account is not in each of its regions. Pure. Default: in every scope.
   */
  isListedIn?(scope: OfferedScope): boolean;
  /**
   * Lists the type in a scope, page by page, from `resumeAt` on. The last page, empty or not, is the one
   * without `resumeAt`. A listing that cannot be completed throws; it never just ends. One whose place the
   * vendor has forgotten throws a `SyncError` with `cursorExpired` (or `classify` makes it one): the engine
   * then lists from the first page again, a few times at most. What was written stays and is harmless.
   */
  pages(listing: Listing<Connection>): AsyncIterable<Page<Item>>;
  /** Normalizes one item. Pure. */
  toResource(item: Item, scope: Scope): Resource;
}

/** Declares a table; only there so that the compiler infers the types and checks the shape. */
export function defineResourceTable<Connection, Item>(
  table: ResourceTable<Connection, Item>,
): ResourceTable<Connection, Item> {
  return table;
}
