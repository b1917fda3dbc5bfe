/**
 * Our types, and which of Azure's they are; what no type names is an `otherResources`. Azure's names are written
 * as its roles write them, and are compared without regard to case.
 */
export const AZURE_TYPES = {
  resourceGroups: ['Microsoft.Resources/subscriptions/resourceGroups'],
  vpcs: ['Microsoft.Network/virtualNetworks'],
  subnets: ['Microsoft.Network/virtualNetworks/subnets'],
  routeTables: ['Microsoft.Network/routeTables'],
  securityGroups: ['Microsoft.Network/networkSecurityGroups'],
  publicips: ['Microsoft.Network/publicIPAddresses'],
  natGateways: ['Microsoft.Network/natGateways'],
  loadbalancers: [
    'Microsoft.Network/loadBalancers',
    'Microsoft.Network/applicationGateways',
    'Microsoft.Network/frontDoors',
    'Microsoft.Network/trafficManagerProfiles',
  ],
  networkInterfaces: ['Microsoft.Network/networkInterfaces'],
  zones: ['Microsoft.Network/dnsZones', 'Microsoft.Network/privateDnsZones'],
  keypairs: ['Microsoft.Compute/sshPublicKeys'],
  images: [
    'Microsoft.Compute/images',
    'Microsoft.Compute/galleries/images',
    'Microsoft.Compute/galleries/images/versions',
  ],
  volumes: ['Microsoft.Compute/disks'],
  snapshots: ['Microsoft.Compute/snapshots'],
  scalingGroups: ['Microsoft.Compute/virtualMachineScaleSets'],
  cloudservers: [
    'Microsoft.Compute/virtualMachines',
    'Microsoft.Compute/virtualMachineScaleSets/virtualMachines',
  ],
  clusters: ['Microsoft.ContainerService/managedClusters', 'Microsoft.Kubernetes/connectedClusters'],
  instances: [
    'Microsoft.Sql/servers/databases',
    'Microsoft.Sql/managedInstances',
    'Microsoft.DBforPostgreSQL/flexibleServers',
    'Microsoft.DBforPostgreSQL/servers',
    'Microsoft.DBforMySQL/flexibleServers',
    'Microsoft.DBforMySQL/servers',
    'Microsoft.DBforMariaDB/servers',
    'Microsoft.DocumentDB/databaseAccounts',
  ],
  storageAccounts: ['Microsoft.Storage/storageAccounts'],
  buckets: ['Microsoft.Storage/storageAccounts/blobServices/containers'],
  /** Those of `Microsoft.Web/sites` that are functions; the others are `otherResources`. */
  functions: ['Microsoft.Web/sites'],
} as const;

export const OTHER_TYPE = 'otherResources';

export type AzureResourceType = keyof typeof AZURE_TYPES | typeof OTHER_TYPE;

export const RESOURCE_TYPES: readonly AzureResourceType[] = [
  ...(Object.keys(AZURE_TYPES) as (keyof typeof AZURE_TYPES)[]),
  OTHER_TYPE,
];

const OUR_TYPES: ReadonlyMap<string, AzureResourceType> = new Map(
  Object.entries(AZURE_TYPES).flatMap(([ours, theirs]) =>
    theirs.map((type) => [type.toLowerCase(), ours as AzureResourceType] as const),
  ),
);

/** A resource as another refers to it. */
export interface ReferredResource {
  type: AzureResourceType;
  nativeId: string;
}

const RESOURCE_GROUP = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/;

/**
 * The resource that one of Azure's ids means: `/subscriptions/…/providers/Microsoft.Network/loadBalancers/x`, or
 * one of a part of it (`…/backendAddressPools/y`). `undefined` for what is no id of a resource in a subscription.
 */
export function resourceOfId(id: string): ReferredResource | undefined {
  const nativeId = nativeIdOf(id);
  if (RESOURCE_GROUP.test(nativeId)) return { type: 'resourceGroups', nativeId };
  // What extends a resource (a lock, a diagnostic setting) has a provider of its own behind the resource's.
  const split = nativeId.lastIndexOf('/providers/');
  if (!nativeId.startsWith('/subscriptions/') || split < 0) return undefined;
  const [provider = '', ...segments] = nativeId.slice(split + '/providers/'.length).split('/');
  for (let length = segments.length - (segments.length % 2); length >= 2; length -= 2) {
    const type = [provider, ...segments.slice(0, length).filter((_, index) => index % 2 === 0)].join('/');
    const ours = OUR_TYPES.get(type);
    if (ours === undefined) continue;
    return {
      type: ours,
      nativeId: `${nativeId.slice(0, split)}/providers/${[provider, ...segments.slice(0, length)].join('/')}`,
    };
  }
  return segments.length < 2 ? undefined : { type: OTHER_TYPE, nativeId };
}

/** Azure compares ids without regard to case, and writes the same one differently here and there. */
export function nativeIdOf(id: string): string {
  return id.toLowerCase();
}

/** The action that reading a type needs: `Microsoft.Compute/disks/read`. */
export function readAction(azureType: string): string {
  return `${azureType}/read`;
}
