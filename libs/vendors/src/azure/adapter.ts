import { defineVendor, type VendorAccess, type VendorAdapter, type VendorAgent } from '#vendor-kit';

import { httpAgent } from '../shared/http/http-agent.js';
import { isCertificatePem } from '../shared/http/http-client.js';
import { AzureError } from './azure-error.js';
import { AZURE_CLOUDS } from './clouds.js';
import { AzureConnection } from './connection.js';
import { classifyAzureError } from './errors.js';
import { AccessTokens } from './http/access-tokens.js';
import { ResourceManagerClient } from './http/resource-manager-client.js';
import { MAX_ANSWER_BYTES, VendorHttpClient } from './http/vendor-http-client.js';
import { QUOTAS } from './quotas.js';
import { type AzureSettings, originOf } from './settings.js';
import { buckets } from './tables/buckets.js';
import { cloudservers, images, keypairs, scalingGroups, snapshots, volumes } from './tables/compute.js';
import {
  loadbalancers,
  natGateways,
  networkInterfaces,
  publicips,
  routeTables,
  securityGroups,
  subnets,
  vpcs,
  zones,
} from './tables/network.js';
import {
  clusters,
  functions,
  instances,
  otherResources,
  resourceGroups,
  storageAccounts,
} from './tables/services.js';

/** The most that Resource Graph answers at once: some 4 MB of virtual machines. */
const ROWS_PER_PAGE = 1_000;
/** Resource Graph's quota of three queries a second is what bounds a sync; three more wait for their answers. */
const UNITS_AT_ONCE = 4;

/** The adapter of Azure. A smaller page is for tests. */
export function azureAdapter(rowsPerPage: number = ROWS_PER_PAGE): VendorAdapter {
  return defineVendor<AzureSettings, AzureConnection>({
    vendor: 'AZURE',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect(access, signal) {
      const agent = agentFor(access);
      try {
        const { client, tokens } = clientFor(access, agent);
        await tokens.get(signal);
        return new AzureConnection(client, agent, access.settings, rowsPerPage);
      } catch (error) {
        await agent.destroy();
        throw error;
      }
    },

    disconnect: async (connection) => {
      await connection.close();
    },

    /** A subscription is a scope: it is what Resource Graph looks into, what roles are given on, and what is paid. */
    scopes: async (connection, signal) => await connection.scopes(signal),

    tables: [
      resourceGroups,
      vpcs,
      subnets,
      routeTables,
      securityGroups,
      publicips,
      natGateways,
      loadbalancers,
      networkInterfaces,
      zones,
      keypairs,
      images,
      volumes,
      snapshots,
      scalingGroups,
      cloudservers,
      clusters,
      instances,
      storageAccounts,
      buckets,
      functions,
      otherResources,
    ],

    classify: classifyAzureError,
  });
}

function agentFor({ network, settings: { tls_ca_pem: caPem } }: VendorAccess<AzureSettings>): VendorAgent {
  if (caPem !== undefined && !isCertificatePem(caPem)) throw new AzureError('TLS_CA_INVALID', { host: '' });
  return httpAgent(network, { caPem, connections: UNITS_AT_ONCE, maxAnswerBytes: MAX_ANSWER_BYTES });
}

function clientFor({ ak, sk, settings, gate }: VendorAccess<AzureSettings>, agent: VendorAgent) {
  const cloud = AZURE_CLOUDS[settings.cloud ?? 'public'];
  const origin = (settings.endpoint && originOf(settings.endpoint)) ?? cloud.resourceManager;
  const authority = settings.authority && originOf(settings.authority);
  const http = new VendorHttpClient(agent);
  const signIn = {
    tenantId: settings.tenant_id,
    clientId: ak,
    secret: sk,
    certificatePem: settings.client_certificate_pem,
    authority: authority ?? cloud.authority,
    isOwnAuthority: authority !== undefined,
    audience: cloud.resourceManager,
  };
  const tokens = new AccessTokens(signIn, http, gate);
  return { tokens, client: new ResourceManagerClient(origin, http, tokens, gate) };
}

export const adapter = azureAdapter();
