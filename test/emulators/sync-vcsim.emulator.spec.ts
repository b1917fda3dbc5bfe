import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from '../support/eventually.js';
import { queueBackends } from '../support/redis.js';
import { type ListedResource, TestMuster } from '../support/test-muster.js';
import { startVcsim, type Vcsim, type VcsimFlavour } from './vcsim/vcsim.js';
import {
  argument,
  asReference,
  childText,
  type ObjectReference,
  objectsOf,
  read,
  type ReadObject,
  readOn,
  VIEW_TRAVERSAL,
  VsphereTestClient,
} from './vsphere-client.js';

/** What vcsim makes by itself, which takes it about 30 ms a machine; the others are made over the wire. */
const ESTATE = {
  datacenters: 2,
  clusters: 2,
  clusterHosts: 4,
  standaloneHosts: 1,
  pools: 2,
  virtualMachines: 20,
  datastores: 3,
  portgroups: 4,
};
const MADE_MACHINES = 2_900;
const VCSIM_MINIMUM = 3_000;
const MADE_AT_ONCE = 16;

/** Our types, and the managed object types that vcsim should list for each. */
const TYPES: Record<string, string> = {
  cloudservers: 'VirtualMachine',
  hosts: 'HostSystem',
  computeClusters: 'ClusterComputeResource',
  datacenters: 'Datacenter',
  datastores: 'Datastore',
  networks: 'Network',
  distributedSwitches: 'DistributedVirtualSwitch',
  resourcePools: 'ResourcePool',
};

/** Looks at and changes the simulated vCenter by the raw protocol, behind Muster's back. */
class Operator {
  private constructor(
    private readonly client: VsphereTestClient,
    private readonly root: ObjectReference,
    readonly instanceUuid: string,
  ) {}

  static async login(vcsim: Vcsim): Promise<Operator> {
    const client = new VsphereTestClient(vcsim.url);
    const instance = { type: 'ServiceInstance', id: 'ServiceInstance' };
    const { results } = await client.call('RetrieveServiceContent', instance);
    const content = results[0];
    const about = content?.children.find(({ name }) => name === 'about');
    const root = asReference(content?.children.find(({ name }) => name === 'rootFolder'));
    const credentials = `<userName>${vcsim.username}</userName><password>${vcsim.password}</password>`;
    await client.call('Login', { type: 'SessionManager', id: 'SessionManager' }, credentials);
    return new Operator(client, root, childText(about, 'instanceUuid') ?? '');
  }

  /** Every object of a type, subtypes included, with some properties. */
  async list(type: string, paths: readonly string[]): Promise<ReadObject[]> {
    const view = asReference(
      (
        await this.client.call(
          'CreateContainerView',
          { type: 'ViewManager', id: 'ViewManager' },
          `${argument('container', this.root)}<type>${type}</type><recursive>true</recursive>`,
        )
      ).results[0],
    );
    let answer = await read(this.client, {
      properties: { [type]: paths },
      objects: [view],
      selectSet: VIEW_TRAVERSAL,
    });
    const objects = objectsOf(answer);
    for (let token = childText(answer.results[0], 'token'); token !== undefined;) {
      answer = await readOn(this.client, token);
      objects.push(...objectsOf(answer));
      token = childText(answer.results[0], 'token');
    }
    await this.client.call('DestroyView', view);
    return objects;
  }

  /** Calls a method that returns a task, and waits for its success. */
  async run(method: string, receiver: ObjectReference, body = ''): Promise<void> {
    const { fault, results } = await this.client.call(method, receiver, body);
    if (fault !== undefined) throw new Error(`${method}: ${fault}`);
    const task = asReference(results[0]);
    const state = await eventually(`${method} ends`, async () => {
      const answer = await read(this.client, { properties: { Task: ['info.state'] }, objects: [task] });
      const current = objectsOf(answer)[0]?.values.get('info.state')?.text;
      return current === 'running' || current === 'queued' ? undefined : current;
    });
    if (state !== 'success') throw new Error(`${method} ended ${state}`);
  }
}

const FLAVOURS: VcsimFlavour[] = ['modern', 'debian'];

describe.each(FLAVOURS.flatMap((flavour) => queueBackends().map((backend) => ({ flavour, backend }))))(
  'vcsim ($flavour) synced through a queue on $backend',
  ({ flavour, backend }) => {
    let muster: TestMuster;
    let vcsim: Vcsim;
    let operator: Operator;

    beforeAll(async () => {
      vcsim = await startVcsim({ ...ESTATE, flavour });
      muster = await TestMuster.start({ backend });
      operator = await Operator.login(vcsim);
      await createMachines(operator, MADE_MACHINES);
      await muster.addAccount({
        vendor: 'VMWARE',
        account_id: 'vcsim',
        account_name: 'vcsim',
        ak: vcsim.username,
        sk: vcsim.password,
        settings: { endpoint: vcsim.url },
      });
    });

    afterAll(async () => {
      await muster.close();
      await vcsim.stop();
    });

    const sync = () => muster.sync({ vendor: 'VMWARE', account_id: 'vcsim' });
    const idOf = ({ type, id }: ObjectReference) => `${operator.instanceUuid}:${type}:${id}`;
    const vmOf = async (name: string) => {
      const found = (await operator.list('VirtualMachine', ['name'])).find(
        ({ values }) => values.get('name')?.text === name,
      );
      if (found === undefined) throw new Error(`vcsim has no machine ${name}`);
      return found;
    };
    const byId = async (type: string) =>
      new Map((await muster.listAll('VMWARE', type)).map((resource) => [resource.resource_id, resource]));

    it('lists every object with its name, and every machine with its power state', async () => {
      const task = await sync();

      expect(task.accounts.flatMap(({ units }) => units.filter(({ error }) => error !== null))).toEqual([]);
      expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, deleted: 0 } });
      for (const [type, managedType] of Object.entries(TYPES)) {
        const expected = await operator.list(managedType, ['name']);
        const listed = await byId(type);
        expect([type, [...listed.keys()].sort()]).toEqual([type, expected.map(idOf).sort()]);
        for (const object of expected) {
          expect(listed.get(idOf(object))?.name).toBe(object.values.get('name')?.text);
        }
      }
      const machines = await operator.list('VirtualMachine', ['runtime.powerState']);
      expect(machines.length).toBeGreaterThanOrEqual(VCSIM_MINIMUM);
      const listed = await byId('cloudservers');
      const wrong = machines.filter(
        (machine) =>
          powerStateOf(listed.get(idOf(machine))) !== machine.values.get('runtime.powerState')?.text,
      );
      expect(wrong).toEqual([]);
    });

    it('changes nothing in a second sync', async () => {
      const task = await sync();

      expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
      expect(task.counts.unchanged).toBeGreaterThanOrEqual(VCSIM_MINIMUM);
    });

    it('sees machines switched off, renamed, created and destroyed', async () => {
      const [off, renamed, gone] = (
        await operator.list('VirtualMachine', ['name', 'runtime.powerState'])
      ).filter(({ values }) => values.get('runtime.powerState')?.text === 'poweredOn');
      if (!off || !renamed || !gone) throw new Error('vcsim has too few machines that run');
      await operator.run('PowerOffVM_Task', off);
      await operator.run('Rename_Task', renamed, '<newName>renamed &amp; ✓</newName>');
      await operator.run('PowerOffVM_Task', gone);
      await operator.run('Destroy_Task', gone);
      await (
        await machineMaker(operator)
      )('new-born');

      const task = await sync();

      const unit = task.accounts[0]?.units.find(({ type }) => type === 'cloudservers');
      expect(unit).toMatchObject({ state: 'SUCCEEDED', created: 1, updated: 2, deleted: 1 });
      const listed = await byId('cloudservers');
      expect(powerStateOf(listed.get(idOf(off)))).toBe('poweredOff');
      expect(listed.get(idOf(renamed))?.name).toBe('renamed & ✓');
      expect(listed.has(idOf(gone))).toBe(false);
      expect(listed.get(idOf(await vmOf('new-born')))?.name).toBe('new-born');
      const { rows } = await muster.sql.query(
        `SELECT c.kind, count(*)::int FROM resource_change c JOIN resource r ON r.id = c.resource_id
         WHERE c.task_id = $1 AND r.resource_type = 'cloudservers' GROUP BY c.kind ORDER BY c.kind`,
        [task.task_id],
      );
      expect(rows).toEqual([
        { kind: 'CREATED', count: 1 },
        { kind: 'DELETED', count: 1 },
        { kind: 'UPDATED', count: 2 },
      ]);
    });
  },
);

function powerStateOf(resource: ListedResource | undefined): unknown {
  return (resource?.properties['runtime'] as { powerState?: unknown } | undefined)?.powerState;
}

/** Makes machines in the first cluster; returns how to make one. */
async function machineMaker(operator: Operator): Promise<(name: string) => Promise<void>> {
  const [datacenter] = await operator.list('Datacenter', ['vmFolder', 'datastore']);
  const [cluster] = await operator.list('ClusterComputeResource', ['resourcePool']);
  const [datastore] = await operator.list('Datastore', ['name']);
  const folder = asReference(datacenter?.values.get('vmFolder'));
  const pool = asReference(cluster?.values.get('resourcePool'));
  const path = `[${datastore?.values.get('name')?.text ?? ''}]`;
  return async (name) => {
    await operator.run(
      'CreateVM_Task',
      folder,
      `<config><name>${name}</name><files><vmPathName>${path}</vmPathName></files>` +
        `<numCPUs>2</numCPUs><memoryMB>256</memoryMB></config>${argument('pool', pool)}`,
    );
  };
}

async function createMachines(operator: Operator, count: number): Promise<void> {
  const create = await machineMaker(operator);
  let next = 0;
  const makers = Array.from({ length: MADE_AT_ONCE }, async () => {
    while (next < count) await create(`made-${String(next++)}`);
  });
  await Promise.all(makers);
}
