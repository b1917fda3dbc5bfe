import { SyncError, type SyncErrorKind } from '#domain';
import type { ResourceTable, VendorAdapter } from '#vendor-kit';

/** The few things of a table that matter to its errors. */
type FailingTable = Pick<ResourceTable<never, unknown>, 'type' | 'permissions' | 'errors'>;

/**
 * What a failure at the vendor means: by the table's own additions, else the vendor's error table. Anything
 * neither knows is a bug, ours or the vendor's; its text stays in the log, since nobody vouches for it.
 */
export function toSyncError(error: unknown, adapter: VendorAdapter, table?: FailingTable): SyncError {
  const classified = error instanceof SyncError ? error : adapter.classify(error);
  if (classified === undefined) {
    const name = error instanceof Error ? error.name : typeof error;
    return new SyncError('bug', `Unexpected ${name}; the worker's log has the details.`, { cause: error });
  }
  const kind = ownKind(table?.errors, classified.vendorCode) ?? classified.kind;
  const needs =
    kind === 'permission' && table ? ` Listing ${table.type} needs: ${table.permissions.join(', ')}.` : '';
  return new SyncError(kind, classified.message + needs, {
    ...(classified.vendorCode === undefined ? {} : { vendorCode: classified.vendorCode }),
    ...(classified.retryAfterMs === undefined ? {} : { retryAfterMs: classified.retryAfterMs }),
    cursorExpired: classified.cursorExpired,
    cause: classified.cause ?? error,
  });
}

/** Not of what every object inherits: a vendor's code may be any word, `constructor` too. */
function ownKind(errors: FailingTable['errors'], code = ''): SyncErrorKind | undefined {
  return errors !== undefined && Object.hasOwn(errors, code) ? errors[code] : undefined;
}
