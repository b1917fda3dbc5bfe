import { defineVendor, type VendorAdapter } from '#vendor-kit';

import { connectHuawei } from '../shared/huawei-api/connect-huawei.js';
import { findDomain, RmsConnection } from './connection.js';
import { classifyRmsError } from './errors.js';
import { QUOTAS } from './quotas.js';
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

/** The adapter of Huawei Cloud. A smaller page is for tests. */
export function rmsAdapter(resourcesPerPage: number = RESOURCES_PER_PAGE): VendorAdapter {
  return defineVendor<RmsSettings, RmsConnection>({
    vendor: 'RMS',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect(access, signal) {
      return await connectHuawei(access, UNITS_AT_ONCE, async ({ agent, client }) => {
        const { settings } = access;
        const domainId = await findDomain(client, settings, signal);
        return new RmsConnection({ client, agent, settings, domainId, pageSize: resourcesPerPage });
      });
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

export const adapter = rmsAdapter();
