import { defineVendor, type VendorAdapter } from '#vendor-kit';

import { AwsConnection } from './aws-connection.js';
import { classifyAwsError } from './errors.js';
import { offeredScopes } from './scopes.js';
import { QUOTAS } from './services.js';
import type { AwsSettings } from './settings.js';
import { buckets } from './tables/buckets.js';
import { cloudServers } from './tables/cloud-servers.js';
import { clusters } from './tables/clusters.js';
import { databaseClusters } from './tables/database-clusters.js';
import { databaseInstances } from './tables/database-instances.js';
import { functions } from './tables/functions.js';
import { images } from './tables/images.js';
import { keyPairs } from './tables/key-pairs.js';
import { loadBalancers } from './tables/load-balancers.js';
import { natGateways } from './tables/nat-gateways.js';
import { networkInterfaces } from './tables/network-interfaces.js';
import { otherResources } from './tables/other-resources.js';
import { publicIps } from './tables/public-ips.js';
import { routeTables } from './tables/route-tables.js';
import { scalingGroups } from './tables/scaling-groups.js';
import { securityGroups } from './tables/security-groups.js';
import { snapshots } from './tables/snapshots.js';
import { subnets } from './tables/subnets.js';
import { volumes } from './tables/volumes.js';
import { vpcs } from './tables/vpcs.js';
import { zones } from './tables/zones.js';

/** Regions limit calls each for themselves, and most units are one short call: so several are on their way. */
const UNITS_AT_ONCE = 4;

/** The adapter of AWS. Smaller pages are for tests. */
export function awsAdapter(itemsPerPage = Infinity): VendorAdapter {
  return defineVendor<AwsSettings, AwsConnection>({
    vendor: 'AWS',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect(access, signal) {
      signal.throwIfAborted();
      const connection = new AwsConnection(access, itemsPerPage);
      try {
        await connection.account(signal);
        return connection;
      } catch (error) {
        connection.close();
        throw error;
      }
    },

    disconnect: async (connection) => {
      connection.close();
    },

    scopes: offeredScopes,

    tables: [
      vpcs,
      subnets,
      securityGroups,
      images,
      volumes,
      snapshots,
      networkInterfaces,
      publicIps,
      keyPairs,
      routeTables,
      natGateways,
      cloudServers,
      loadBalancers,
      scalingGroups,
      databaseClusters,
      databaseInstances,
      clusters,
      functions,
      buckets,
      zones,
      otherResources,
    ],

    classify: classifyAwsError,
  });
}

export const adapter = awsAdapter();
