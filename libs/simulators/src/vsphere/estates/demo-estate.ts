import type {
  ClusterComputeResource,
  Datacenter,
  Datastore,
  DistributedVirtualPortgroup,
  Folder,
  GuestProfile,
  HostSystem,
  Network,
  ResourcePool,
  VirtualApp,
  VirtualMachine,
} from '../model/managed-object.js';
import type { EstateBuilder } from './estate-builder.js';
import { addresses, ESTATE_TIME, GIB, GUESTS, macAddress } from './estate-builder.js';

const OWNER = 101;
const ENVIRONMENT = 102;
const COST_CENTER = 103;

/** Some machines of one kind: `web-01` to `web-14`. */
interface Fleet {
  name: string;
  count: number;
  guest: GuestProfile;
  folder: string;
  cpus: number;
  memoryGib: number;
  diskGib: readonly number[];
  owner: string;
  annotation?: string;
  /** Puts it into a vApp; as real vCenters have it, it is in no folder then. */
  vApp?: VirtualApp;
}

const FLEETS: readonly Fleet[] = [
  {
    name: 'web',
    count: 14,
    guest: GUESTS.ubuntu,
    folder: 'Production',
    cpus: 2,
    memoryGib: 4,
    diskGib: [40],
    owner: 'web-platform',
  },
  {
    name: 'api',
    count: 12,
    guest: GUESTS.ubuntu,
    folder: 'Production',
    cpus: 4,
    memoryGib: 8,
    diskGib: [40],
    owner: 'web-platform',
  },
  {
    name: 'postgres',
    count: 6,
    guest: GUESTS.redHat,
    folder: 'Production',
    cpus: 8,
    memoryGib: 64,
    diskGib: [60, 500, 200],
    owner: 'data',
    annotation: 'Primary/standby pairs. Patch standby first; see runbook DB-12.',
  },
  {
    name: 'redis',
    count: 4,
    guest: GUESTS.debian,
    folder: 'Production',
    cpus: 2,
    memoryGib: 16,
    diskGib: [40],
    owner: 'data',
  },
  {
    name: 'kafka',
    count: 5,
    guest: GUESTS.redHat,
    folder: 'Production',
    cpus: 4,
    memoryGib: 32,
    diskGib: [60, 1000],
    owner: 'data',
  },
  {
    name: 'k8s-node',
    count: 16,
    guest: GUESTS.ubuntu,
    folder: 'Kubernetes',
    cpus: 8,
    memoryGib: 32,
    diskGib: [100],
    owner: 'platform',
    annotation: 'Managed by Cluster API: do not change by hand.',
  },
  {
    name: 'k8s-control',
    count: 3,
    guest: GUESTS.ubuntu,
    folder: 'Kubernetes',
    cpus: 4,
    memoryGib: 16,
    diskGib: [60],
    owner: 'platform',
  },
  {
    name: 'win-ad',
    count: 2,
    guest: GUESTS.windows,
    folder: 'Infrastructure',
    cpus: 2,
    memoryGib: 8,
    diskGib: [80],
    owner: 'it',
  },
  {
    name: 'win-files',
    count: 3,
    guest: GUESTS.windows,
    folder: 'Infrastructure',
    cpus: 4,
    memoryGib: 16,
    diskGib: [80, 2000],
    owner: 'it',
    annotation: 'Fileserver <Büro & Werk>\nBackup: täglich 02:00',
  },
  {
    name: 'build',
    count: 8,
    guest: GUESTS.debian,
    folder: 'Test',
    cpus: 8,
    memoryGib: 16,
    diskGib: [200],
    owner: 'ci',
  },
  {
    name: 'test-web',
    count: 14,
    guest: GUESTS.ubuntu,
    folder: 'Test',
    cpus: 2,
    memoryGib: 4,
    diskGib: [40],
    owner: 'web-platform',
  },
  {
    name: 'test-db',
    count: 8,
    guest: GUESTS.redHat,
    folder: 'Test',
    cpus: 4,
    memoryGib: 16,
    diskGib: [60, 100],
    owner: 'data',
  },
];

interface Site {
  datacenter: Datacenter;
  code: string;
  production: ClusterComputeResource;
  test: ClusterComputeResource;
  folders: Map<string, Folder>;
  datastores: [Datastore, ...Datastore[]];
  local: Datastore;
  networks: { production: DistributedVirtualPortgroup; test: DistributedVirtualPortgroup; storage: Network };
  pools: { production: ResourcePool; test: ResourcePool };
}

/** Generates a believable small company's estate: two sites, about 200 machines, and the odd problem. */
export function buildDemoEstate(builder: EstateBuilder): void {
  builder.inventory.customFields.push(
    { key: OWNER, name: 'Owner', managedObjectType: 'VirtualMachine' },
    { key: ENVIRONMENT, name: 'Environment', managedObjectType: 'VirtualMachine' },
    { key: COST_CENTER, name: 'CostCenter' },
  );
  const europe = builder.folder('Europe', builder.inventory.root);
  for (const [name, code] of [
    ['London', 'lon'],
    ['Frankfurt', 'fra'],
  ] as const) {
    const site = buildSite(builder, builder.datacenter(name, europe), code);
    for (const fleet of FLEETS) buildFleet(builder, site, fleet);
    buildSpecialMachines(builder, site);
  }
}

function buildSite(builder: EstateBuilder, datacenter: Datacenter, code: string): Site {
  const { folders } = datacenter;
  datacenter.customValues = new Map([[COST_CENTER, code === 'lon' ? 'CC-1100' : 'CC-1200']]);
  const production = buildCluster(builder, folders.host, `${code}-prod`, 6);
  const test = buildCluster(builder, folders.host, `${code}-test`, 3);
  const witness = builder.standaloneHost(`esx-${code}-witness.example.internal`, folders.host);
  const hosts = [...production.hosts, ...test.hosts, witness];
  const maintained = [...test.hosts].at(-1);
  if (maintained) maintained.inMaintenanceMode = true;
  const pod = builder.storagePod(`${code}-vmfs`, folders.datastore);
  const shared = (name: string): Datastore => builder.datastore(`${code}-${name}`, pod, hosts);
  const datastores: [Datastore, ...Datastore[]] = [shared('vmfs-01'), shared('vmfs-02'), shared('vmfs-03')];
  for (const datastore of datastores) datastore.capacityBytes *= 4;
  const nfs = builder.datastore(`${code}-nfs-iso`, folders.datastore, hosts);
  nfs.kind = 'NFS';
  const local = builder.datastore(`${code}-witness-local`, folders.datastore, [witness]);
  const dvs = builder.distributedSwitch(`${code}-dvs`, builder.folder('Switches', folders.network), hosts);
  builder.network('VM Network', folders.network, hosts);
  builder.opaqueNetwork(`${code}-nsx-overlay`, folders.network, production.hosts);
  return {
    datacenter,
    code,
    production,
    test,
    folders: new Map(
      ['Production', 'Kubernetes', 'Infrastructure', 'Test', 'Templates'].map((name) => [
        name,
        builder.folder(name, folders.vm),
      ]),
    ),
    datastores,
    local,
    networks: {
      production: builder.portgroup(`${code}-prod-vlan110`, dvs, 110),
      test: builder.portgroup(`${code}-test-vlan210`, dvs, 210),
      storage: builder.portgroup(`${code}-storage-vlan310`, dvs, 310),
    },
    pools: {
      production: builder.pool('Production', production.rootPool),
      test: builder.pool('Test', test.rootPool),
    },
  };
}

function buildCluster(
  builder: EstateBuilder,
  parent: Folder,
  name: string,
  hosts: number,
): ClusterComputeResource {
  const cluster = builder.cluster(name, parent);
  for (let number = 1; number <= hosts; number += 1) {
    builder.clusterHost(`esx-${name}-${twoDigits(number)}.example.internal`, cluster);
  }
  return cluster;
}

const twoDigits = (number: number): string => number.toString().padStart(2, '0');

const isTest = (fleet: Fleet): boolean => fleet.folder === 'Test';

function buildFleet(builder: EstateBuilder, site: Site, fleet: Fleet): void {
  for (let number = 1; number <= fleet.count; number += 1) {
    const vm = createMachine(builder, site, fleet, `${site.code}-${fleet.name}-${twoDigits(number)}`);
    if (isTest(fleet) && number % 5 === 0) continue; // some test machines are off
    builder.inventory.powerOn(vm);
    vm.bootedAt = ESTATE_TIME - builder.random.below(60 * 24 * 3600) * 1000;
  }
}

function createMachine(builder: EstateBuilder, site: Site, fleet: Fleet, name: string): VirtualMachine {
  const { inventory, random } = builder;
  const cluster = isTest(fleet) ? site.test : site.production;
  const hosts = [...cluster.hosts].filter((host) => !host.inMaintenanceMode);
  const datastore = random.pick(site.datastores);
  const folder = fleet.vApp ? undefined : site.folders.get(fleet.folder);
  const host: HostSystem | undefined = hosts[random.below(hosts.length)];
  const vm = inventory.createVm({
    name,
    guest: fleet.guest,
    pool: fleet.vApp ?? (isTest(fleet) ? site.pools.test : site.pools.production),
    ...(folder && { folder }),
    ...(host && { host }),
    cpus: fleet.cpus,
    memoryMb: fleet.memoryGib * 1024,
    disks: fleet.diskGib.map((gib, index) => ({
      key: 2000 + index,
      capacityBytes: gib * GIB,
      thin: index === 0,
      datastore,
    })),
  });
  addNics(builder, site, vm, fleet);
  vm.coresPerSocket = Math.max(1, fleet.cpus / 2);
  vm.annotation = fleet.annotation ?? '';
  vm.createdAt = ESTATE_TIME - (30 + random.below(700)) * 24 * 3_600_000;
  vm.modifiedAt = vm.createdAt + random.below(20 * 24 * 3600) * 1000;
  vm.customValues = new Map([
    [OWNER, fleet.owner],
    [ENVIRONMENT, isTest(fleet) ? 'test' : 'production'],
  ]);
  return vm;
}

/** One adapter, and for machines with data disks a second one on the storage network. */
function addNics({ inventory }: EstateBuilder, site: Site, vm: VirtualMachine, fleet: Fleet): void {
  const networks = [isTest(fleet) ? site.networks.test : site.networks.production];
  const all: Network[] = vm.disks.length > 1 ? [...networks, site.networks.storage] : networks;
  for (const [index, network] of all.entries()) {
    const number = (vm.serial % 0x4000) * 4 + index;
    inventory.addNic(vm, {
      key: 4000 + index,
      macAddress: macAddress(number),
      network,
      addresses: addresses(number),
    });
  }
}

const SMALL: Fleet = {
  name: 'special',
  count: 1,
  guest: GUESTS.ubuntu,
  folder: 'Infrastructure',
  cpus: 2,
  memoryGib: 4,
  diskGib: [40],
  owner: 'it',
};

/** One of each thing that an inventory has to get right. */
function buildSpecialMachines(builder: EstateBuilder, site: Site): void {
  const { inventory } = builder;
  const make = (name: string, fleet: Partial<Fleet> = {}): VirtualMachine =>
    createMachine(builder, site, { ...SMALL, ...fleet }, `${site.code}-${name}`);

  for (const [name, guest] of [
    ['template-ubuntu-22.04', GUESTS.ubuntu],
    ['template-rhel-9', GUESTS.redHat],
    ['template-windows-2022', GUESTS.windows],
  ] as const) {
    makeTemplate(make(name, { guest, folder: 'Templates' }));
  }

  inventory.suspend(make('demo-laptop-vdi'));
  const orphan = make('old-billing');
  orphan.connectionState = 'orphaned';
  const noTools = make('firewall-appliance', { cpus: 4, annotation: 'Vendor appliance: no VMware Tools.' });
  inventory.powerOn(noTools);
  noTools.toolsRunning = false;

  const upgraded = make('gitlab', { cpus: 8, memoryGib: 32, diskGib: [60, 800], owner: 'ci' });
  inventory.powerOn(upgraded);
  inventory.addSnapshot(upgraded, { name: 'before 17.0', description: 'Taken before the upgrade' });
  inventory.addSnapshot(upgraded, { name: 'before 17.1 & OS patches', memory: true });

  const vApp = builder.vApp(`${site.code}-erp`, site.pools.production);
  for (const name of ['erp-app', 'erp-db', 'erp-batch']) inventory.powerOn(make(name, { vApp }));
}

function makeTemplate(vm: VirtualMachine): void {
  vm.template = true;
  vm.pool?.vms.delete(vm);
  vm.pool = undefined;
}
