import { cloudservers } from './tables/cloudservers.js';
import { flavors, hosts, serverGroups } from './tables/compute.js';
import { keypairs } from './tables/keypairs.js';
import { networkInterfaces, publicips, routers, securityGroups, subnets, vpcs } from './tables/network.js';
import { clusters, loadbalancers, zones } from './tables/services.js';
import { images, shares, snapshots, volumes } from './tables/storage.js';

/** All tables; what others refer to comes first. */
export const TABLES = [
  vpcs,
  subnets,
  routers,
  securityGroups,
  publicips,
  flavors,
  keypairs,
  images,
  hosts,
  volumes,
  snapshots,
  cloudservers,
  serverGroups,
  networkInterfaces,
  loadbalancers,
  zones,
  clusters,
  shares,
];
