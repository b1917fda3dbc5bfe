import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject, JsonValue } from '#domain';

import { adapter } from './adapter.js';
import type { GraphRow } from './resource-graph.js';

const GROUP = '/subscriptions/0a/resourceGroups/Shop';
const SCOPE = { key: '0a', name: 'Shop' };

function resourceOf(type: string, id: string, row: Partial<GraphRow>) {
  const table = adapter.tables.find((candidate) => candidate.type === type);
  if (table === undefined) throw new Error(`there is no table ${type}`);
  const whole = { id: `${GROUP}/providers/${id}`, name: id.split('/').at(-1) ?? '', type: '', ...row };
  return table.toResource(whole, SCOPE);
}

function statusOf(type: string, properties: JsonObject, row: Partial<GraphRow> = {}) {
  const { status, nativeStatus } = resourceOf(type, 'Microsoft.Any/things/x', { properties, ...row });
  return [status, nativeStatus];
}

describe('a status', () => {
  it.each([
    ['PowerState/starting', 'starting'],
    ['PowerState/running', 'running'],
    ['PowerState/stopping', 'stopping'],
    ['PowerState/stopped', 'stopped'],
    ['PowerState/deallocating', 'stopping'],
    ['PowerState/deallocated', 'stopped'],
    ['PowerState/unknown', 'unknown'],
  ])('of a machine with %s is %s', (code, status) => {
    const properties = {
      provisioningState: 'Succeeded',
      extended: { instanceView: { powerState: { code } } },
    };
    expect(statusOf('cloudservers', properties)[0]).toBe(status);
  });

  it.each([
    ['volumes', { diskState: 'Reserved' }, ['available', 'Reserved']],
    ['volumes', { diskState: 'ActiveUpload' }, ['provisioning', 'ActiveUpload']],
    ['volumes', { diskState: 'Frozen' }, ['suspended', 'Frozen']],
    ['volumes', { diskState: 'SomethingNew' }, ['unknown', 'SomethingNew']],
    ['vpcs', { provisioningState: 'Updating' }, ['available', 'Updating']],
    ['vpcs', { provisioningState: 'Canceled' }, ['error', 'Canceled']],
    ['vpcs', {}, ['available', undefined]],
    ['publicips', { provisioningState: 'Succeeded' }, ['stopped', 'Succeeded']],
    ['publicips', { provisioningState: 'Failed' }, ['error', 'Failed']],
    ['instances', { status: 'Paused' }, ['stopped', 'Paused']],
    ['instances', { status: 'Resuming' }, ['starting', 'Resuming']],
    ['instances', { state: 'Inaccessible' }, ['error', 'Inaccessible']],
    ['instances', { provisioningState: 'Succeeded' }, ['running', 'Succeeded']],
    ['clusters', { provisioningState: 'Succeeded', powerState: { code: 'Stopped' } }, ['stopped', 'Stopped']],
    [
      'clusters',
      { provisioningState: 'Upgrading', powerState: { code: 'Running' } },
      ['running', 'Upgrading'],
    ],
    [
      'storageAccounts',
      { provisioningState: 'Succeeded', statusOfPrimary: 'unavailable' },
      ['error', 'unavailable'],
    ],
    ['functions', { state: 'Stopped' }, ['stopped', 'Stopped']],
    ['otherResources', { state: 'Disabled' }, ['suspended', 'Disabled']],
    [
      'otherResources',
      { state: { nested: true }, provisioningState: 'Creating' },
      ['provisioning', 'Creating'],
    ],
  ] as const)('of %s with %j is %j', (type, properties, status) => {
    expect(statusOf(type, properties)).toEqual(status);
  });
});

describe('relations', () => {
  const compute = `${GROUP}/providers/Microsoft.Compute`;
  const network = `${GROUP}/providers/Microsoft.Network`;

  it('of a machine lead to its disks, interfaces, image, scale set and group', () => {
    const { relations } = resourceOf('cloudservers', 'Microsoft.Compute/virtualMachines/web', {
      properties: {
        storageProfile: {
          imageReference: { id: `${compute}/galleries/g/images/i/versions/1.0.0` },
          osDisk: { managedDisk: { id: `${compute}/disks/os` } },
          dataDisks: [{ managedDisk: { id: `${compute}/DISKS/Data` } }, { lun: 1 }],
        },
        networkProfile: { networkInterfaces: [{ id: `${network}/networkInterfaces/n` }] },
        virtualMachineScaleSet: { id: `${compute}/virtualMachineScaleSets/set` },
      },
    });
    expect(relations.map(({ kind, type, nativeId }) => [kind, type, nativeId.split('/').at(-1)])).toEqual([
      ['attached_to', 'volumes', 'os'],
      ['attached_to', 'volumes', 'data'],
      ['attached_to', 'networkInterfaces', 'n'],
      ['member_of', 'scalingGroups', 'set'],
      ['created_from', 'images', '1.0.0'],
      ['contained_in', 'resourceGroups', 'shop'],
    ]);
  });

  it('of an instance of a uniform scale set lead to the set', () => {
    const id = 'Microsoft.Compute/virtualMachineScaleSets/set/virtualMachines/0';
    expect(resourceOf('cloudservers', id, {}).relations[0]).toMatchObject({
      kind: 'member_of',
      type: 'scalingGroups',
      nativeId: `${compute}/virtualMachineScaleSets/set`.toLowerCase(),
    });
  });
});

describe('a resource', () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
  /** Documents with the fields that tables look at, and anything in them. */
  const field = fc.constantFrom(
    ...[
      'provisioningState',
      'state',
      'status',
      'subnets',
      'ipConfigurations',
      'properties',
      'ipAddress',
      'id',
    ],
    ...[
      'networkProfile',
      'networkInterfaces',
      'storageProfile',
      'osDisk',
      'managedDisk',
      'extended',
      'zones',
    ],
    ...[
      'instanceView',
      'powerState',
      'code',
      'timeCreated',
      'powerState',
      'frontendIPConfigurations',
      'diskState',
    ],
  );
  const { document } = fc.letrec<{ document: JsonObject; value: JsonValue }>((tie) => ({
    value: fc.oneof(json, fc.array(tie('value'), { maxLength: 3 }), tie('document')),
    document: fc.dictionary(field, tie('value'), { maxKeys: 6 }),
  }));

  /** As it is after its way through JSON, which has no -0. */
  const sent = <Value>(values: fc.Arbitrary<Value>) =>
    values.map((value) => JSON.parse(JSON.stringify(value)) as Value);

  it.each(adapter.tables.map(({ type }) => type))('of %s is made of whatever Azure sends', (type) => {
    fc.assert(
      fc.property(
        sent(document),
        sent(fc.dictionary(fc.string(), json, { maxKeys: 3 })),
        (properties, tags) => {
          const resource = resourceOf(type, 'Microsoft.Any/things/X', { properties, tags, location: null });
          expect(JSON.parse(JSON.stringify(resource.properties))).toEqual(resource.properties);
          expect(Object.values(resource.tags).every((value) => typeof value === 'string')).toBe(true);
          expect(resource.addresses.every((address) => typeof address === 'string')).toBe(true);
          expect(resource.createdAt === undefined || resource.createdAt.getTime() > 0).toBe(true);
          // The same however often it is asked, and whatever else is asked.
          expect(resourceOf(type, 'Microsoft.Any/things/X', { properties, tags, location: null })).toEqual(
            resource,
          );
        },
      ),
      { numRuns: 50 },
    );
  });
});
