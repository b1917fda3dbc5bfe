import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { resourceOfId } from './resource-types.js';

const GROUP = '/subscriptions/0a/resourceGroups/Shop';
const NETWORK = `${GROUP}/providers/Microsoft.Network`;

describe('resourceOfId', () => {
  it.each([
    [GROUP, 'resourceGroups', GROUP],
    [`${NETWORK}/virtualNetworks/net`, 'vpcs', `${NETWORK}/virtualNetworks/net`],
    [`${NETWORK}/virtualNetworks/net/subnets/a`, 'subnets', `${NETWORK}/virtualNetworks/net/subnets/a`],
    [`${NETWORK}/loadBalancers/lb/backendAddressPools/web`, 'loadbalancers', `${NETWORK}/loadBalancers/lb`],
    [
      `${NETWORK}/networkInterfaces/n/ipConfigurations/i`,
      'networkInterfaces',
      `${NETWORK}/networkInterfaces/n`,
    ],
    [
      `${GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/3/networkInterfaces/n`,
      'cloudservers',
      `${GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/3`,
    ],
    [
      `${GROUP}/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0`,
      'images',
      `${GROUP}/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0`,
    ],
    [
      `${GROUP}/providers/Microsoft.Storage/storageAccounts/s/blobServices/default/containers/c`,
      'buckets',
      `${GROUP}/providers/Microsoft.Storage/storageAccounts/s/blobServices/default/containers/c`,
    ],
    [
      `${GROUP}/providers/Microsoft.Sql/servers/s`,
      'otherResources',
      `${GROUP}/providers/Microsoft.Sql/servers/s`,
    ],
  ])('takes %s for one of %s', (id, type, whole) => {
    expect(resourceOfId(id)).toEqual({ type, nativeId: whole.toLowerCase() });
  });

  it.each([
    'set below',
    '',
    '/subscriptions/0a',
    '/providers/Microsoft.Billing/billingAccounts/1',
    `${NETWORK}/virtualNetworks`,
  ])('takes %j for none', (id) => {
    expect(resourceOfId(id)).toBeUndefined();
  });

  it('is the same however Azure writes the id, and a part of it', () => {
    const name = fc.stringMatching(/^[\w.-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 4 }), name, (parts, provider) => {
        const id = `${GROUP}/providers/${provider}/${parts.flat().join('/')}`;
        const found = resourceOfId(id);
        expect(resourceOfId(id.toUpperCase())).toEqual(found);
        expect(id.toLowerCase().startsWith(found?.nativeId ?? 'nothing')).toBe(true);
      }),
    );
  });
});
