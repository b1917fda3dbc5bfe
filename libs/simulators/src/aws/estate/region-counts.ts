/** How many of each there are in a region. */
export interface RegionCounts {
  vpcs: number;
  subnets: number;
  securityGroups: number;
  routeTables: number;
  natGateways: number;
  /** Elastic ones. */
  addresses: number;
  keyPairs: number;
  images: number;
  snapshots: number;
  /** Each has a volume and a network interface. */
  instances: number;
  /** Volumes that no instance has. */
  looseVolumes: number;
  looseInterfaces: number;
  loadBalancers: number;
  classicLoadBalancers: number;
  databases: number;
  databaseClusters: number;
  scalingGroups: number;
  clusters: number;
  functions: number;
  /** What no other listing has; Resource Explorer. */
  others: number;
}

/** How many of what an account has once. */
export interface GlobalCounts {
  buckets: number;
  zones: number;
  /** Of no region. */
  othersOfNoRegion: number;
}

export type EstateCounts = RegionCounts & GlobalCounts;

export const NOTHING: EstateCounts = {
  vpcs: 0,
  subnets: 0,
  securityGroups: 0,
  routeTables: 0,
  natGateways: 0,
  addresses: 0,
  keyPairs: 0,
  images: 0,
  snapshots: 0,
  instances: 0,
  looseVolumes: 0,
  looseInterfaces: 0,
  loadBalancers: 0,
  classicLoadBalancers: 0,
  databases: 0,
  databaseClusters: 0,
  scalingGroups: 0,
  clusters: 0,
  functions: 0,
  others: 0,
  buckets: 0,
  zones: 0,
  othersOfNoRegion: 0,
};

/** A small company's. */
export const DEMO: EstateCounts = {
  vpcs: 2,
  subnets: 6,
  securityGroups: 5,
  routeTables: 3,
  natGateways: 3,
  addresses: 4,
  keyPairs: 2,
  images: 3,
  snapshots: 8,
  instances: 14,
  looseVolumes: 3,
  looseInterfaces: 2,
  loadBalancers: 4,
  classicLoadBalancers: 1,
  databases: 4,
  databaseClusters: 2,
  scalingGroups: 4,
  clusters: 4,
  functions: 3,
  others: 6,
  buckets: 5,
  zones: 2,
  othersOfNoRegion: 3,
};
