import type { ali } from '#simulators';

/** The body that adds a simulated Alibaba Cloud as an account. */
export function aliAccount(simulator: ali.AliSimulator, settings: object = {}) {
  return {
    vendor: 'ALI' as const,
    account_id: simulator.accountId,
    account_name: 'Simulated Alibaba Cloud',
    ak: simulator.accessKeyId,
    sk: simulator.accessKeySecret,
    settings: { endpoint: simulator.endpoint, ...settings },
  };
}
