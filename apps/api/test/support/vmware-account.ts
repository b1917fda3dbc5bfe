import type { Schemas } from '#client';

/** A body that adds an account, of a vCenter that need not exist. */
export function vmwareAccount(accountId: string, changes: object = {}): Schemas['CreateAccount'] {
  return {
    vendor: 'VMWARE',
    account_id: accountId,
    account_name: `vCenter ${accountId}`,
    ak: `user-${accountId}`,
    sk: `password-${accountId}`,
    settings: { endpoint: 'https://vcenter.example' },
    ...changes,
  };
}
