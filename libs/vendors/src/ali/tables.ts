import { cloudservers } from './tables/cloudservers.js';
import { images } from './tables/images.js';
import { keypairs } from './tables/keypairs.js';
import { natGateways } from './tables/nat-gateways.js';
import { networkInterfaces } from './tables/network-interfaces.js';
import { publicips } from './tables/publicips.js';
import { routeTables } from './tables/route-tables.js';
import { securityGroups } from './tables/security-groups.js';
import { snapshots } from './tables/snapshots.js';
import { subnets } from './tables/subnets.js';
import { volumes } from './tables/volumes.js';
import { vpcs } from './tables/vpcs.js';

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
];
