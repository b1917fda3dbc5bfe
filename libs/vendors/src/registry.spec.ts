import { describe, expect, it } from '@jest/globals';

import { AccountSettings } from '#vendor-kit';

import { VENDOR_CATALOG } from './catalog.js';
import { VENDOR_REGISTRY } from './registry.js';

describe('the vendors', () => {
  it('are in the catalogue and in the registry, each once', () => {
    const catalogued = VENDOR_CATALOG.map(({ vendor }) => vendor).sort();
    expect(catalogued).toEqual(Object.keys(VENDOR_REGISTRY).sort());
    expect(new Set(catalogued).size).toBe(catalogued.length);
  });

  it.each(VENDOR_CATALOG.map(({ vendor, settings }) => [vendor, settings] as const))(
    '%s has the settings that all vendors have',
    (_vendor, Settings) => {
      expect(new Settings()).toBeInstanceOf(AccountSettings);
    },
  );

  it.each(VENDOR_CATALOG.map((manifest) => [manifest.vendor, manifest] as const))(
    '%s loads the adapter that its manifest describes',
    async (vendor, manifest) => {
      const adapter = await VENDOR_REGISTRY[vendor]?.();
      expect(adapter?.vendor).toBe(vendor);
      expect(adapter?.preview !== undefined).toBe(manifest.hasPreview === true);
      expect(adapter?.tables.map(({ type }) => type).sort()).toEqual([...manifest.resourceTypes].sort());
    },
  );
});
