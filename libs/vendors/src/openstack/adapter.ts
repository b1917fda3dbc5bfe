import { defineVendor, type VendorAccess, type VendorAdapter, type VendorAgent } from '#vendor-kit';

import { httpAgent } from '../shared/http/http-agent.js';
import { HttpClient, isCertificatePem } from '../shared/http/http-client.js';
import { authUrl } from './auth-url.js';
import { OpenstackConnection } from './connection.js';
import { classifyOpenstackError } from './errors.js';
import { Identity } from './identity.js';
import { OpenstackError } from './openstack-error.js';
import { OpenstackHttp } from './openstack-http.js';
import { ServiceClient } from './service-client.js';
import type { OpenstackSettings } from './settings.js';
import { TABLES } from './tables.js';

/** A page of servers is a megabyte or so; the services' own limit is 1,000 by default, and cut where it is less. */
const ITEMS_PER_PAGE = 500;
/** Control planes are small, and shared with those who work with them. */
const UNITS_AT_ONCE = 4;

/** A page of 500 servers with long metadata and many addresses is some 10 MB. */
const MAX_ANSWER_BYTES = 128 * 1_048_576;

/** The adapter of OpenStack. A smaller page is for tests. */
export function openstackAdapter(itemsPerPage: number = ITEMS_PER_PAGE): VendorAdapter {
  return defineVendor<OpenstackSettings, OpenstackConnection>({
    vendor: 'OPENSTACK',
    unitsAtOnce: UNITS_AT_ONCE,

    async connect(access, signal) {
      const agent = agentFor(access);
      try {
        const connection = connectionOf(access, agent, itemsPerPage);
        await connection.identity.token(undefined, signal);
        return connection;
      } catch (error) {
        await agent.destroy();
        throw error;
      }
    },

    /** Tokens end by themselves. To revoke one would end those of the same user's other connections in old Keystones. */
    disconnect: async (connection) => {
      await connection.close();
    },

    scopes: async (connection, signal) => await connection.scopes(signal),
    tables: TABLES,
    classify: classifyOpenstackError,
  });
}

function agentFor({ network, settings }: VendorAccess<OpenstackSettings>): VendorAgent {
  const { tls_ca_pem: caPem, endpoint } = settings;
  if (caPem !== undefined && !isCertificatePem(caPem))
    throw new OpenstackError('TLS_CA_INVALID', { host: endpoint });
  return httpAgent(network, { caPem, connections: UNITS_AT_ONCE, maxAnswerBytes: MAX_ANSWER_BYTES });
}

function connectionOf(
  { ak, sk, settings, gate }: VendorAccess<OpenstackSettings>,
  agent: VendorAgent,
  itemsPerPage: number,
): OpenstackConnection {
  const url = authUrl(settings.endpoint);
  if (url === undefined) throw new OpenstackError('NOT_KEYSTONE', { host: settings.endpoint });
  const http = new OpenstackHttp(new HttpClient(agent, MAX_ANSWER_BYTES), gate);
  const identity = new Identity({ url, ak, sk, settings }, http);
  const services = new ServiceClient(identity, http, settings);
  return new OpenstackConnection({ identity, services, agent, settings, itemsPerPage });
}

export const adapter = openstackAdapter();
