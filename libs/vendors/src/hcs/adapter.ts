import { defineVendor, type VendorAdapter } from '#vendor-kit';

import { connectHuawei } from '../shared/huawei-api/connect-huawei.js';
import { HcsConnection } from './connection.js';
import { classifyHcsError } from './errors.js';
import type { HcsSource } from './hcs-table.js';
import { connectManageOne } from './manageone/connect-manageone.js';
import { QUOTAS } from './quotas.js';
import type { HcsSettings } from './settings.js';
import { bareMetalServers, cloudservers, clusters, images, instances, volumes } from './tables/compute.js';
import {
  loadbalancers,
  networkInterfaces,
  publicips,
  securityGroups,
  subnets,
  vpcs,
} from './tables/network.js';

/** Half of what most services give at once: some MB of servers. */
const ITEMS_PER_PAGE = 500;
/** A private cloud's services have other things to do. */
const UNITS_AT_ONCE = 3;

/** The adapter of Huawei Cloud Stack. A smaller page is for tests. */
export function hcsAdapter(itemsPerPage: number = ITEMS_PER_PAGE): VendorAdapter {
  return defineVendor<HcsSettings, HcsSource>({
    vendor: 'HCS',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect(access, signal) {
      const { settings } = access;
      if (settings.source === 'manageone') return await connectManageOne(access, itemsPerPage, signal);
      return await connectHuawei(access, UNITS_AT_ONCE, async ({ agent, client }) => {
        const connection = new HcsConnection({ client, agent, settings, pageSize: itemsPerPage });
        await connection.check(signal);
        return connection;
      });
    },

    /** A key has no session to end; a user of ManageOne's has. */
    disconnect: async (connection) => {
      await connection.close();
    },

    /** A project is a scope: it is what a call is made in, and what roles are given in. Or all of ManageOne's. */
    scopes: async (connection, signal) => await connection.scopes(signal),

    tables: [
      vpcs,
      subnets,
      securityGroups,
      publicips,
      networkInterfaces,
      loadbalancers,
      images,
      volumes,
      cloudservers,
      bareMetalServers,
      clusters,
      instances,
    ],

    classify: classifyHcsError,
  });
}

export const adapter = hcsAdapter();
