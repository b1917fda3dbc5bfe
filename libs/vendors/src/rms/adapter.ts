import { defineVendor, type VendorAccess, type VendorAdapter, type VendorAgent } from '#vendor-kit';

import { httpAgent } from '../shared/http/http-agent.js';
import { HttpClient, isCertificatePem } from '../shared/http/http-client.js';
import { findDomain, RmsConnection } from './connection.js';
import { classifyRmsError } from './errors.js';
import { QUOTAS } from './quotas.js';
import { RmsClient } from './rms-client.js';
import { RmsError } from './rms-error.js';
import type { RmsSettings } from './settings.js';
import { cloudservers, images, scalingGroups, volumes } from './tables/compute.js';
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
import { buckets, clusters, instances, otherResources } from './tables/services.js';

/** The most that Config answers at once ("Querying All Resources Under Your Account"). */
const RESOURCES_PER_PAGE = 200;
/** Calls are short, and of one service; more at once would only meet its limit sooner. */
const UNITS_AT_ONCE = 4;

/** A page of 200 resources is some 400 kB, their largest documents included a few MB. */
const MAX_ANSWER_BYTES = 64 * 1_048_576;

/** The adapter of Huawei Cloud. A smaller page is for tests. */
export function rmsAdapter(resourcesPerPage: number = RESOURCES_PER_PAGE): VendorAdapter {
  return defineVendor<RmsSettings, RmsConnection>({
    vendor: 'RMS',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect(access, signal) {
      const { ak, sk, settings, gate } = access;
      const agent = agentFor(access);
      try {
        const http = new HttpClient(agent, MAX_ANSWER_BYTES);
        const client = new RmsClient(http, { accessKey: ak, secretKey: sk }, gate);
        const domainId = await findDomain(client, settings, signal);
        return new RmsConnection({ client, agent, settings, domainId, pageSize: resourcesPerPage });
      } catch (error) {
        await agent.destroy();
        throw error;
      }
    },

    /** There is no session to end. */
    disconnect: async (connection) => {
      await connection.close();
    },

    /** A region is a scope, and what is in none is one, too: so Config tells resources apart. */
    scopes: (connection, signal) => connection.scopes(signal),

    tables: [
      vpcs,
      subnets,
      routeTables,
      securityGroups,
      publicips,
      natGateways,
      loadbalancers,
      networkInterfaces,
      zones,
      images,
      volumes,
      scalingGroups,
      cloudservers,
      clusters,
      instances,
      buckets,
      otherResources,
    ],

    classify: classifyRmsError,
  });
}

/** @throws {RmsError} `TLS_CA_INVALID` */
function agentFor({ network, settings: { tls_ca_pem: caPem } }: VendorAccess<RmsSettings>): VendorAgent {
  if (caPem !== undefined && !isCertificatePem(caPem)) throw new RmsError('TLS_CA_INVALID', { host: '' });
  return httpAgent(network, { caPem, connections: UNITS_AT_ONCE, maxAnswerBytes: MAX_ANSWER_BYTES });
}

export const adapter = rmsAdapter();
