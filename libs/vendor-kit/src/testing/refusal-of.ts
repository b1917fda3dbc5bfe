import { expect } from '@jest/globals';

import type { SyncError } from '#domain';

import type { VendorAdapter } from '../vendor-adapter.js';
import type { PeerAccess } from './list-resources.js';
import { openGate } from './open-gate.js';
import { openNetwork } from './open-network.js';

/** How connecting and finding the scopes fails, classified. Expects that nothing of it tells the secret. */
export async function refusalOf(adapter: VendorAdapter, access: PeerAccess): Promise<SyncError> {
  const never = new AbortController().signal;
  try {
    const connection = await adapter.connect({ ...access, gate: openGate, network: openNetwork }, never);
    try {
      await adapter.scopes(connection, never);
    } finally {
      await adapter.disconnect(connection);
    }
  } catch (error) {
    const classified = adapter.classify(error);
    if (classified === undefined) throw error;
    expect(`${classified.message} ${String(error)} ${JSON.stringify(error)}`).not.toContain(access.sk);
    return classified;
  }
  throw new Error('it connected');
}
