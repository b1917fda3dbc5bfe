import type { JsonObject } from '#domain';

import { uuidOf } from '../../seeded-random.js';
import {
  type AzureEstate,
  compareIds,
  type EstateTable,
  type ResourceBlock,
  type SimulatedResource,
  type SimulatedSubscription,
  subscriptionOf,
} from '../azure-estate.js';
import { groupId, machineProperties, type Place, privateAddress, resourceAt } from './estate-builder.js';

const SUBSCRIPTION_IDS = 0x5b;
const MACHINE_IDS = 0xa3;
const CREATED = '2025-03-04T05:06:07.89Z';
const GROUP_DIGITS = 8;

/**
 * As many machines as wanted, each in a resource group of its own with its disk and network interface. Nothing of it is
 * kept: a resource is made when it is looked at, so a million machines take no more memory than ten.
 */
export class PlainEstate implements AzureEstate {
  readonly subscriptions: readonly SimulatedSubscription[];

  constructor(
    private readonly machinesPerSubscription: number,
    subscriptions = 1,
  ) {
    this.subscriptions = Array.from({ length: subscriptions }, (_, index) => ({
      subscriptionId: uuidOf(SUBSCRIPTION_IDS, index),
      displayName: `Subscription ${String(index + 1)}`,
      state: 'Enabled',
      managementGroups: [],
    }));
  }

  blockCount(table: EstateTable): number {
    return table === 'computeresources' || table === 'blobcontainers' ? 0 : this.machinesPerSubscription;
  }

  block(table: EstateTable, subscriptionId: string, number: number): ResourceBlock {
    const place = {
      subscriptionId,
      resourceGroup: `rg-${String(number).padStart(GROUP_DIGITS, '0')}`,
      location: number % 2 === 0 ? 'westeurope' : 'eastus',
    };
    return { resources: table === 'resourcecontainers' ? [groupAt(place)] : machineAt(place, number) };
  }

  near({ id, resourceGroup }: SimulatedResource): Iterable<SimulatedResource> {
    return this.block('resources', subscriptionOf(id), Number(resourceGroup.slice('rg-'.length))).resources;
  }
}

function groupAt(place: Place): SimulatedResource {
  return {
    ...resourceAt(place, 'Microsoft.Resources/subscriptions/resourceGroups', place.resourceGroup),
    id: groupId(place),
    properties: { provisioningState: 'Succeeded' },
  };
}

function machineAt(place: Place, number: number): SimulatedResource[] {
  const name = `vm-${String(number).padStart(GROUP_DIGITS, '0')}`;
  const machine = resourceAt(place, 'Microsoft.Compute/virtualMachines', name);
  const nic = resourceAt(place, 'Microsoft.Network/networkInterfaces', `${name}-nic`);
  const disk = resourceAt(place, 'Microsoft.Compute/disks', `${name}-disk`);
  const uuid = uuidOf(MACHINE_IDS, number);
  const power = number % 20 === 0 ? 'deallocated' : 'running';
  return [
    made(machine, () => machineProperties({ name, uuid, nicId: nic.id, disk }, { power })),
    made(nic, () => ({
      provisioningState: 'Succeeded',
      primary: true,
      virtualMachine: { id: machine.id },
      ipConfigurations: [
        {
          name: 'primary',
          properties: {
            privateIPAddress: privateAddress(number),
          },
        },
      ],
    })),
    made(disk, () => ({
      provisioningState: 'Succeeded',
      diskState: 'Attached',
      diskSizeGB: 64,
      timeCreated: CREATED,
    })),
  ].sort(compareIds);
}

/** A resource whose properties are made when they are looked at. */
function made(
  resource: Omit<SimulatedResource, 'properties'>,
  properties: () => JsonObject,
): SimulatedResource {
  return {
    ...resource,
    tags: { estate: 'plain' },
    get properties() {
      return properties();
    },
  };
}
