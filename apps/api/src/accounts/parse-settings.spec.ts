import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';

import { AccountSettings, type VendorManifest } from '#vendor-kit';

import { parseSettings } from './parse-settings.js';

const manifest: VendorManifest = {
  vendor: 'AWS',
  title: 'A vendor with regions',
  credentials: { ak: '', sk: '' },
  settings: AccountSettings,
  hasRegions: true,
  resourceTypes: ['cloudservers', 'volumes', 'networks'],
};
const without: VendorManifest = { ...manifest, vendor: 'VMWARE', hasRegions: false };
const many = Array.from({ length: 30 }, (_, number) => `type${number}`);
const LIST = 'must be a list of 1 to 500 different';

describe('parseSettings', () => {
  it.each([
    {},
    { regions: ['r-1', 'r-2'] },
    { resource_types: {} },
    { resource_types: { include: ['volumes'] }, api_quota_percent: 5 },
    { resource_types: { exclude: ['volumes', 'networks'] } },
    { resource_types: { include: ['volumes', 'networks'], exclude: ['networks'] } },
  ])('takes %j', async (settings) => {
    expect(JSON.parse(JSON.stringify(await parseSettings(manifest, settings)))).toEqual(settings);
  });

  it.each<[object, string]>([
    [{ regions: [] }, `settings.regions ${LIST} regions`],
    [{ regions: 'r-1' }, `settings.regions ${LIST} regions`],
    [{ regions: ['r-1', 'r-1'] }, `settings.regions ${LIST} regions`],
    [{ regions: ['r-1', 5] }, `settings.regions ${LIST} regions`],
    [{ regions: [''] }, `settings.regions ${LIST} regions`],
    [{ regions: ['r'.repeat(65)] }, `settings.regions ${LIST} regions`],
    [{ resource_types: ['volumes'] }, 'settings.resource_types must be an object with the lists include or'],
    [{ resource_types: { include: [] } }, `settings.resource_types.include ${LIST} resource types`],
    [{ resource_types: { exclude: 'volumes' } }, `settings.resource_types.exclude ${LIST} resource types`],
    [
      { resource_types: { only: ['volumes'] } },
      'settings.resource_types.only is not known here (known: settings.resource_types.include, ',
    ],
    [
      { resource_types: { include: ['volumes', 'disks'] } },
      'settings.resource_types.include: AWS has no type disks (known: cloudservers, volumes, networks)',
    ],
    [
      { resource_types: { exclude: ['cloudservers', 'volumes', 'networks'] } },
      'settings.resource_types leaves no type of AWS to list',
    ],
    [
      { resource_types: { include: ['volumes'], exclude: ['volumes'] } },
      'settings.resource_types leaves no type of AWS to list',
    ],
  ])('refuses %j', async (settings, message) => {
    await expect(parseSettings(manifest, settings)).rejects.toMatchObject({
      code: 'COC.00010002',
      message: expect.stringContaining(message),
    });
  });

  it('refuses regions where there are none', async () => {
    await expect(parseSettings(without, { regions: ['r-1'] })).rejects.toThrow(
      'settings.regions cannot be set: VMWARE has no regions',
    );
  });

  it('does not list all types of a vendor with many', async () => {
    const settings = { resource_types: { include: ['x'] } };
    await expect(parseSettings({ ...manifest, resourceTypes: many }, settings)).rejects.toThrow(
      /type10, type11, …\)$/,
    );
  });
});
