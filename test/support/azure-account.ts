import type { AzureSimulator } from '#simulators';

/** The body that adds a simulated Azure as an account. */
export function azureAccount(simulator: AzureSimulator, accountId = 'azure-1', settings: object = {}) {
  const { url, tenantId, clientId, clientSecret, caPem } = simulator;
  return {
    vendor: 'AZURE' as const,
    account_id: accountId,
    account_name: `Azure ${accountId}`,
    ak: clientId,
    sk: clientSecret,
    settings: { tenant_id: tenantId, endpoint: url, authority: url, tls_ca_pem: caPem, ...settings },
  };
}
