import { readKeySecret, type VendorAccess, type VendorAgent } from '#vendor-kit';

import { httpAgent } from '../http/http-agent.js';
import { HttpClient, isCertificatePem } from '../http/http-client.js';
import { HuaweiClient } from './huawei-client.js';
import { HuaweiError } from './huawei-error.js';

/** A page of 1,000 resources is some 4 MB, their largest documents included a few times that. */
const MAX_ANSWER_BYTES = 64 * 1_048_576;

/** What an account calls by. */
export interface HuaweiAccess {
  agent: VendorAgent;
  client: HuaweiClient;
}

/**
 * Makes an account's connection, and frees its sockets when that fails.
 * @param connections how many there may be to one host
 * @throws {HuaweiError} `TLS_CA_INVALID`; and whatever `connect` throws
 */
export async function connectHuawei<Connection>(
  { ak, sk, settings: { tls_ca_pem: caPem }, network, gate }: VendorAccess<{ tls_ca_pem?: string }>,
  connections: number,
  connect: (access: HuaweiAccess) => Promise<Connection>,
): Promise<Connection> {
  if (caPem !== undefined && !isCertificatePem(caPem)) throw new HuaweiError('TLS_CA_INVALID', { host: '' });
  const agent = httpAgent(network, { caPem, connections, maxAnswerBytes: MAX_ANSWER_BYTES });
  try {
    const http = new HttpClient(agent, MAX_ANSWER_BYTES);
    const { secret, token } = readKeySecret(sk);
    const key = {
      accessKey: ak,
      secretKey: secret,
      ...(token === undefined ? {} : { securityToken: token }),
    };
    const client = new HuaweiClient(http, key, gate);
    return await connect({ agent, client });
  } catch (error) {
    await agent.destroy();
    throw error;
  }
}
