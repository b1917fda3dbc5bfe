import { describe, expect, it } from '@jest/globals';

import { isAllowed } from './allowed-actions.js';

const DISKS = 'Microsoft.Compute/disks/read';

describe('isAllowed', () => {
  it.each([
    [DISKS, [{ actions: ['*/read'] }], true],
    [DISKS, [{ actions: ['*'] }], true],
    [DISKS, [{ actions: ['microsoft.compute/*'] }], true],
    [DISKS, [{ actions: ['Microsoft.Compute/*/read'] }], true],
    [DISKS, [{ actions: ['Microsoft.Compute/virtualMachines/read'] }], false],
    [DISKS, [{ actions: ['*'], notActions: ['Microsoft.Compute/disks/*'] }], false],
    // What one role takes out, another may give.
    [DISKS, [{ actions: ['*'], notActions: [DISKS] }, { actions: [DISKS] }], true],
    [DISKS, [{ actions: ['MicrosoftXCompute/disks/read'] }], false],
    [DISKS, [{}], false],
    [DISKS, [], false],
    ['*/read', [{ actions: ['*'] }], true],
    ['*/read', [{ actions: ['*/read'], notActions: ['Microsoft.Compute/*/write'] }], true],
    ['*/read', [{ actions: ['Microsoft.Compute/*'] }], false],
    ['*/read', [{ actions: ['*'], notActions: [DISKS] }], false],
    ['*/read', [{ actions: ['*'], notActions: ['Microsoft.KeyVault/*/read'] }], false],
    ['*/read', [{ actions: ['*'], notActions: ['Microsoft.KeyVault/*'] }], false],
    // Contributor: all but to give roles.
    ['*/read', [{ actions: ['*'], notActions: ['Microsoft.Authorization/*/Write'] }], true],
  ])('%s by %j: %s', (action, granted, allowed) => {
    expect(isAllowed(action, granted)).toBe(allowed);
  });
});
