/**
 * Our types, and which of Config's `provider.type` they are, as its API names them; what no type names is an
 * `otherResources`. Sites and versions of Config differ in what they have, so one that it doesn't know is passed over.
 */
export const RMS_TYPES = {
  vpcs: ['vpc.vpcs'],
  subnets: ['vpc.networks', 'vpc.subnets'],
  routeTables: ['vpc.routeTables'],
  securityGroups: ['vpc.securityGroups'],
  publicips: ['vpc.publicips'],
  natGateways: ['nat.natGateways', 'nat.privateNatGateways'],
  loadbalancers: ['elb.loadbalancers'],
  networkInterfaces: ['vpc.ports'],
  zones: ['dns.publiczones', 'dns.privatezones'],
  images: ['ims.images'],
  volumes: ['evs.volumes'],
  scalingGroups: ['as.scalingGroups'],
  cloudservers: ['ecs.cloudservers', 'bms.servers', 'hecs.hcloudservers', 'hcss.l-instance'],
  clusters: ['cce.clusters'],
  instances: ['rds.instances', 'dds.instances', 'gaussdb.instance', 'nosql.instances', 'dcs.redis'],
  buckets: ['obs.buckets'],
} as const;

export const OTHER_TYPE = 'otherResources';

export type RmsResourceType = keyof typeof RMS_TYPES | typeof OTHER_TYPE;

export const RESOURCE_TYPES: readonly RmsResourceType[] = [
  ...(Object.keys(RMS_TYPES) as (keyof typeof RMS_TYPES)[]),
  OTHER_TYPE,
];

const NAMED_TYPES: ReadonlySet<string> = new Set(
  Object.values(RMS_TYPES).flatMap((types) => types.map((type) => type.toLowerCase())),
);

/** Whether a table of its own lists what Config calls so. */
export function isNamedType(configType: string): boolean {
  return NAMED_TYPES.has(configType.toLowerCase());
}
