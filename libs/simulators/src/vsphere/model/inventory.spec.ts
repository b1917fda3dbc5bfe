import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { SeededRandom, uuidOf } from '../../seeded-random.js';
import { EstateBuilder } from '../estates/estate-builder.js';
import { buildPlainEstate, PLAIN_COUNTS } from '../estates/plain-estate.js';
import { Inventory } from './inventory.js';
import type { ManagedEntity } from './managed-object.js';
import { Datastore, Folder, HostSystem, Network, ResourcePool, VirtualMachine } from './managed-object.js';

function estate(): Inventory {
  const about = { instanceUuid: uuidOf(1, 1), version: '8', apiVersion: '8', build: '1' };
  const inventory = new Inventory(about, () => 0, 1);
  const builder = new EstateBuilder(inventory, new SeededRandom(1), 'DistributedVirtualSwitch', 1);
  buildPlainEstate(builder, {
    ...PLAIN_COUNTS,
    pools: 2,
    vApps: 1,
    virtualMachines: 12,
    virtualMachineFolders: 2,
  });
  return inventory;
}

/** Every object that can be reached, going down from the root as container views do. */
function reachable(inventory: Inventory, from: ManagedEntity = inventory.root): Set<ManagedEntity> {
  const found = new Set<ManagedEntity>([from]);
  for (const child of inventory.children(from))
    for (const entity of reachable(inventory, child)) found.add(entity);
  return found;
}

function expectConsistent(inventory: Inventory): void {
  const entities = new Set(inventory.ofType('ManagedEntity'));
  expect(reachable(inventory)).toEqual(entities);
  for (const vm of inventory.virtualMachines()) {
    expect(vm.host?.vms.has(vm)).toBe(true);
    expect(vm.pool?.vms.has(vm)).toBe(true);
    for (const disk of vm.disks) expect(disk.datastore.vms.has(vm)).toBe(true);
    for (const nic of vm.nics) expect(nic.network.vms.has(vm)).toBe(true);
  }
  for (const entity of entities) {
    if (entity.parent) expect(entities.has(entity.parent)).toBe(true);
    const holds = entity instanceof HostSystem || entity instanceof ResourcePool;
    if (holds || entity instanceof Datastore || entity instanceof Network) {
      for (const vm of entity.vms) expect(inventory.get(vm.id)).toBe(vm);
    }
  }
}

const pick = <T>(items: Iterable<T>, index: number): T | undefined => {
  const all = [...items];
  return all[index % Math.max(all.length, 1)];
};

/** What may happen to an estate; `n` picks to what. */
const CHANGES: Record<string, (inventory: Inventory, n: number) => void> = {
  create: (inventory, n) => {
    const pool = pick(inventory.ofType('ResourcePool'), n);
    if (pool instanceof ResourcePool) inventory.createVm({ name: `new-${n}`, pool });
  },
  destroyVm: (inventory, n) => {
    const vm = pick(inventory.virtualMachines(), n);
    if (vm) inventory.destroyVm(vm);
  },
  destroyPool: (inventory, n) => {
    const pools = [...inventory.ofType('ResourcePool')].filter(
      ({ parent }) => parent instanceof ResourcePool,
    );
    const pool = pick(pools, n);
    if (pool) inventory.destroy(pool);
  },
  moveToHost: (inventory, n) => {
    const vm = pick(inventory.virtualMachines(), n);
    const host = pick(inventory.ofType('HostSystem'), n * 7);
    if (vm && host instanceof HostSystem) inventory.moveToHost(vm, host);
  },
  moveToFolder: (inventory, n) => {
    const vm = pick(inventory.virtualMachines(), n);
    const folders = [...inventory.ofType('Folder')].filter(
      (entity) => entity instanceof Folder && entity.kind === 'vm',
    );
    const folder = pick(folders, n * 5);
    if (vm && folder instanceof Folder) inventory.moveToFolder(vm, folder);
  },
  snapshot: (inventory, n) => {
    const vm = pick(inventory.virtualMachines(), n);
    if (vm) inventory.addSnapshot(vm, { name: `snapshot ${n}` });
  },
  destroyHost: (inventory, n) => {
    const hosts = [...inventory.ofType('HostSystem')];
    const host = pick(hosts, n);
    if (hosts.length > 2 && host?.parent?.type === 'ClusterComputeResource') inventory.destroy(host);
  },
};

describe('Inventory', () => {
  it('keeps its references consistent, whatever happens', () => {
    const change = fc.tuple(fc.constantFrom(...Object.keys(CHANGES)), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const inventory = estate();
        for (const [name, n] of changes) CHANGES[name]?.(inventory, n);
        expectConsistent(inventory);
      }),
      { numRuns: 60 },
    );
  });

  it('removes everything of a datacenter with it', () => {
    const inventory = estate();
    const datacenter = pick(inventory.ofType('Datacenter'), 0);
    if (datacenter) inventory.destroy(datacenter);
    expect([...inventory.ofType('ManagedEntity')]).toEqual([inventory.root]);
  });

  it('chains snapshots and forgets them with their machine', () => {
    const inventory = estate();
    const vm = pick(inventory.virtualMachines(), 0);
    if (!(vm instanceof VirtualMachine)) throw new Error('The estate has no machine.');
    const first = inventory.addSnapshot(vm, { name: 'first' });
    const second = inventory.addSnapshot(vm, { name: 'second', memory: true });
    expect(vm.snapshots).toEqual([first]);
    expect(first.children).toEqual([second]);
    expect([first.powerState, second.powerState]).toEqual(['poweredOff', 'poweredOn']);
    expect(inventory.get(second.id)).toBe(second);
    inventory.destroyVm(vm);
    expect(inventory.get(second.id)).toBeUndefined();
  });
});

describe('uuidOf', () => {
  it('is well-formed and never the same within a space', () => {
    const uuids = Array.from({ length: 20_000 }, (_, number) => uuidOf(5, number));
    expect(new Set(uuids).size).toBe(uuids.length);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
  });
});
