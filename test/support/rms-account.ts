import type { RmsSimulator } from '#simulators';

/** The body that adds a simulated Huawei Cloud as an account. */
export function rmsAccount(simulator: RmsSimulator, accountId = 'rms-1', settings: object = {}) {
  const { url, accessKey, secretKey, caPem } = simulator;
  const endpoints = { endpoint: url, iam_endpoint: url, ecs_endpoint: url };
  return {
    vendor: 'RMS' as const,
    account_id: accountId,
    account_name: `Huawei Cloud ${accountId}`,
    ak: accessKey,
    sk: secretKey,
    settings: { ...endpoints, tls_ca_pem: caPem, ...settings },
  };
}
