import type { SyncError } from '#domain';

import type { VendorAdapter } from '../vendor-adapter.js';

/** How something fails, classified by the adapter. Fails with what the adapter doesn't know. */
export async function classifiedFailureOf(
  adapter: Pick<VendorAdapter, 'classify'>,
  work: Promise<unknown>,
): Promise<SyncError> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  const classified = adapter.classify(error);
  if (classified === undefined) throw error;
  return classified;
}
