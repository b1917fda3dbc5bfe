import type { JsonValue, ResourceStatus } from '#domain';

import { defineAzureTable, rowsOf } from '../azure-table.js';
import { textAt, textsAt } from '../document.js';
import type { GraphRow } from '../resource-graph.js';
import { AZURE_TYPES, readAction } from '../resource-types.js';
import { type Condition, wordAt, type Words } from '../statuses.js';

const [MACHINES, SCALE_SET_MACHINES] = AZURE_TYPES.cloudservers;

/**
 * Machines with the addresses of their primary network interface, which their own rows don't have; those of further
 * interfaces are in `networkInterfaces` only. It is Microsoft's sample "List virtual machines with their network
 * interface and public IP" without its `mv-expand`: so each machine has one row, and is on one page.
 */
const MACHINES_WITH_ADDRESSES = `${rowsOf([MACHINES])}
| extend machine = tolower(id)
| join kind=leftouter (
  ${rowsOf(AZURE_TYPES.networkInterfaces)}
  | where tostring(properties.primary) =~ 'true'
  | project machine = tolower(tostring(properties.virtualMachine.id)), addresses = properties.ipConfigurations,
    publicIp = tolower(tostring(properties.ipConfigurations[0].properties.publicIPAddress.id))
) on machine
| join kind=leftouter (
  ${rowsOf(AZURE_TYPES.publicips)}
  | project publicIp = tolower(id), publicAddress = tostring(properties.ipAddress)
) on publicIp`;

const ADDRESS_COLUMNS = ['addresses', 'publicAddress'];

const POWER: Words = {
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  deallocating: 'stopping',
  stopped: 'stopped',
  deallocated: 'stopped',
};

/** What a machine is whose power nobody knows: there, but not whether it runs. */
const WITHOUT_POWER = wordAt('provisioningState', {
  creating: 'provisioning',
  updating: 'provisioning',
  migrating: 'provisioning',
  deleting: 'deleting',
  failed: 'error',
});

/** Virtual machines; the instances of uniform scale sets too, which Azure keeps apart. */
export const cloudservers = defineAzureTable({
  type: 'cloudservers',
  sources: [
    { rows: MACHINES_WITH_ADDRESSES, columns: ADDRESS_COLUMNS },
    { rows: rowsOf([SCALE_SET_MACHINES], 'computeresources') },
  ],
  permissions: [...AZURE_TYPES.cloudservers, ...AZURE_TYPES.networkInterfaces, ...AZURE_TYPES.publicips].map(
    readAction,
  ),
  condition: powerState,
  createdAt: ['timeCreated'],
  addresses: ({ addresses, publicAddress }) => [
    ...textsAt(addresses as JsonValue, 'properties.privateIPAddress'),
    ...textsAt({ publicAddress } as JsonValue, 'publicAddress'),
  ],
  unshown: ADDRESS_COLUMNS,
  relations: [
    ['attached_to', 'storageProfile.osDisk.managedDisk.id'],
    ['attached_to', 'storageProfile.dataDisks.managedDisk.id'],
    ['attached_to', 'networkProfile.networkInterfaces.id'],
    ['member_of', 'virtualMachineScaleSet.id'],
    ['member_of', 'availabilitySet.id'],
    ['created_from', 'storageProfile.imageReference.id'],
    ['runs_on', 'host.id'],
    ['runs_on', 'hostGroup.id'],
  ],
  moreRelations: ({ id }) => {
    const scaleSet = /^(.+\/virtualmachinescalesets\/[^/]+)\/virtualmachines\//i.exec(id)?.[1];
    return scaleSet === undefined ? [] : [['member_of', scaleSet]];
  },
});

/** By power, as Resource Graph adds it to the row: `PowerState/running`. */
function powerState(row: GraphRow): Condition {
  const code = textAt(row.properties ?? undefined, 'extended.instanceView.powerState.code');
  const provisioning = WITHOUT_POWER(row);
  // What is being deleted, or failed to be made, may still report the power that it had.
  if (code === undefined || provisioning.status === 'deleting') return provisioning;
  const word = code.replace(/^PowerState\//i, '');
  const status: ResourceStatus = POWER[word.toLowerCase()] ?? 'unknown';
  return { status, nativeStatus: word };
}

const DISK_STATE = wordAt('diskState', {
  attached: 'running',
  unattached: 'available',
  reserved: 'available',
  activesas: 'available',
  readytoupload: 'provisioning',
  activeupload: 'provisioning',
  frozen: 'suspended',
  activesasfrozen: 'suspended',
});

/** Managed disks. */
export const volumes = defineAzureTable({
  type: 'volumes',
  condition: DISK_STATE,
  createdAt: ['timeCreated'],
  relations: [
    ['created_from', 'creationData.sourceResourceId'],
    ['created_from', 'creationData.imageReference.id'],
    ['created_from', 'creationData.galleryImageReference.id'],
  ],
});

/** Snapshots of disks. */
export const snapshots = defineAzureTable({
  type: 'snapshots',
  createdAt: ['timeCreated'],
  relations: [['snapshot_of', 'creationData.sourceResourceId']],
});

/** Images of one's own: managed images, and those of galleries with their versions. */
export const images = defineAzureTable({
  type: 'images',
  createdAt: ['publishingProfile.publishedDate'],
  relations: [
    ['created_from', 'sourceVirtualMachine.id'],
    ['created_from', 'storageProfile.source.id'],
  ],
  moreRelations: ({ id }) => {
    const outer = /^(.+\/galleries\/[^/]+(?:\/images\/[^/]+)?)\/(?:images|versions)\/[^/]+$/i.exec(id)?.[1];
    return outer === undefined ? [] : [['contained_in', outer]];
  },
});

const PROFILE_IMAGE = 'virtualMachineProfile.storageProfile.imageReference.id';
const INTERFACES = 'virtualMachineProfile.networkProfile.networkInterfaceConfigurations.properties';

/** Virtual machine scale sets. */
export const scalingGroups = defineAzureTable({
  type: 'scalingGroups',
  createdAt: ['timeCreated'],
  relations: [
    ['contained_in', `${INTERFACES}.ipConfigurations.properties.subnet.id`],
    ['attached_to', `${INTERFACES}.ipConfigurations.properties.loadBalancerBackendAddressPools.id`],
    ['secured_by', `${INTERFACES}.networkSecurityGroup.id`],
    ['created_from', PROFILE_IMAGE],
  ],
});

/** SSH public keys. */
export const keypairs = defineAzureTable({ type: 'keypairs' });
