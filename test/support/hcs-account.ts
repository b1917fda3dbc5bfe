import type { HcsSimulator } from '#simulators';

/** The body that adds a tenant of a simulated Huawei Cloud Stack as an account. */
export function hcsAccount(simulator: HcsSimulator, accountId = 'hcs-1', settings: object = {}) {
  const { url, accessKey, secretKey, caPem } = simulator;
  const place = { home_region: 'sa-fb-1', cloud_domain: 'cloud.example.com', endpoint: url };
  return {
    vendor: 'HCS' as const,
    account_id: accountId,
    account_name: `Huawei Cloud Stack ${accountId}`,
    ak: accessKey,
    sk: secretKey,
    settings: { ...place, tls_ca_pem: caPem, ...settings },
  };
}

/** The body that adds a simulated Huawei Cloud Stack's operator, by ManageOne, as an account. */
export function manageOneAccount(simulator: HcsSimulator, accountId = 'manageone-1', settings: object = {}) {
  const account = hcsAccount(simulator, accountId, { source: 'manageone', ...settings });
  return { ...account, ak: simulator.userName, sk: simulator.password };
}
