import { buckets } from './tables/buckets.js';
import { cloudservers } from './tables/cloudservers.js';
import { clusters } from './tables/clusters.js';
import { functions } from './tables/functions.js';
import { images } from './tables/images.js';
import { instances } from './tables/instances.js';
import { keypairs } from './tables/keypairs.js';
import { loadbalancers } from './tables/loadbalancers.js';
import { natGateways } from './tables/nat-gateways.js';
import { networkInterfaces } from './tables/network-interfaces.js';
import { otherResources } from './tables/other-resources.js';
import { publicips } from './tables/publicips.js';
import { routeTables } from './tables/route-tables.js';
import { scalingGroups } from './tables/scaling-groups.js';
import { securityGroups } from './tables/security-groups.js';
import { snapshots } from './tables/snapshots.js';
import { subnets } from './tables/subnets.js';
import { volumes } from './tables/volumes.js';
import { vpcs } from './tables/vpcs.js';
import { zones } from './tables/zones.js';

/** What is listed, what others refer to first. */
export const TABLES = [
  vpcs,
  subnets,
  routeTables,
  securityGroups,
  keypairs,
  images,
  snapshots,
  volumes,
  cloudservers,
  networkInterfaces,
  publicips,
  natGateways,
  loadbalancers,
  instances,
  clusters,
  scalingGroups,
  functions,
  buckets,
  zones,
  otherResources,
];
