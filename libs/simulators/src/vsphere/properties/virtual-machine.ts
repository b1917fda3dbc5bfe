import { uuidOf } from '../../seeded-random.js';
import type { GuestProfile, Snapshot, VirtualMachine } from '../model/managed-object.js';
import { escapeXml, referenceElement } from '../soap/vim-xml.js';
import type { VimFields } from './vim-property.js';
import {
  arrayOf,
  boolean,
  dataObject,
  dateTime,
  enumeration,
  fragment,
  int,
  long,
  reference,
  references,
  text,
} from './vim-property.js';
import { virtualDevices } from './virtual-device.js';

type Machine = VirtualMachine;

const INSTANCE_UUIDS = 0x1257;
const BIOS_UUIDS = 0xb105;
const MAX_HOST_NAME_LENGTH = 63;

const hasConfig = (vm: Machine): boolean => !vm.beingCreated;
const instanceUuid = (vm: Machine): string => uuidOf(INSTANCE_UUIDS, vm.serial);
const biosUuid = (vm: Machine): string => uuidOf(BIOS_UUIDS, vm.serial);
const directory = (vm: Machine): string => `[${vm.disks[0]?.datastore.name ?? ''}] ${vm.name}`;
const vmxPath = (vm: Machine): string => `${directory(vm)}/${vm.name}.vmx`;

function* datastoresOf(vm: Machine): Generator<NonNullable<Machine['disks'][0]>['datastore']> {
  for (const [index, disk] of vm.disks.entries()) {
    if (vm.disks.findIndex((other) => other.datastore === disk.datastore) === index) yield disk.datastore;
  }
}

function* networksOf(vm: Machine): Generator<Machine['nics'][0]['network']> {
  for (const [index, nic] of vm.nics.entries()) {
    if (vm.nics.findIndex((other) => other.network === nic.network) === index) yield nic.network;
  }
}

const hardware = dataObject<Machine>('VirtualHardware', {
  numCPU: int((vm) => vm.cpus),
  numCoresPerSocket: int((vm) => vm.coresPerSocket),
  memoryMB: int((vm) => vm.memoryMb),
  virtualICH7MPresent: boolean(() => false),
  virtualSMCPresent: boolean(() => false),
  device: arrayOf('VirtualDevice', virtualDevices),
});

const config = dataObject<Machine>(
  'VirtualMachineConfigInfo',
  {
    changeVersion: text((vm) => `${new Date(vm.modifiedAt).toISOString()}#${vm.changes}`),
    modified: dateTime((vm) => vm.modifiedAt),
    name: text((vm) => vm.name),
    guestFullName: text((vm) => vm.guest.guestFullName),
    version: text((vm) => vm.guest.hardwareVersion),
    uuid: text(biosUuid),
    createDate: dateTime((vm) => vm.createdAt),
    instanceUuid: text(instanceUuid),
    locationId: text((vm) => biosUuid(vm).slice(0, 8)),
    template: boolean((vm) => vm.template),
    guestId: text((vm) => vm.guest.guestId),
    alternateGuestName: text(() => ''),
    annotation: text((vm) => vm.annotation),
    files: dataObject<Machine>('VirtualMachineFileInfo', {
      vmPathName: text(vmxPath),
      snapshotDirectory: text((vm) => `${directory(vm)}/`),
      suspendDirectory: text((vm) => `${directory(vm)}/`),
      logDirectory: text((vm) => `${directory(vm)}/`),
    }),
    tools: fragment<Machine>(
      'ToolsConfigInfo',
      () =>
        '<toolsVersion>12352</toolsVersion><afterPowerOn>true</afterPowerOn><afterResume>true</afterResume>' +
        '<beforeGuestStandby>true</beforeGuestStandby><beforeGuestShutdown>true</beforeGuestShutdown>' +
        '<toolsUpgradePolicy>manual</toolsUpgradePolicy><syncTimeWithHost>false</syncTimeWithHost>',
    ),
    hardware,
    cpuHotAddEnabled: boolean(() => false),
    cpuHotRemoveEnabled: boolean(() => false),
    memoryHotAddEnabled: boolean(() => false),
    extraConfig: arrayOf(
      'OptionValue',
      (vm, tag) =>
        `<${tag}><key>nvram</key><value xsi:type="xsd:string">${escapeXml(vm.name)}.nvram</value></${tag}>`,
    ),
    changeTrackingEnabled: boolean(() => false),
    firmware: text((vm) => vm.guest.firmware),
    managedBy: fragment<Machine>('ManagedByInfo', () => undefined),
  },
  { when: hasConfig },
);

const runtime = dataObject<Machine>('VirtualMachineRuntimeInfo', {
  host: reference((vm) => vm.host),
  connectionState: enumeration('VirtualMachineConnectionState', (vm) => vm.connectionState),
  powerState: enumeration('VirtualMachinePowerState', (vm) => vm.powerState),
  faultToleranceState: enumeration('VirtualMachineFaultToleranceState', () => 'notConfigured'),
  toolsInstallerMounted: boolean(() => false),
  bootTime: dateTime((vm) => (vm.powerState === 'poweredOn' ? vm.bootedAt : undefined)),
  suspendInterval: long(() => 0),
  numMksConnections: int(() => 0),
  recordReplayState: enumeration('VirtualMachineRecordReplayState', () => 'inactive'),
  onlineStandby: boolean(() => false),
  consolidationNeeded: boolean(() => false),
  paused: boolean(() => false),
  snapshotInBackground: boolean(() => false),
});

/** The guest's own name: letters, digits and hyphens of the machine's. */
function hostName(vm: Machine): string | undefined {
  if (!vm.toolsRunning) return undefined;
  const label = vm.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_HOST_NAME_LENGTH);
  return `${label.replaceAll(/^-+|-+$/g, '') || `vm-${vm.serial}`}.example.internal`;
}

const runningFamily = <Key extends keyof GuestProfile>(key: Key) => {
  return (vm: Machine): GuestProfile[Key] | undefined => (vm.toolsRunning ? vm.guest[key] : undefined);
};

function ipAddressEntry(address: string): string {
  const prefixLength = address.includes(':') ? 64 : 24;
  return (
    `<ipAddress><ipAddress>${address}</ipAddress><prefixLength>${prefixLength}</prefixLength>` +
    `<state>preferred</state></ipAddress>`
  );
}

function guestNics(vm: Machine, tag: string): string {
  let xml = '';
  if (vm.powerState !== 'poweredOn') return xml;
  for (const nic of vm.nics) {
    const addresses = vm.toolsRunning ? nic.addresses : [];
    xml += `<${tag}><network>${escapeXml(nic.network.name)}</network>`;
    for (const address of addresses) xml += `<ipAddress>${address}</ipAddress>`;
    xml +=
      `<macAddress>${nic.macAddress}</macAddress><connected>true</connected>` +
      `<deviceConfigId>${nic.key}</deviceConfigId>`;
    if (addresses.length > 0) {
      xml += `<ipConfig>${addresses.map(ipAddressEntry).join('')}</ipConfig>`;
    }
    xml += `</${tag}>`;
  }
  return xml;
}

const toolsStatus = (vm: Machine): string => (vm.toolsRunning ? 'toolsOk' : 'toolsNotRunning');
const toolsRunningStatus = (vm: Machine): string =>
  vm.toolsRunning ? 'guestToolsRunning' : 'guestToolsNotRunning';
const firstAddress = (vm: Machine): string | undefined =>
  vm.toolsRunning ? vm.nics.find((nic) => nic.addresses.length > 0)?.addresses[0] : undefined;

const guest = dataObject<Machine>('GuestInfo', {
  toolsStatus: enumeration('VirtualMachineToolsStatus', toolsStatus),
  toolsVersionStatus: text(() => 'guestToolsUnmanaged'),
  toolsVersionStatus2: text(() => 'guestToolsUnmanaged'),
  toolsRunningStatus: text(toolsRunningStatus),
  toolsVersion: text((vm) => (vm.toolsRunning ? '12352' : '0')),
  guestId: text(runningFamily('guestId')),
  guestFamily: text(runningFamily('guestFamily')),
  guestFullName: text(runningFamily('guestFullName')),
  hostName: text(hostName),
  ipAddress: text(firstAddress),
  net: arrayOf('GuestNicInfo', guestNics),
  guestState: text((vm) => (vm.toolsRunning ? 'running' : 'notRunning')),
  guestOperationsReady: boolean((vm) => vm.toolsRunning),
  interactiveGuestOperationsReady: boolean(() => false),
  guestStateChangeSupported: boolean((vm) => vm.toolsRunning),
});

const heartbeat = enumeration<Machine>('ManagedEntityStatus', (vm) => (vm.toolsRunning ? 'green' : 'gray'));

/** Thin disks are half full, and a running machine's swap file is part of what it uses. */
const committed = (vm: Machine): number =>
  vm.disks.reduce((sum, { capacityBytes, thin }) => sum + (thin ? capacityBytes / 2 : capacityBytes), 0);
const uncommitted = (vm: Machine): number =>
  vm.disks.reduce((sum, { capacityBytes, thin }) => sum + (thin ? capacityBytes / 2 : 0), 0);

const storage = dataObject<Machine>('VirtualMachineStorageSummary', {
  committed: long(committed),
  uncommitted: long(uncommitted),
  unshared: long(committed),
  timestamp: dateTime((vm) => vm.modifiedAt),
});

/** Made to differ with the power state only, although a real one's changes every 20 seconds. */
const quickStats = dataObject<Machine>('VirtualMachineQuickStats', {
  overallCpuUsage: int((vm) => (vm.powerState === 'poweredOn' ? vm.cpus * 37 : 0)),
  guestMemoryUsage: int((vm) => (vm.powerState === 'poweredOn' ? Math.floor(vm.memoryMb / 10) : 0)),
  hostMemoryUsage: int((vm) => (vm.powerState === 'poweredOn' ? vm.memoryMb : 0)),
  guestHeartbeatStatus: heartbeat,
  uptimeSeconds: int(() => 0),
});

const summary = dataObject<Machine>('VirtualMachineSummary', {
  vm: reference((vm) => vm),
  runtime,
  guest: dataObject<Machine>('VirtualMachineGuestSummary', {
    guestId: text(runningFamily('guestId')),
    guestFullName: text(runningFamily('guestFullName')),
    toolsStatus: enumeration('VirtualMachineToolsStatus', toolsStatus),
    toolsVersionStatus: text(() => 'guestToolsUnmanaged'),
    toolsRunningStatus: text(toolsRunningStatus),
    hostName: text(hostName),
    ipAddress: text(firstAddress),
  }),
  config: dataObject<Machine>('VirtualMachineConfigSummary', {
    name: text((vm) => vm.name),
    template: boolean((vm) => vm.template),
    vmPathName: text(vmxPath),
    memorySizeMB: int((vm) => vm.memoryMb),
    cpuReservation: int(() => 0),
    memoryReservation: int(() => 0),
    numCpu: int((vm) => vm.cpus),
    numEthernetCards: int((vm) => vm.nics.length),
    numVirtualDisks: int((vm) => vm.disks.length),
    uuid: text(biosUuid),
    instanceUuid: text(instanceUuid),
    guestId: text((vm) => vm.guest.guestId),
    guestFullName: text((vm) => vm.guest.guestFullName),
    annotation: text((vm) => vm.annotation),
    hwVersion: text((vm) => vm.guest.hardwareVersion),
  }),
  storage,
  quickStats,
  overallStatus: enumeration('ManagedEntityStatus', () => 'green'),
});

function snapshotTree(snapshot: Snapshot, tag: string): string {
  return (
    `<${tag}>${referenceElement('snapshot', snapshot)}${referenceElement('vm', snapshot.vm)}` +
    `<name>${escapeXml(snapshot.name)}</name><description>${escapeXml(snapshot.description)}</description>` +
    `<id>${snapshot.number}</id><createTime>${new Date(snapshot.createdAt).toISOString()}</createTime>` +
    `<state>${snapshot.powerState}</state><quiesced>false</quiesced>` +
    snapshot.children.map((child) => snapshotTree(child, 'childSnapshotList')).join('') +
    `<replaySupported>false</replaySupported></${tag}>`
  );
}

const snapshot = dataObject<Machine>(
  'VirtualMachineSnapshotInfo',
  {
    currentSnapshot: reference((vm) => vm.currentSnapshot),
    rootSnapshotList: arrayOf('VirtualMachineSnapshotTree', (vm, tag) =>
      vm.snapshots.map((root) => snapshotTree(root, tag)).join(''),
    ),
  },
  { when: (vm) => vm.snapshots.length > 0 },
);

/** A virtual machine's properties, beyond those of every entity. */
export const VIRTUAL_MACHINE: VimFields<VirtualMachine> = {
  config,
  datastore: references(datastoresOf),
  guest,
  guestHeartbeatStatus: heartbeat,
  network: references(networksOf),
  parentVApp: reference((vm) => vm.vApp),
  resourcePool: reference((vm) => vm.pool),
  rootSnapshot: references((vm) => vm.snapshots),
  runtime,
  snapshot,
  storage: fragment('VirtualMachineStorageInfo', (vm) => {
    const usage = [...datastoresOf(vm)].map(
      (datastore) =>
        `<perDatastoreUsage>${referenceElement('datastore', datastore)}<committed>${committed(vm)}</committed>` +
        `<uncommitted>${uncommitted(vm)}</uncommitted><unshared>${committed(vm)}</unshared></perDatastoreUsage>`,
    );
    return `${usage.join('')}<timestamp>${new Date(vm.modifiedAt).toISOString()}</timestamp>`;
  }),
  summary,
};

/** A snapshot's own properties. */
export const VIRTUAL_MACHINE_SNAPSHOT: VimFields<Snapshot> = {
  childSnapshot: references((source) => source.children),
  vm: reference((source) => source.vm),
};
