import { describe, expect, it } from '@jest/globals';

import { startVsphereSimulator } from '#simulators';
import { listResources, withConnection } from '#vendor-kit/testing';

import { vmwareAdapter } from './adapter.js';
import { RESOURCE_TYPES } from './vsphere-table.js';

describe('RESOURCE_TYPES', () => {
  it('knows every managed type that is listed, or relations to it would be left out', async () => {
    const { url, username, password, close } = await startVsphereSimulator({ preset: 'demo' });
    const adapter = vmwareAdapter();
    const access = { accountId: 'vc', ak: username, sk: password, settings: { endpoint: url } };
    const listed = new Map<string, string>();
    await withConnection(adapter, access, async (connected) => {
      for (const table of adapter.tables) {
        for (const { nativeId } of await listResources(table, connected)) {
          listed.set(nativeId.split(':')[1] ?? '', table.type);
        }
      }
    });
    await close();

    expect(listed.size).toBeGreaterThanOrEqual(adapter.tables.length);
    for (const [managedType, type] of listed) {
      expect([managedType, RESOURCE_TYPES[managedType]]).toEqual([managedType, type]);
    }
  });
});
