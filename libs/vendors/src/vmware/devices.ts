import type { JsonObject, JsonValue } from '#domain';

import { boolean, integer, list, long, record, reference, text, variant } from './soap/shape.js';

/** Every kind of `VirtualEthernetCard` up to vSphere 8.0 ("VirtualDevice", API reference). */
const NETWORK_CARDS = [
  'VirtualE1000',
  'VirtualE1000e',
  'VirtualPCNet32',
  'VirtualSriovEthernetCard',
  'VirtualVmxnet',
  'VirtualVmxnet2',
  'VirtualVmxnet3',
  'VirtualVmxnet3Vrdma',
  'VirtualEthernetCard',
];
const DISK = 'VirtualDisk';

const DEVICE = variant({
  key: integer,
  deviceInfo: record({ label: text }),
  controllerKey: integer,
  unitNumber: integer,
  capacityInBytes: long,
  capacityInKB: long,
  macAddress: text,
  connectable: record({ startConnected: boolean }),
  backing: variant({
    fileName: text,
    datastore: reference,
    diskMode: text,
    thinProvisioned: boolean,
    uuid: text,
    network: reference,
    deviceName: text,
    port: record({ switchUuid: text, portgroupKey: text }),
    opaqueNetworkId: text,
    opaqueNetworkType: text,
  }),
});

/**
 * `config.hardware.device`, of which only disks and network cards are read. A virtual machine has a dozen
 * devices, mostly controllers; they are most of its XML and nobody's inventory.
 */
export const devices = list(DEVICE, [DISK, ...NETWORK_CARDS]);

type Device = (typeof DEVICE)['value'];

const BYTES_PER_KIB = 1_024;

/** The disks, by key. */
export function disksOf(all: readonly Device[]): JsonObject[] {
  return inKeyOrder(all.filter(({ type }) => type === DISK)).map((disk) =>
    withoutUnset({
      key: disk.key,
      label: disk.deviceInfo?.label,
      controllerKey: disk.controllerKey,
      unitNumber: disk.unitNumber,
      capacityInBytes: disk.capacityInBytes ?? inBytes(disk.capacityInKB),
      backing: disk.backing?.type,
      fileName: disk.backing?.fileName,
      datastore: disk.backing?.datastore,
      diskMode: disk.backing?.diskMode,
      thinProvisioned: disk.backing?.thinProvisioned,
      uuid: disk.backing?.uuid,
    }),
  );
}

/** The network cards, by key. */
export function networkCardsOf(all: readonly Device[]): JsonObject[] {
  return inKeyOrder(all.filter(({ type }) => type !== DISK)).map((card) =>
    withoutUnset({
      key: card.key,
      type: card.type,
      label: card.deviceInfo?.label,
      macAddress: card.macAddress,
      startConnected: card.connectable?.startConnected,
      network: card.backing?.network,
      networkName: card.backing?.deviceName,
      portgroupKey: card.backing?.port?.portgroupKey,
      switchUuid: card.backing?.port?.switchUuid,
      opaqueNetworkId: card.backing?.opaqueNetworkId,
    }),
  );
}

function inKeyOrder(some: readonly Device[]): Device[] {
  return [...some].sort((one, other) => (one.key ?? 0) - (other.key ?? 0));
}

/** `capacityInBytes` came with vSphere 5.5; a few raw disks have only the older field. */
function inBytes(kib: number | string | undefined): number | undefined {
  return typeof kib === 'number' ? kib * BYTES_PER_KIB : undefined;
}

function withoutUnset(fields: Record<string, JsonValue | undefined>): JsonObject {
  const set = Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(set);
}
