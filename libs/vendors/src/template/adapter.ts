import { defineVendor, type VendorAccess, type VendorAdapter, type VendorAgent } from '#vendor-kit';

import { httpAgent } from '../shared/http/http-agent.js';
import { HttpClient, isCertificatePem } from '../shared/http/http-client.js';
import { TemplateConnection } from './connection.js';
import { classifyTemplateError } from './errors.js';
import { QUOTAS } from './quotas.js';
import type { TemplateSettings } from './settings.js';
import { cloudservers } from './tables/cloudservers.js';
import { volumes } from './tables/volumes.js';
import { TemplateClient } from './template-client.js';
import { TemplateError } from './template-error.js';

/** The vendor's largest page. */
const ITEMS_PER_PAGE = 500;
/** Out of politeness. */
const UNITS_AT_ONCE = 4;

const MAX_ANSWER_BYTES = 64 * 1_048_576;

/** The adapter. A smaller page is for tests. */
export function templateAdapter(itemsPerPage: number = ITEMS_PER_PAGE): VendorAdapter {
  return defineVendor<TemplateSettings, TemplateConnection>({
    vendor: 'OTHER',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect(access, signal) {
      const agent = agentFor(access);
      const { ak, sk, gate, settings } = access;
      const client = new TemplateClient(new HttpClient(agent, MAX_ANSWER_BYTES), {
        endpoint: new URL(settings.endpoint),
        ak,
        sk,
        gate,
      });
      const connection = new TemplateConnection(client, agent, itemsPerPage);
      try {
        // Nothing is signed in to, so a cheap call tells whether the key is good.
        await connection.scopes(signal);
        return connection;
      } catch (error) {
        await connection.close();
        throw error;
      }
    },

    disconnect: async (connection) => {
      await connection.close();
    },

    scopes: async (connection, signal) => await connection.scopes(signal),

    // What others refer to comes first.
    tables: [volumes, cloudservers],

    classify: classifyTemplateError,
  });
}

function agentFor({ network, settings: { tls_ca_pem: caPem } }: VendorAccess<TemplateSettings>): VendorAgent {
  if (caPem !== undefined && !isCertificatePem(caPem))
    throw new TemplateError('TLS_CA_INVALID', { host: '' });
  return httpAgent(network, { caPem, connections: UNITS_AT_ONCE, maxAnswerBytes: MAX_ANSWER_BYTES });
}

export const adapter = templateAdapter();
