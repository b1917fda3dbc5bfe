import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { eventually } from './support/eventually.js';
import { queueBackends } from './support/redis.js';
import { type ListedResource, TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

/** Our types, and the managed object types they come from; subtypes included, as in container views. */
const TYPES = {
  cloudservers: 'VirtualMachine',
  hosts: 'HostSystem',
  computeClusters: 'ClusterComputeResource',
  datacenters: 'Datacenter',
  datastores: 'Datastore',
  datastoreClusters: 'StoragePod',
  networks: 'Network',
  distributedSwitches: 'DistributedVirtualSwitch',
  resourcePools: 'ResourcePool',
} as const;

/** As long as it takes on a busy machine. */
const CHECK_MS = 60_000;

function idsOf(resources: readonly ListedResource[]): string[] {
  return resources.map(({ resource_id }) => resource_id).sort();
}

function expectedIds({ inventory, instanceUuid }: VsphereSimulator, managedType: string): string[] {
  return [...inventory.ofType(managedType)].map(({ type, id }) => `${instanceUuid}:${type}:${id}`).sort();
}

describe.each(queueBackends())('a vCenter synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let vcenter: VsphereSimulator;

  beforeAll(async () => {
    muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS });
    vcenter = await startVsphereSimulator({ preset: 'demo', tls: true });
    const settings = { tls_fingerprint_sha256: vcenter.fingerprintSha256 };
    await muster.addAccount(vcenterAccount(vcenter, 'vc-1', settings));
  });

  afterAll(async () => {
    await muster.close();
    await vcenter.close();
  });

  const sync = () => muster.sync({ vendor: 'VMWARE', account_id: 'vc-1' });
  it('has every object once, and says how it went', async () => {
    const task = await sync();

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    expect(task.progress.units_finished).toBe(task.progress.units);
    for (const [type, managedType] of Object.entries(TYPES)) {
      const listed = await muster.listAll('VMWARE', type);
      expect([type, idsOf(listed)]).toEqual([type, expectedIds(vcenter, managedType)]);
    }
    const all = await muster.listAll('VMWARE');
    expect(new Set(all.map(({ id }) => id)).size).toBe(task.counts.created);
    expect(task.counts.seen).toBe(task.counts.created);
    const params = { query: { vendor: 'VMWARE' } } as const;
    const count = await muster.client.get('/v1/multicloud-resources/count', { params });
    expect(count).toEqual({ data: task.counts.created });
  });

  it('writes no inventory row when nothing changed', async () => {
    const rowVersions = () => muster.sql.query('SELECT id, xmin::text FROM resource ORDER BY id');
    const before = (await rowVersions()).rows;

    const task = await sync();

    const { created, updated, unchanged, deleted } = task.counts;
    expect({ created, updated, unchanged, deleted }).toEqual({
      created: 0,
      updated: 0,
      unchanged: before.length,
      deleted: 0,
    });
    expect((await rowVersions()).rows).toEqual(before);
  });

  it('sees what was switched off, renamed, created and destroyed, and nothing else', async () => {
    const [off, renamed, gone, anchor] = [...vcenter.inventory.virtualMachines()].filter(
      ({ powerState, template }) => powerState === 'poweredOn' && !template,
    );
    if (!off || !renamed || !gone || !anchor?.pool) throw new Error('the demo estate has too few machines');
    vcenter.inventory.powerOff(off);
    vcenter.inventory.rename(renamed, 'renamed & <moved> ✓');
    vcenter.inventory.powerOff(gone);
    vcenter.inventory.destroy(gone);
    const born = vcenter.inventory.createVm({ name: 'new-born', pool: anchor.pool });

    const task = await sync();

    const servers = task.accounts[0]?.units.find(({ type }) => type === 'cloudservers');
    expect(servers).toMatchObject({ created: 1, updated: 2, deleted: 1, state: 'SUCCEEDED' });
    const listed = await muster.listAll('VMWARE', 'cloudservers');
    expect(idsOf(listed)).toEqual(expectedIds(vcenter, 'VirtualMachine'));
    const byName = new Map(listed.map((resource) => [resource.name, resource]));
    expect(byName.has('renamed & <moved> ✓')).toBe(true);
    expect(byName.get(born.name)?.properties).toMatchObject({ runtime: { powerState: 'poweredOff' } });
    const { rows } = await muster.sql.query(
      `SELECT c.kind, r.name, r.status FROM resource_change c JOIN resource r ON r.id = c.resource_id
       WHERE c.task_id = $1 AND r.resource_type = 'cloudservers' ORDER BY c.kind, r.name`,
      [task.task_id],
    );
    expect(rows).toEqual(
      expect.arrayContaining([
        { kind: 'CREATED', name: 'new-born', status: 'stopped' },
        { kind: 'DELETED', name: gone.name, status: 'running' },
        { kind: 'UPDATED', name: off.name, status: 'stopped' },
        { kind: 'UPDATED', name: 'renamed & <moved> ✓', status: 'running' },
      ]),
    );
    expect(rows).toHaveLength(4);
  });

  it('leaves no session behind at the vCenter', async () => {
    await muster.sync({ vendor: 'VMWARE' });
    await eventually('every session is closed', () => vcenter.counters.sessions === 0);
    expect(vcenter.counters.views).toBe(0);
  });
});
