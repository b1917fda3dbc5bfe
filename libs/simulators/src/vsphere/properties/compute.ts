import { ownerOf } from '../model/inventory.js';
import type { ComputeResource, Datastore, HostSystem, Network } from '../model/managed-object.js';
import { ResourcePool } from '../model/managed-object.js';
import { referenceElement } from '../soap/vim-xml.js';
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

const BYTES_PER_MB = 1024 * 1024;

type Host = HostSystem;

const hardwareSummary = dataObject<Host>('HostHardwareSummary', {
  vendor: text((host) => host.hardware.vendor),
  model: text((host) => host.hardware.model),
  uuid: text((host) => host.uuid),
  memorySize: long((host) => host.hardware.memoryBytes),
  cpuModel: text((host) => host.hardware.cpuModel),
  cpuMhz: int((host) => host.hardware.cpuMhz),
  numCpuPkgs: enumeration('xsd:short', (host) => host.hardware.packages.toString()),
  numCpuCores: enumeration('xsd:short', (host) => host.hardware.cores.toString()),
  numCpuThreads: enumeration('xsd:short', (host) => host.hardware.threads.toString()),
  numNics: int(() => 4),
  numHBAs: int(() => 2),
});

const runtime = dataObject<Host>('HostRuntimeInfo', {
  connectionState: enumeration('HostSystemConnectionState', (host) => host.connectionState),
  powerState: enumeration('HostSystemPowerState', (host) => host.powerState),
  standbyMode: text((host) => (host.powerState === 'standBy' ? 'in' : 'none')),
  inMaintenanceMode: boolean((host) => host.inMaintenanceMode),
  inQuarantineMode: boolean(() => false),
  bootTime: dateTime((host) => (host.powerState === 'poweredOn' ? host.bootedAt : undefined)),
});

const quickStats = dataObject<Host>('HostListSummaryQuickStats', {
  overallCpuUsage: int((host) => host.vms.size * 120),
  overallMemoryUsage: int((host) => host.vms.size * 1024),
  distributedCpuFairness: int(() => 0),
  distributedMemoryFairness: int(() => 0),
  uptime: int(() => 77_229),
});

const product = dataObject<Host>('AboutInfo', {
  name: text(() => 'VMware ESXi'),
  fullName: text(() => 'VMware ESXi 8.0.2 build-22380479'),
  vendor: text(() => 'VMware, Inc.'),
  version: text(() => '8.0.2'),
  build: text(() => '22380479'),
  localeVersion: text(() => 'INTL'),
  localeBuild: text(() => '000'),
  osType: text(() => 'vmnix-x86'),
  productLineId: text(() => 'embeddedEsx'),
  apiType: text(() => 'HostAgent'),
  apiVersion: text(() => '8.0.2.0'),
  licenseProductName: text(() => 'VMware ESX Server'),
  licenseProductVersion: text(() => '8.0'),
});

const hostStatus = (host: Host): string => (host.connectionState === 'connected' ? 'green' : 'red');

/** A host's properties, beyond those of every entity. */
export const HOST_SYSTEM: VimFields<HostSystem> = {
  config: dataObject('HostConfigInfo', { host: reference((host) => host), product }),
  datastore: references((host) => host.datastores),
  hardware: dataObject('HostHardwareInfo', {
    systemInfo: dataObject<Host>('HostSystemInfo', {
      vendor: text((host) => host.hardware.vendor),
      model: text((host) => host.hardware.model),
      uuid: text((host) => host.uuid),
      serialNumber: text((host) => host.uuid.slice(0, 8).toUpperCase()),
    }),
    cpuInfo: dataObject<Host>('HostCpuInfo', {
      numCpuPackages: enumeration('xsd:short', (host) => host.hardware.packages.toString()),
      numCpuCores: enumeration('xsd:short', (host) => host.hardware.cores.toString()),
      numCpuThreads: enumeration('xsd:short', (host) => host.hardware.threads.toString()),
      hz: long((host) => host.hardware.cpuMhz * 1_000_000),
    }),
    memorySize: long((host) => host.hardware.memoryBytes),
  }),
  network: references((host) => host.networks),
  overallStatus: enumeration('ManagedEntityStatus', hostStatus),
  runtime,
  summary: dataObject('HostListSummary', {
    host: reference((host) => host),
    hardware: hardwareSummary,
    runtime,
    config: dataObject<Host>('HostConfigSummary', {
      name: text((host) => host.name),
      port: int(() => 443),
      product,
      vmotionEnabled: boolean(() => true),
    }),
    quickStats,
    overallStatus: enumeration('ManagedEntityStatus', hostStatus),
    rebootRequired: boolean(() => false),
  }),
  vm: references((host) => host.vms),
};

type Compute = ComputeResource;

function sum(compute: Compute, of: (host: Host) => number): number {
  let total = 0;
  for (const host of compute.hosts) total += of(host);
  return total;
}

const isEffective = (host: Host): number =>
  host.connectionState === 'connected' && !host.inMaintenanceMode ? 1 : 0;
const mhz = (host: Host): number => host.hardware.cpuMhz * host.hardware.cores;

const summaryFields: VimFields<Compute> = {
  totalCpu: int((compute) => sum(compute, mhz)),
  totalMemory: long((compute) => sum(compute, (host) => host.hardware.memoryBytes)),
  numCpuCores: enumeration('xsd:short', (compute) => sum(compute, (host) => host.hardware.cores).toString()),
  numCpuThreads: enumeration('xsd:short', (compute) =>
    sum(compute, (host) => host.hardware.threads).toString(),
  ),
  effectiveCpu: int((compute) => sum(compute, (host) => mhz(host) * isEffective(host))),
  effectiveMemory: long((compute) =>
    sum(compute, (host) => Math.floor(host.hardware.memoryBytes / BYTES_PER_MB) * isEffective(host)),
  ),
  numHosts: int((compute) => compute.hosts.size),
  numEffectiveHosts: int((compute) => sum(compute, isEffective)),
  overallStatus: enumeration('ManagedEntityStatus', () => 'green'),
};

function* seenByHosts<T extends Datastore | Network>(
  compute: Compute,
  of: (host: Host) => Iterable<T>,
): Generator<T> {
  const seen = new Set<T>();
  for (const host of compute.hosts) {
    for (const item of of(host)) {
      if (!seen.has(item)) yield item;
      seen.add(item);
    }
  }
}

const computeFields: VimFields<Compute> = {
  datastore: references((compute) => seenByHosts(compute, (host) => host.datastores)),
  host: references((compute) => compute.hosts),
  network: references((compute) => seenByHosts(compute, (host) => host.networks)),
  resourcePool: reference((compute) => compute.rootPool),
};

/** A standalone host's compute resource: its properties beyond those of every entity. */
export const COMPUTE_RESOURCE: VimFields<ComputeResource> = {
  ...computeFields,
  configurationEx: fragment(
    'ComputeResourceConfigInfo',
    () => '<vmSwapPlacement>vmDirectory</vmSwapPlacement>',
  ),
  summary: dataObject('ComputeResourceSummary', summaryFields),
};

/** A cluster's properties, beyond those of every entity. */
export const CLUSTER_COMPUTE_RESOURCE: VimFields<ComputeResource> = {
  ...computeFields,
  configurationEx: dataObject('ClusterConfigInfoEx', {
    vmSwapPlacement: text(() => 'vmDirectory'),
    dasConfig: dataObject<Compute>('ClusterDasConfigInfo', {
      enabled: boolean(() => true),
      admissionControlEnabled: boolean(() => true),
      hostMonitoring: text(() => 'enabled'),
    }),
    drsConfig: dataObject<Compute>('ClusterDrsConfigInfo', {
      enabled: boolean(() => true),
      defaultVmBehavior: enumeration('DrsBehavior', () => 'fullyAutomated'),
      vmotionRate: int(() => 3),
    }),
  }),
  summary: dataObject('ClusterComputeResourceSummary', {
    ...summaryFields,
    currentFailoverLevel: int((compute) => Math.max(compute.hosts.size - 1, 0)),
    numVmotions: int(() => 0),
  }),
};

type Pool = ResourcePool;

const allocation = (shares: number): string =>
  '<reservation>0</reservation><expandableReservation>true</expandableReservation><limit>-1</limit>' +
  `<shares><shares>${shares}</shares><level>normal</level></shares>`;

const poolConfig = dataObject<Pool>('ResourceConfigSpec', {
  entity: reference((pool) => pool),
  cpuAllocation: fragment('ResourceAllocationInfo', () => allocation(4000)),
  memoryAllocation: fragment('ResourceAllocationInfo', () => allocation(163_840)),
});

const usage = (pool: Pool): string => {
  const owner = ownerOf(pool);
  const capacity = sum(owner, mhz);
  return (
    '<reservationUsed>0</reservationUsed><reservationUsedForVm>0</reservationUsedForVm>' +
    `<unreservedForPool>${capacity}</unreservedForPool><unreservedForVm>${capacity}</unreservedForVm>` +
    `<overallUsage>0</overallUsage><maxUsage>${capacity}</maxUsage>`
  );
};

const poolRuntime = dataObject<Pool>('ResourcePoolRuntimeInfo', {
  memory: fragment('ResourcePoolResourceUsage', usage),
  cpu: fragment('ResourcePoolResourceUsage', usage),
  overallStatus: enumeration('ManagedEntityStatus', () => 'green'),
});

/** A resource pool's properties, beyond those of every entity. */
export const RESOURCE_POOL: VimFields<ResourcePool> = {
  config: poolConfig,
  owner: reference(ownerOf),
  resourcePool: references((pool) => pool.pools),
  runtime: poolRuntime,
  summary: dataObject('ResourcePoolSummary', {
    name: text((pool) => pool.name),
    config: poolConfig,
    runtime: poolRuntime,
  }),
  vm: references((pool) => pool.vms),
};

/** What a vApp has beyond a resource pool. */
export const VIRTUAL_APP: VimFields<ResourcePool> = {
  ...RESOURCE_POOL,
  parentFolder: reference(() => undefined),
  parentVApp: reference((pool) =>
    pool.parent instanceof ResourcePool && pool.parent.type === 'VirtualApp' ? pool.parent : undefined,
  ),
  vAppConfig: fragment(
    'VAppConfigInfo',
    (pool) =>
      `${[...pool.vms]
        .map(
          (vm, index) =>
            `<entityConfig>${referenceElement('key', vm)}<startOrder>${index}</startOrder></entityConfig>`,
        )
        .join(
          '',
        )}<installBootRequired>false</installBootRequired><installBootStopDelay>0</installBootStopDelay>`,
  ),
  childLink: arrayOf('VirtualAppLinkInfo', () => ''),
};
