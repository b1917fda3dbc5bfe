import type {
  DistributedVirtualPortgroup,
  DistributedVirtualSwitch,
  ManagedEntity,
  Network,
  OpaqueNetwork,
  Vlan,
} from '../model/managed-object.js';
import { Datastore } from '../model/managed-object.js';
import { escapeXml, referenceElement } from '../soap/vim-xml.js';
import type { VimFields } from './vim-property.js';
import {
  arrayOf,
  boolean,
  dataObject,
  fragment,
  int,
  long,
  reference,
  references,
  text,
} from './vim-property.js';

/** What a datastore's machines have written: thin disks count half. */
function usedBytes(datastore: Datastore): number {
  let used = 0;
  for (const vm of datastore.vms) {
    for (const disk of vm.disks) {
      if (disk.datastore === datastore) used += disk.thin ? disk.capacityBytes / 2 : disk.capacityBytes;
    }
  }
  return used;
}

const freeBytes = (datastore: Datastore): number =>
  Math.max(datastore.capacityBytes - usedBytes(datastore), 0);
const url = (datastore: Datastore): string => `ds:///vmfs/volumes/${datastore.uuid}/`;

function hostMounts(datastore: Datastore, tag: string): string {
  let xml = '';
  for (const host of datastore.hosts) {
    xml +=
      `<${tag}>${referenceElement('key', host)}<mountInfo><path>/vmfs/volumes/${datastore.uuid}</path>` +
      `<accessMode>readWrite</accessMode><mounted>true</mounted><accessible>${datastore.accessible}</accessible>` +
      `</mountInfo></${tag}>`;
  }
  return xml;
}

/** A datastore's properties, beyond those of every entity. */
export const DATASTORE: VimFields<Datastore> = {
  browser: reference(() => undefined),
  capability: fragment(
    'DatastoreCapability',
    () =>
      '<directoryHierarchySupported>true</directoryHierarchySupported>' +
      '<rawDiskMappingsSupported>true</rawDiskMappingsSupported>' +
      '<perFileThinProvisioningSupported>true</perFileThinProvisioningSupported>',
  ),
  host: arrayOf('DatastoreHostMount', hostMounts),
  info: fragment(
    'DatastoreInfo',
    (datastore) =>
      `<name>${escapeXml(datastore.name)}</name><url>${url(datastore)}</url>` +
      `<freeSpace>${freeBytes(datastore)}</freeSpace><maxFileSize>70368744177664</maxFileSize>`,
  ),
  summary: dataObject('DatastoreSummary', {
    datastore: reference((datastore) => datastore),
    name: text((datastore) => datastore.name),
    url: text(url),
    capacity: long((datastore) => datastore.capacityBytes),
    freeSpace: long(freeBytes),
    uncommitted: long((datastore) => usedBytes(datastore)),
    accessible: boolean((datastore) => datastore.accessible),
    multipleHostAccess: boolean((datastore) => datastore.hosts.size > 1),
    type: text((datastore) => datastore.kind),
    maintenanceMode: text((datastore) => datastore.maintenanceMode),
  }),
  vm: references((datastore) => datastore.vms),
};

const sumOfDatastores = (
  pod: { children: Iterable<ManagedEntity> },
  of: (datastore: Datastore) => number,
): number => {
  let total = 0;
  for (const child of pod.children) if (child instanceof Datastore) total += of(child);
  return total;
};

type Pod = ManagedEntity & { children: Iterable<ManagedEntity> };

/** What a datastore cluster has beyond a folder. */
export const STORAGE_POD: VimFields<Pod> = {
  summary: dataObject('StoragePodSummary', {
    name: text((pod) => pod.name),
    capacity: long((pod) => sumOfDatastores(pod, (datastore) => datastore.capacityBytes)),
    freeSpace: long((pod) => sumOfDatastores(pod, freeBytes)),
  }),
  podStorageDrsEntry: fragment(
    'PodStorageDrsEntry',
    () =>
      '<storageDrsConfig><podConfig><enabled>true</enabled><ioLoadBalanceEnabled>true</ioLoadBalanceEnabled>' +
      '<defaultVmBehavior>manual</defaultVmBehavior></podConfig></storageDrsConfig>',
  ),
};

const networkSummaryFields: VimFields<Network> = {
  network: reference((network) => network),
  name: text((network) => network.name),
  accessible: boolean(() => true),
  ipPoolName: fragment('xsd:string', () => ''),
};

/** A network's properties, beyond those of every entity. */
export const NETWORK: VimFields<Network> = {
  host: references((network) => network.hosts),
  summary: dataObject('NetworkSummary', networkSummaryFields),
  vm: references((network) => network.vms),
};

/** An opaque network's properties, beyond those of every entity. */
export const OPAQUE_NETWORK: VimFields<OpaqueNetwork> = {
  host: references((network) => network.hosts),
  summary: dataObject('OpaqueNetworkSummary', {
    ...networkSummaryFields,
    opaqueNetworkId: text((network: OpaqueNetwork) => network.opaqueNetworkId),
    opaqueNetworkType: text(() => 'nsx.LogicalSwitch'),
  }),
  vm: references((network) => network.vms),
};

function vlanSpec(vlan: Vlan): string {
  if (typeof vlan === 'number') {
    return (
      '<vlan xsi:type="VmwareDistributedVirtualSwitchVlanIdSpec"><inherited>false</inherited>' +
      `<vlanId>${vlan}</vlanId></vlan>`
    );
  }
  return (
    '<vlan xsi:type="VmwareDistributedVirtualSwitchTrunkVlanSpec"><inherited>false</inherited>' +
    `<vlanId><start>${vlan.start}</start><end>${vlan.end}</end></vlanId></vlan>`
  );
}

/** A distributed port group's properties, beyond those of every entity. */
export const DISTRIBUTED_VIRTUAL_PORTGROUP: VimFields<DistributedVirtualPortgroup> = {
  ...(NETWORK as VimFields<DistributedVirtualPortgroup>),
  config: dataObject('DVPortgroupConfigInfo', {
    key: text((portgroup) => portgroup.id),
    name: text((portgroup) => portgroup.name),
    numPorts: int(() => 128),
    distributedVirtualSwitch: reference((portgroup) => portgroup.distributedSwitch),
    defaultPortConfig: fragment('VMwareDVSPortSetting', ({ vlan }) => vlanSpec(vlan), {
      declaredAs: 'DVPortSetting',
    }),
    type: text(() => 'earlyBinding'),
    uplink: boolean((portgroup) => typeof portgroup.vlan !== 'number'),
  }),
  key: text((portgroup) => portgroup.id),
  portKeys: arrayOf('string', () => ''),
};

const productSpec = dataObject<DistributedVirtualSwitch>('DistributedVirtualSwitchProductSpec', {
  name: text(() => 'DVS'),
  vendor: text(() => 'VMware, Inc.'),
  version: text(() => '8.0.0'),
  build: text(() => '22380479'),
  forwardingClass: text(() => 'etherswitch'),
});

/** A distributed switch's properties, beyond those of every entity. */
export const DISTRIBUTED_VIRTUAL_SWITCH: VimFields<DistributedVirtualSwitch> = {
  config: dataObject('VMwareDVSConfigInfo', {
    uuid: text((dvs) => dvs.uuid),
    name: text((dvs) => dvs.name),
    numStandalonePorts: int(() => 0),
    numPorts: int((dvs) => dvs.portgroups.size * 128),
    maxPorts: int(() => 2_147_483_647),
    productInfo: productSpec,
    configVersion: text(() => '3'),
    networkResourceManagementEnabled: boolean(() => true),
    maxMtu: int(() => 9000),
  }),
  portgroup: references((dvs) => dvs.portgroups),
  summary: dataObject('DVSSummary', {
    name: text((dvs) => dvs.name),
    uuid: text((dvs) => dvs.uuid),
    numPorts: int((dvs) => dvs.portgroups.size * 128),
    productInfo: productSpec,
    hostMember: references((dvs) => dvs.hosts),
    portgroupName: arrayOf('string', (dvs, tag) =>
      [...dvs.portgroups].map(({ name }) => `<${tag}>${escapeXml(name)}</${tag}>`).join(''),
    ),
    numHosts: int((dvs) => dvs.hosts.size),
  }),
  uuid: text((dvs) => dvs.uuid),
};

export type { Pod };
