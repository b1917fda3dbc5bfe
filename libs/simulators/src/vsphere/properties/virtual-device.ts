import { uuidOf } from '../../seeded-random.js';
import type { Network, VirtualDisk, VirtualMachine, VirtualNic } from '../model/managed-object.js';
import { DistributedVirtualPortgroup, OpaqueNetwork } from '../model/managed-object.js';
import { escapeXml, referenceElement } from '../soap/vim-xml.js';

const DISK_UUIDS = 0xd15c;
/** A machine's disks are numbered within this range of its serial. */
const DISKS_PER_MACHINE = 64;
const FIRST_DISK_KEY = 2000;
const BYTES_PER_KB = 1024;
const THOUSANDS = new Intl.NumberFormat('en-US');

const device = (type: string, key: number, label: string, summary: string): string =>
  `<§ xsi:type="${type}"><key>${key}</key>` +
  `<deviceInfo><label>${label}</label><summary>${summary}</summary></deviceInfo>`;

const onController = (controllerKey: number, unitNumber: number): string =>
  `<controllerKey>${controllerKey}</controllerKey><unitNumber>${unitNumber}</unitNumber>`;

/**
 * The devices every machine has, as a real vCenter 8 lists them. `§` stands for the element's name, which
 * depends on whether the array is a property of its own (`VirtualDevice`) or a field (`device`).
 */
const STANDARD_DEVICES = [
  device('VirtualIDEController', 200, 'IDE 0', 'IDE 0') + '<busNumber>0</busNumber></§>',
  device('VirtualIDEController', 201, 'IDE 1', 'IDE 1') + '<busNumber>1</busNumber><device>3002</device></§>',
  device('VirtualPS2Controller', 300, 'PS2 controller 0', 'PS2 controller 0') +
    '<busNumber>0</busNumber><device>600</device><device>700</device></§>',
  device('VirtualPCIController', 100, 'PCI controller 0', 'PCI controller 0') +
    '<busNumber>0</busNumber><device>500</device><device>12000</device><device>1000</device>' +
    '<device>4000</device></§>',
  device('VirtualSIOController', 400, 'SIO controller 0', 'SIO controller 0') +
    '<busNumber>0</busNumber></§>',
  device('VirtualKeyboard', 600, 'Keyboard', 'Keyboard') + onController(300, 0) + '</§>',
  device('VirtualPointingDevice', 700, 'Pointing device', 'Pointing device; Device') +
    '<backing xsi:type="VirtualPointingDeviceDeviceBackingInfo"><deviceName></deviceName>' +
    '<useAutoDetect>false</useAutoDetect><hostPointingDevice>autodetect</hostPointingDevice></backing>' +
    onController(300, 1) +
    '</§>',
  device('VirtualMachineVideoCard', 500, 'Video card', 'Video card') +
    onController(100, 0) +
    '<videoRamSizeInKB>4096</videoRamSizeInKB><numDisplays>1</numDisplays><useAutoDetect>false</useAutoDetect>' +
    '<enable3DSupport>false</enable3DSupport><use3dRenderer>automatic</use3dRenderer>' +
    '<graphicsMemorySizeInKB>262144</graphicsMemorySizeInKB></§>',
  device(
    'VirtualMachineVMCIDevice',
    12000,
    'VMCI device',
    'Device on the virtual machine PCI bus that provides support for the virtual machine communication interface',
  ) +
    onController(100, 17) +
    '<id>-1</id><allowUnrestrictedCommunication>false</allowUnrestrictedCommunication>' +
    '<filterEnable>true</filterEnable></§>',
  device('ParaVirtualSCSIController', 1000, 'SCSI controller 0', 'VMware paravirtual SCSI') +
    '<slotInfo xsi:type="VirtualDevicePciBusSlotInfo"><pciSlotNumber>160</pciSlotNumber></slotInfo>' +
    onController(100, 3) +
    '<busNumber>0</busNumber><device>2000</device><hotAddRemove>true</hotAddRemove>' +
    '<sharedBus>noSharing</sharedBus><scsiCtlrUnitNumber>7</scsiCtlrUnitNumber></§>',
  device('VirtualAHCIController', 15000, 'SATA controller 0', 'AHCI') +
    '<slotInfo xsi:type="VirtualDevicePciBusSlotInfo"><pciSlotNumber>33</pciSlotNumber></slotInfo>' +
    onController(100, 24) +
    '<busNumber>0</busNumber></§>',
  device('VirtualCdrom', 3002, 'CD/DVD drive 1', 'Remote device') +
    '<backing xsi:type="VirtualCdromRemotePassthroughBackingInfo"><deviceName></deviceName>' +
    '<useAutoDetect>false</useAutoDetect><exclusive>false</exclusive></backing><connectable>' +
    '<migrateConnect>unset</migrateConnect><startConnected>false</startConnected>' +
    '<allowGuestControl>true</allowGuestControl><connected>false</connected><status>untried</status>' +
    '</connectable>' +
    onController(201, 0) +
    '</§>',
].join('');

const standardDevicesByTag = new Map<string, string>();

function standardDevices(tag: string): string {
  let xml = standardDevicesByTag.get(tag);
  if (xml === undefined) {
    xml = STANDARD_DEVICES.replaceAll('§', tag);
    standardDevicesByTag.set(tag, xml);
  }
  return xml;
}

/** The path of a disk's file on its datastore: `[datastore] vm/vm_1.vmdk`. */
function diskFile(vm: VirtualMachine, disk: VirtualDisk): string {
  const index = disk.key - FIRST_DISK_KEY;
  return `[${disk.datastore.name}] ${vm.name}/${vm.name}${index === 0 ? '' : `_${index}`}.vmdk`;
}

function diskDevice(vm: VirtualMachine, disk: VirtualDisk, tag: string): string {
  const index = disk.key - FIRST_DISK_KEY;
  const capacityKb = disk.capacityBytes / BYTES_PER_KB;
  const uuid = uuidOf(DISK_UUIDS, vm.serial * DISKS_PER_MACHINE + index);
  return (
    `<${tag} xsi:type="VirtualDisk"><key>${disk.key}</key><deviceInfo><label>Hard disk ${index + 1}</label>` +
    `<summary>${THOUSANDS.format(capacityKb)} KB</summary></deviceInfo>` +
    `<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>${escapeXml(diskFile(vm, disk))}</fileName>` +
    `${referenceElement('datastore', disk.datastore)}<backingObjectId></backingObjectId>` +
    '<diskMode>persistent</diskMode><split>false</split><writeThrough>false</writeThrough>' +
    `<thinProvisioned>${disk.thin}</thinProvisioned><uuid>${uuid.toUpperCase()}</uuid>` +
    `<contentId>${uuid.replaceAll('-', '')}</contentId><digestEnabled>false</digestEnabled>` +
    '<sharing>sharingNone</sharing></backing>' +
    `<controllerKey>1000</controllerKey><unitNumber>${index < 7 ? index : index + 1}</unitNumber>` +
    `<capacityInKB>${capacityKb}</capacityInKB><capacityInBytes>${disk.capacityBytes}</capacityInBytes>` +
    '<shares><shares>1000</shares><level>normal</level></shares><storageIOAllocation><limit>-1</limit>' +
    '<shares><shares>1000</shares><level>normal</level></shares><reservation>0</reservation>' +
    `</storageIOAllocation><diskObjectId>${vm.serial}-${disk.key}</diskObjectId>` +
    `<nativeUnmanagedLinkedClone>false</nativeUnmanagedLinkedClone></${tag}>`
  );
}

interface NicBacking {
  summary: string;
  xml: string;
}

function nicBacking(network: Network): NicBacking {
  if (network instanceof DistributedVirtualPortgroup) {
    const uuid = network.distributedSwitch.uuid;
    return {
      summary: `DVSwitch: ${uuid}`,
      xml:
        '<backing xsi:type="VirtualEthernetCardDistributedVirtualPortBackingInfo"><port>' +
        `<switchUuid>${uuid}</switchUuid><portgroupKey>${network.id}</portgroupKey></port></backing>`,
    };
  }
  if (network instanceof OpaqueNetwork) {
    return {
      summary: `nsx.LogicalSwitch: ${network.opaqueNetworkId}`,
      xml:
        '<backing xsi:type="VirtualEthernetCardOpaqueNetworkBackingInfo">' +
        `<opaqueNetworkId>${network.opaqueNetworkId}</opaqueNetworkId>` +
        '<opaqueNetworkType>nsx.LogicalSwitch</opaqueNetworkType></backing>',
    };
  }
  const name = escapeXml(network.name);
  return {
    summary: name,
    xml:
      `<backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>${name}</deviceName>` +
      `<useAutoDetect>false</useAutoDetect>${referenceElement('network', network)}` +
      '<inPassthroughMode>false</inPassthroughMode></backing>',
  };
}

function nicDevice(nic: VirtualNic, connected: boolean, tag: string): string {
  const index = nic.key - 4000;
  const { summary, xml } = nicBacking(nic.network);
  return (
    `<${tag} xsi:type="VirtualVmxnet3"><key>${nic.key}</key>` +
    `<deviceInfo><label>Network adapter ${index + 1}</label><summary>${summary}</summary></deviceInfo>${xml}` +
    '<connectable><migrateConnect>unset</migrateConnect><startConnected>true</startConnected>' +
    `<allowGuestControl>true</allowGuestControl><connected>${connected}</connected>` +
    `<status>${connected ? 'ok' : 'untried'}</status></connectable>` +
    '<slotInfo xsi:type="VirtualDevicePciBusSlotInfo">' +
    `<pciSlotNumber>${192 + 32 * index}</pciSlotNumber></slotInfo>` +
    `<controllerKey>100</controllerKey><unitNumber>${7 + index}</unitNumber>` +
    `<addressType>assigned</addressType><macAddress>${nic.macAddress}</macAddress>` +
    '<wakeOnLanEnabled>true</wakeOnLanEnabled><resourceAllocation><reservation>0</reservation>' +
    '<share><shares>50</shares><level>normal</level></share><limit>-1</limit></resourceAllocation>' +
    `<uptCompatibilityEnabled>true</uptCompatibilityEnabled></${tag}>`
  );
}

/** A machine's `config.hardware.device`: 12 standard devices, its disks and its network adapters. */
export function virtualDevices(vm: VirtualMachine, tag: string): string {
  let xml = standardDevices(tag);
  for (const disk of vm.disks) xml += diskDevice(vm, disk, tag);
  for (const nic of vm.nics) xml += nicDevice(nic, vm.powerState === 'poweredOn', tag);
  return xml;
}
