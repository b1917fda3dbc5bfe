import type { Schemas } from '#client';
import type { VsphereSimulator } from '#simulators';

/** The body that adds a simulated vCenter as an account. */
export function vcenterAccount(
  simulator: VsphereSimulator,
  accountId = 'vc-1',
  settings: Partial<Schemas['VmwareSettings']> = {},
): Schemas['CreateAccount'] {
  return {
    vendor: 'VMWARE',
    account_id: accountId,
    account_name: `vCenter ${accountId}`,
    ak: simulator.username,
    sk: simulator.password,
    settings: { endpoint: simulator.url, ...settings },
  };
}
