import type { ResourceStatus } from '#domain';

import { reportableAddresses } from '../addresses.js';
import { devices, disksOf, networkCardsOf } from '../devices.js';
import {
  boolean,
  instant,
  integer,
  list,
  record,
  reference,
  since,
  text,
  type ValuesOf,
} from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

/** What changes by itself, without anybody changing the machine, is left out: usage, heartbeat, boot time. */
const properties = {
  parentVApp: reference,
  resourcePool: reference,
  datastore: list(reference),
  network: list(reference),
  'config.instanceUuid': text,
  'config.uuid': text,
  'config.template': boolean,
  'config.createDate': since('6.7', instant),
  'config.guestId': text,
  'config.guestFullName': text,
  'config.version': text,
  'config.firmware': text,
  'config.annotation': text,
  'config.managedBy': record({ extensionKey: text, type: text }),
  'config.hardware.numCPU': integer,
  'config.hardware.numCoresPerSocket': integer,
  'config.hardware.memoryMB': integer,
  'config.hardware.device': devices,
  'runtime.host': reference,
  'runtime.powerState': text,
  'runtime.connectionState': text,
  'runtime.paused': boolean,
  'guest.guestState': text,
  'guest.hostName': text,
  'guest.guestFullName': text,
  'guest.ipAddress': text,
  'guest.toolsRunningStatus': text,
  'guest.toolsVersionStatus2': text,
  'guest.net': list(
    record({ network: text, macAddress: text, ipAddress: list(text), deviceConfigId: integer }),
  ),
};

/** Virtual machines and templates. */
export const cloudservers = defineVsphereTable({
  type: 'cloudservers',
  managedTypes: ['VirtualMachine'],
  properties,
  // A template has no pool, so its host leads to the cluster; one in a vApp has no parent folder.
  ancestors: (vm) => [vm.parent, vm['runtime.host'], vm.resourcePool, vm.parentVApp],

  describe({ properties: vm, place }) {
    const hardware = vm['config.hardware.device'] ?? [];
    const cards = vm['guest.net'] ?? [];
    const addresses = reportableAddresses(cards.flatMap(({ ipAddress }) => ipAddress ?? []));
    return {
      status: statusOf(vm),
      nativeStatus: nativeStatusOf(vm),
      zoneId: place.cluster?.name,
      addresses: addresses.length > 0 ? addresses : reportableAddresses([vm['guest.ipAddress']]),
      createdAt: vm['config.createDate'],
      relations: [
        ['runs_on', vm['runtime.host']],
        ['member_of', place.cluster?.reference],
        ['member_of', vm.resourcePool],
        ['member_of', vm.parentVApp],
        ['contained_in', vm.parent],
        ...(vm.datastore ?? []).map((datastore) => ['attached_to', datastore] as const),
        ...(vm.network ?? []).map((network) => ['attached_to', network] as const),
      ],
      document: {
        'config.hardware.device': undefined,
        'config.hardware.disks': vm['config.hardware.device'] && disksOf(hardware),
        'config.hardware.nics': vm['config.hardware.device'] && networkCardsOf(hardware),
        'guest.net': vm['guest.net'] && inCardOrder(cards),
      },
    };
  },
});

type VirtualMachine = ValuesOf<typeof properties>;

/** A machine vCenter has lost sight of: its power state is a memory ("VirtualMachineConnectionState"). */
const LOST: Readonly<Record<string, ResourceStatus>> = {
  disconnected: 'unknown',
  inaccessible: 'error',
  orphaned: 'error',
  invalid: 'error',
};

const POWER: Readonly<Record<string, ResourceStatus>> = {
  poweredOn: 'running',
  poweredOff: 'stopped',
  suspended: 'suspended',
};

function statusOf(vm: VirtualMachine): ResourceStatus {
  const lost = LOST[vm['runtime.connectionState'] ?? ''];
  if (lost !== undefined) return lost;
  // Being created or cloned: it has no configuration yet.
  if (vm['config.uuid'] === undefined && vm['config.hardware.numCPU'] === undefined) return 'provisioning';
  if (vm['config.template'] === true) return 'stopped';
  const power = POWER[vm['runtime.powerState'] ?? ''] ?? 'unknown';
  if (power !== 'running') return power;
  if (vm['runtime.paused'] === true) return 'suspended';
  return vm['guest.guestState'] === 'shuttingDown' ? 'stopping' : 'running';
}

/** The word that decided the status. */
function nativeStatusOf(vm: VirtualMachine): string | undefined {
  const connection = vm['runtime.connectionState'] ?? '';
  return connection in LOST ? connection : vm['runtime.powerState'];
}

type GuestCard = NonNullable<VirtualMachine['guest.net']>[number];

function inCardOrder(cards: readonly GuestCard[]): GuestCard[] {
  return [...cards].sort((one, other) => (one.deviceConfigId ?? 0) - (other.deviceConfigId ?? 0));
}
