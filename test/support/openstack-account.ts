import type { openstack } from '#simulators';

/** The body that adds a simulated OpenStack as an account of one of its users. */
export function openstackAccount(
  simulator: openstack.OpenstackSimulator,
  accountId: string,
  { user = 'member', ...settings }: { user?: string } & Record<string, unknown> = {},
) {
  const { authUrl, password, caPem } = simulator;
  return {
    vendor: 'OPENSTACK' as const,
    account_id: accountId,
    account_name: `OpenStack ${accountId}`,
    ak: user,
    sk: password,
    settings: {
      endpoint: authUrl,
      ...(caPem === undefined ? {} : { tls_ca_pem: caPem }),
      ...settings,
    },
  };
}
