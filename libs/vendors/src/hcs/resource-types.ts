/** What is listed, by our names; what others refer to comes first. */
export const RESOURCE_TYPES = [
  'vpcs',
  'subnets',
  'securityGroups',
  'publicips',
  'networkInterfaces',
  'loadbalancers',
  'images',
  'volumes',
  'cloudservers',
  'bareMetalServers',
  'clusters',
  'instances',
] as const;

export type HcsResourceType = (typeof RESOURCE_TYPES)[number];
