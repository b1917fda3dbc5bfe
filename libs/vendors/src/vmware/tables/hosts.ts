import type { ResourceStatus } from '#domain';

import { reportableAddresses } from '../addresses.js';
import { boolean, integer, list, long, record, reference, text } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

const POWER: Readonly<Record<string, ResourceStatus>> = {
  poweredOn: 'running',
  poweredOff: 'stopped',
  standBy: 'suspended',
};

const CONNECTION: Readonly<Record<string, ResourceStatus>> = {
  disconnected: 'unknown',
  notResponding: 'error',
};

/** ESXi hosts. */
export const hosts = defineVsphereTable({
  type: 'hosts',
  managedTypes: ['HostSystem'],
  properties: {
    'summary.hardware': record({
      vendor: text,
      model: text,
      uuid: text,
      memorySize: long,
      cpuModel: text,
      cpuMhz: integer,
      numCpuPkgs: integer,
      numCpuCores: integer,
      numCpuThreads: integer,
      numNics: integer,
      numHBAs: integer,
    }),
    'config.product': record({ fullName: text, version: text, build: text, apiVersion: text }),
    'config.network.vnic': list(
      record({
        device: text,
        portgroup: text,
        spec: record({ mac: text, ip: record({ ipAddress: text, subnetMask: text }) }),
      }),
    ),
    'runtime.connectionState': text,
    'runtime.powerState': text,
    'runtime.inMaintenanceMode': boolean,
    datastore: list(reference),
    network: list(reference),
  },

  describe({ properties: host, place }) {
    const connection = host['runtime.connectionState'] ?? '';
    return {
      status: CONNECTION[connection] ?? POWER[host['runtime.powerState'] ?? ''] ?? 'unknown',
      nativeStatus: connection in CONNECTION ? connection : host['runtime.powerState'],
      zoneId: place.cluster?.name,
      addresses: reportableAddresses(
        (host['config.network.vnic'] ?? []).map(({ spec }) => spec?.ip?.ipAddress),
      ),
      relations: [
        ['member_of', place.cluster?.reference],
        ...(host.datastore ?? []).map((datastore) => ['attached_to', datastore] as const),
        ...(host.network ?? []).map((network) => ['attached_to', network] as const),
      ],
    };
  },
});
