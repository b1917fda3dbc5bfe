import type { JsonObject } from '#domain';

import { uuidOf } from '../../seeded-random.js';
import type { SimulatedResource } from '../azure-estate.js';
import { ModelEstate } from './model-estate.js';

const MACHINE_IDS = 0xa2;
const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const CREATED = '2025-03-04T05:06:07.89Z';

/** Where a resource is put. */
export interface Place {
  subscriptionId: string;
  resourceGroup: string;
  location: string;
}

/** What a resource is beside its place and properties. Its name is those of all that it is in, too: `server/database`. */
type NewResource = Pick<SimulatedResource, 'type' | 'name'> &
  Partial<Pick<SimulatedResource, 'kind' | 'managedBy' | 'sku' | 'zones' | 'tags' | 'identity'>>;

/** A network that machines can be put in. */
export interface BuiltNetwork {
  network: SimulatedResource;
  subnetId: string;
  securityGroup: SimulatedResource;
}

export interface MachineOptions {
  /** `running`, `deallocated`, `stopped`, `starting`, `deallocating`; none: nobody knows. */
  power?: string;
  provisioningState?: string;
  zone?: string;
  size?: string;
  publicAddress?: string;
  tags?: Record<string, string>;
  imageId?: string;
}

interface MachineInterface extends Pick<BuiltNetwork, 'subnetId' | 'securityGroup'> {
  name: string;
  number: number;
  publicAddress: string | undefined;
}

/** Puts resources into an estate, as Resource Graph describes them. */
export class EstateBuilder {
  private machines = 0;

  constructor(readonly estate: ModelEstate = new ModelEstate()) {}

  subscription(subscriptionId: string, displayName: string, managementGroups: string[] = []): void {
    this.estate.subscriptions.push({ subscriptionId, displayName, state: 'Enabled', managementGroups });
  }

  group(place: Place, tags: Record<string, string> = {}): SimulatedResource {
    return this.estate.add({
      id: groupId(place),
      name: place.resourceGroup,
      type: 'Microsoft.Resources/subscriptions/resourceGroups',
      location: place.location,
      resourceGroup: place.resourceGroup,
      tags,
      properties: { provisioningState: 'Succeeded' },
    });
  }

  /** Any resource: `put(place, { type: 'Microsoft.Sql/servers/databases', name: 'server/database' }, {})`. */
  put(place: Place, { type, name, ...details }: NewResource, properties: JsonObject): SimulatedResource {
    const resource = resourceAt(place, type, name);
    return this.estate.add({
      ...resource,
      ...details,
      properties: { provisioningState: 'Succeeded', ...properties },
    });
  }

  /** A virtual network with a subnet, a security group and a route table on it. */
  network(place: Place, name: string, octet: number): BuiltNetwork {
    const prefix = `10.${String(octet)}`;
    const securityGroup = this.put(
      place,
      { type: 'Microsoft.Network/networkSecurityGroups', name: `${name}-nsg` },
      {
        securityRules: [
          {
            name: 'allow-ssh',
            properties: {
              protocol: 'Tcp',
              access: 'Allow',
              direction: 'Inbound',
              priority: 100,
              destinationPortRange: '22',
            },
          },
        ],
      },
    );
    const routes = this.put(
      place,
      { type: 'Microsoft.Network/routeTables', name: `${name}-routes` },
      {
        disableBgpRoutePropagation: false,
        routes: [{ name: 'internet', properties: { addressPrefix: '0.0.0.0/0', nextHopType: 'Internet' } }],
      },
    );
    const outlet = this.publicIp(place, `${name}-nat-ip`, `20.50.${String(octet)}.4`, {
      natGateway: { id: 'set below' },
    });
    const gateway = this.put(
      place,
      { type: 'Microsoft.Network/natGateways', name: `${name}-nat`, sku: { name: 'Standard' } },
      { idleTimeoutInMinutes: 4, publicIpAddresses: [{ id: outlet.id }] },
    );
    outlet.properties['natGateway'] = { id: gateway.id };
    const id = resourceAt(place, 'Microsoft.Network/virtualNetworks', name).id;
    const links = {
      networkSecurityGroup: { id: securityGroup.id },
      routeTable: { id: routes.id },
      natGateway: { id: gateway.id },
    };
    const subnet = (part: string, third: number) =>
      subnetOf(`${id}/subnets/${part}`, `${prefix}.${String(third)}.0/24`, links);
    const network = this.put(
      place,
      { type: 'Microsoft.Network/virtualNetworks', name },
      {
        addressSpace: { addressPrefixes: [`${prefix}.0.0/16`] },
        subnets: [subnet('default', 0), subnet('services', 1)],
      },
    );
    return { network, subnetId: `${id}/subnets/default`, securityGroup };
  }

  publicIp(place: Place, name: string, ipAddress: string, user: JsonObject = {}): SimulatedResource {
    const properties = {
      ipAddress,
      publicIPAllocationMethod: 'Static',
      publicIPAddressVersion: 'IPv4',
      ...user,
    };
    return this.put(
      place,
      { type: 'Microsoft.Network/publicIPAddresses', name, sku: { name: 'Standard' } },
      properties,
    );
  }

  /** A virtual machine with its disk and network interface. */
  machine(
    place: Place,
    name: string,
    { subnetId, securityGroup }: BuiltNetwork,
    options: MachineOptions = {},
  ) {
    const number = (this.machines += 1);
    const { id } = resourceAt(place, 'Microsoft.Compute/virtualMachines', name);
    const nicId = resourceAt(place, 'Microsoft.Network/networkInterfaces', `${name}-nic`).id;
    this.machineInterface(place, {
      name,
      number,
      subnetId,
      securityGroup,
      publicAddress: options.publicAddress,
    });
    const disk = this.put(
      place,
      {
        type: 'Microsoft.Compute/disks',
        name: `${name}_OsDisk_1`,
        managedBy: id,
        sku: { name: 'Premium_LRS', tier: 'Premium' },
      },
      {
        diskState: 'Attached',
        diskSizeGB: 64,
        osType: 'Linux',
        timeCreated: CREATED,
        creationData: { createOption: 'FromImage' },
      },
    );
    const machine = { name, disk, nicId, uuid: uuidOf(MACHINE_IDS, number) };
    const details = {
      ...(options.zone === undefined ? {} : { zones: [options.zone] }),
      ...(options.tags === undefined ? {} : { tags: options.tags }),
    };
    return this.put(
      place,
      { type: 'Microsoft.Compute/virtualMachines', name, ...details },
      machineProperties(machine, options),
    );
  }

  /** One of everything else, so that no type is without. */
  services(place: Place, name: string, { subnetId, network, securityGroup }: BuiltNetwork): void {
    const publicIp = this.publicIp(place, `${name}-lb-ip`, '20.60.0.9', {
      ipConfiguration: { id: `${name}-lb` },
    });
    const pool = `${resourceAt(place, 'Microsoft.Network/loadBalancers', `${name}-lb`).id}/backendAddressPools/web`;
    const nic = this.estate
      .ofType('Microsoft.Network/networkInterfaces')
      .find(({ id }) => id.startsWith(groupId(place)));
    this.put(
      place,
      { type: 'Microsoft.Network/loadBalancers', name: `${name}-lb`, sku: { name: 'Standard' } },
      {
        frontendIPConfigurations: [{ name: 'front', properties: { publicIPAddress: { id: publicIp.id } } }],
        backendAddressPools: [
          {
            id: pool,
            properties: { backendIPConfigurations: [{ id: `${nic?.id ?? ''}/ipConfigurations/primary` }] },
          },
        ],
      },
    );
    this.put(
      place,
      { type: 'Microsoft.Network/applicationGateways', name: `${name}-gateway` },
      {
        operationalState: 'Running',
        frontendIPConfigurations: [
          { properties: { privateIPAddress: '10.1.1.10', subnet: { id: subnetId } } },
        ],
      },
    );
    const scaleSet = this.scaleSet(place, name, { subnetId, securityGroup, pool });
    this.storage(place, name);
    this.databases(place, name, subnetId);
    this.platform(place, name, { subnetId, scaleSet });
    this.put(
      place,
      { type: 'Microsoft.Network/privateEndpoints', name: `${name}-endpoint` },
      {
        subnet: { id: `${network.id}/subnets/services` },
      },
    );
  }

  private scaleSet(
    place: Place,
    name: string,
    { subnetId, securityGroup, pool }: { subnetId: string; securityGroup: SimulatedResource; pool: string },
  ): SimulatedResource {
    const scaleSet = this.put(
      place,
      {
        type: 'Microsoft.Compute/virtualMachineScaleSets',
        name: `${name}-set`,
        sku: { name: 'Standard_D2s_v5', tier: 'Standard', capacity: 1 },
      },
      {
        timeCreated: CREATED,
        orchestrationMode: 'Uniform',
        virtualMachineProfile: {
          networkProfile: {
            networkInterfaceConfigurations: [
              {
                properties: {
                  networkSecurityGroup: { id: securityGroup.id },
                  ipConfigurations: [
                    {
                      properties: {
                        subnet: { id: subnetId },
                        loadBalancerBackendAddressPools: [{ id: pool }],
                      },
                    },
                  ],
                },
              },
            ],
          },
        },
      },
    );
    this.put(
      place,
      { type: 'Microsoft.Compute/virtualMachineScaleSets/virtualMachines', name: `${name}-set/0` },
      {
        timeCreated: CREATED,
        instanceId: '0',
        extended: { instanceView: { powerState: { code: 'PowerState/running' } } },
      },
    );
    return scaleSet;
  }

  private machineInterface(
    place: Place,
    { name, number, subnetId, securityGroup, publicAddress }: MachineInterface,
  ): void {
    const { id } = resourceAt(place, 'Microsoft.Network/networkInterfaces', `${name}-nic`);
    const publicIp =
      publicAddress === undefined
        ? undefined
        : this.publicIp(place, `${name}-ip`, publicAddress, {
            ipConfiguration: { id: `${id}/ipConfigurations/primary` },
          });
    const properties = {
      primary: true,
      privateIPAddress: privateAddress(number),
      subnet: { id: subnetId },
      ...(publicIp === undefined ? {} : { publicIPAddress: { id: publicIp.id } }),
    };
    this.put(
      place,
      { type: 'Microsoft.Network/networkInterfaces', name: `${name}-nic` },
      {
        primary: true,
        macAddress: `00-0D-3A-00-${hex(number >> 8)}-${hex(number)}`,
        virtualMachine: { id: resourceAt(place, 'Microsoft.Compute/virtualMachines', name).id },
        networkSecurityGroup: { id: securityGroup.id },
        ipConfigurations: [{ name: 'primary', properties }],
      },
    );
  }

  private databases(place: Place, name: string, subnetId: string): void {
    this.put(
      place,
      { type: 'Microsoft.Sql/servers', name: `${name}-sql` },
      { state: 'Ready', version: '12.0' },
    );
    this.put(
      place,
      {
        type: 'Microsoft.Sql/servers/databases',
        name: `${name}-sql/orders`,
        sku: { name: 'S1', tier: 'Standard' },
      },
      { status: 'Online', creationDate: CREATED, earliestRestoreDate: CREATED },
    );
    this.put(
      place,
      { type: 'Microsoft.DBforPostgreSQL/flexibleServers', name: `${name}-postgres` },
      {
        state: 'Stopped',
        version: '17',
        network: { delegatedSubnetResourceId: subnetId },
      },
    );
  }

  /** A blob container: `container(place, 'account/default/name')`. */
  container(place: Place, name: string): SimulatedResource {
    return this.estate.add({
      ...resourceAt(place, CONTAINERS, name),
      properties: {
        deleted: false,
        defaultEncryptionScope: '$account-encryption-key',
        publicAccess: 'None',
        leaseStatus: 'Unlocked',
        leaseState: 'Available',
        lastModifiedTime: CREATED,
        hasImmutabilityPolicy: false,
        hasLegalHold: false,
      },
    });
  }

  private storage(place: Place, name: string): void {
    const source = resourceAt(place, 'Microsoft.Compute/disks', `${name}-data`).id;
    this.put(
      place,
      { type: 'Microsoft.Compute/disks', name: `${name}-data` },
      {
        diskState: 'Unattached',
        diskSizeGB: 512,
        timeCreated: CREATED,
        creationData: { createOption: 'Empty' },
      },
    );
    this.put(
      place,
      { type: 'Microsoft.Compute/snapshots', name: `${name}-snapshot` },
      {
        diskState: 'Unattached',
        timeCreated: CREATED,
        creationData: { createOption: 'Copy', sourceResourceId: source },
      },
    );
    this.put(place, { type: 'Microsoft.Compute/images', name: `${name}-image` }, { hyperVGeneration: 'V2' });
    this.put(
      place,
      { type: 'Microsoft.Compute/galleries/images/versions', name: `${name}gallery/linux/1.0.0` },
      {
        publishingProfile: { publishedDate: CREATED },
      },
    );
    this.put(
      place,
      { type: 'Microsoft.Compute/sshPublicKeys', name: `${name}-key` },
      {
        publicKey: 'ssh-ed25519 AAAAC3Nz simulated',
      },
    );
    this.put(
      place,
      {
        type: 'Microsoft.Storage/storageAccounts',
        name: `${name}store`,
        kind: 'StorageV2',
        sku: { name: 'Standard_LRS', tier: 'Standard' },
      },
      {
        creationTime: CREATED,
        statusOfPrimary: 'available',
        primaryEndpoints: { blob: `https://${name}store.blob.core.windows.net/` },
      },
    );
    for (const container of ['backups', 'logs']) this.container(place, `${name}store/default/${container}`);
  }

  private platform(
    place: Place,
    name: string,
    { subnetId, scaleSet }: { subnetId: string; scaleSet: SimulatedResource },
  ): void {
    this.put(
      place,
      { type: 'Microsoft.ContainerService/managedClusters', name: `${name}-aks` },
      {
        kubernetesVersion: '1.33.2',
        powerState: { code: 'Running' },
        agentPoolProfiles: [{ name: 'pool', count: 3, vnetSubnetID: subnetId, vmSize: 'Standard_D4s_v5' }],
      },
    );
    this.put(
      place,
      { type: 'Microsoft.Network/dnsZones', name: `${name}.example.com` },
      { numberOfRecordSets: 4 },
    );
    this.put(
      place,
      { type: 'Microsoft.Network/privateDnsZones', name: `${name}.internal` },
      { numberOfRecordSets: 9 },
    );
    const plan = this.put(
      place,
      { type: 'Microsoft.Web/serverfarms', name: `${name}-plan`, kind: 'linux' },
      { status: 'Ready' },
    );
    const site = { state: 'Running', serverFarmId: plan.id, defaultHostName: `${name}.azurewebsites.net` };
    this.put(place, { type: 'Microsoft.Web/sites', name: `${name}-func`, kind: 'functionapp,linux' }, site);
    this.put(place, { type: 'Microsoft.Web/sites', name: `${name}-web`, kind: 'app,linux' }, site);
    this.put(
      place,
      { type: 'Microsoft.Insights/autoscaleSettings', name: `${name}-autoscale` },
      {
        targetResourceUri: scaleSet.id,
      },
    );
  }
}

function subnetOf(id: string, addressPrefix: string, links: JsonObject): JsonObject {
  return {
    id,
    name: id.split('/').at(-1) ?? '',
    type: 'Microsoft.Network/virtualNetworks/subnets',
    properties: { provisioningState: 'Succeeded', addressPrefix, ...links, ipConfigurations: [] },
  };
}

interface MachineParts {
  name: string;
  uuid: string;
  nicId: string;
  disk: { id: string };
}

/** What Resource Graph has of a virtual machine. */
export function machineProperties(
  { name, uuid, nicId, disk }: MachineParts,
  options: MachineOptions,
): JsonObject {
  const { power = 'running', provisioningState = 'Succeeded', size = 'Standard_D2s_v5', imageId } = options;
  return {
    provisioningState,
    vmId: uuid,
    timeCreated: CREATED,
    hardwareProfile: { vmSize: size },
    osProfile: {
      computerName: name,
      adminUsername: 'azureuser',
      linuxConfiguration: { provisionVMAgent: true },
    },
    networkProfile: { networkInterfaces: [{ id: nicId, properties: { primary: true } }] },
    storageProfile: {
      imageReference:
        imageId === undefined
          ? { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: 'server', version: 'latest' }
          : { id: imageId },
      osDisk: {
        name: `${name}_OsDisk_1`,
        osType: 'Linux',
        createOption: 'FromImage',
        managedDisk: { id: disk.id },
      },
      dataDisks: [],
    },
    ...(power === ''
      ? {}
      : {
          extended: {
            instanceView: {
              computerName: name,
              osName: 'ubuntu',
              powerState: { code: `PowerState/${power}`, displayStatus: `VM ${power}`, level: 'Info' },
            },
          },
        }),
  };
}

export function groupId({ subscriptionId, resourceGroup }: Place): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

/** A resource without what it is: where it is and what it is called. */
export function resourceAt(place: Place, type: string, name: string) {
  const [provider = '', ...types] = type.split('/');
  const names = name.split('/');
  const path = types.map((segment, index) => `${segment}/${names[index] ?? ''}`).join('/');
  return {
    id: `${groupId(place)}/providers/${provider}/${path}`,
    name: names.at(-1) ?? name,
    type,
    location: place.location,
    resourceGroup: place.resourceGroup,
  };
}

/** The private address of a machine's number. */
export function privateAddress(number: number): string {
  return `10.${String((number >> 16) & 255)}.${String((number >> 8) & 255)}.${String(number & 255)}`;
}

function hex(value: number): string {
  return (value & 255).toString(16).padStart(2, '0').toUpperCase();
}
