import type { VendorAccess } from '#vendor-kit';

import { httpAgent } from '../../shared/http/http-agent.js';
import { HttpClient, isCertificatePem } from '../../shared/http/http-client.js';
import { HuaweiError } from '../../shared/huawei-api/huawei-error.js';
import { serviceOrigin } from '../endpoints.js';
import { apiOf } from '../quotas.js';
import type { HcsSettings } from '../settings.js';
import { ManageOneClient } from './manageone-client.js';
import { ManageOneConnection } from './manageone-connection.js';

/** A page of 1,000 rows is some 3 MB. */
const MAX_ANSWER_BYTES = 64 * 1_048_576;
/** All of an account's calls go one after the other: ManageOne's console, which people use, has the same server. */
const CALLS_AT_ONCE = 1;

/**
 * Signs in to ManageOne, and leaves nothing open when that fails.
 * @throws {HuaweiError} `TLS_CA_INVALID`; and whatever signing in throws
 */
export async function connectManageOne(
  { ak, sk, settings, network, gate }: VendorAccess<HcsSettings>,
  pageSize: number,
  signal: AbortSignal,
): Promise<ManageOneConnection> {
  const { tls_ca_pem: caPem, home_region: region } = settings;
  if (caPem !== undefined && !isCertificatePem(caPem)) throw new HuaweiError('TLS_CA_INVALID', { host: '' });
  const agent = httpAgent(network, { caPem, connections: CALLS_AT_ONCE, maxAnswerBytes: MAX_ANSWER_BYTES });
  const http = new HttpClient(agent, MAX_ANSWER_BYTES);
  const signIn = {
    origin: serviceOrigin('oc', region, settings),
    userName: ak,
    password: sk,
    api: apiOf('oc', region),
  };
  const client = new ManageOneClient(http, signIn, gate);
  const connection = new ManageOneConnection({ client, agent, settings, pageSize });
  try {
    await client.connect(signal);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
