import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import {
  AzureEstateBuilder,
  type AzureModelEstate,
  type AzureSimulator,
  type SimulatedResource,
  startAzureSimulator,
} from '#simulators';

import { azureAccount } from './support/azure-account.js';
import { queueBackends } from './support/redis.js';
import { TestMuster } from './support/test-muster.js';

const SHOP = '0a1b2c3d-0000-4000-8000-00000000000a';
const LABORATORY = '0a1b2c3d-0000-4000-8000-00000000000b';
const PLACE = { subscriptionId: SHOP, resourceGroup: 'Shop', location: 'westeurope' };
const ELSEWHERE = { subscriptionId: LABORATORY, resourceGroup: 'Lab', location: 'northeurope' };
const MACHINES = 'Microsoft.Compute/virtualMachines';
/** As long as it takes on a busy machine. */
const CHECK_MS = 60_000;

/** A subscription with a few of everything, and one with two machines. */
function buildEstate(): AzureModelEstate {
  const builder = new AzureEstateBuilder();
  builder.subscription(SHOP, 'Shop');
  builder.group(PLACE);
  const network = builder.network(PLACE, 'net', 1);
  for (const name of ['web-1', 'web-2', 'web-3', 'web-4']) builder.machine(PLACE, name, network);
  builder.services(PLACE, 'shop', network);
  builder.subscription(LABORATORY, 'Laboratory');
  builder.group(ELSEWHERE);
  const laboratory = builder.network(ELSEWHERE, 'net', 2);
  for (const name of ['lab-1', 'lab-2']) builder.machine(ELSEWHERE, name, laboratory);
  return builder.estate;
}

function idsOf(resources: readonly { id: string }[]): string[] {
  return resources.map(({ id }) => id.toLowerCase()).sort();
}

describe.each(queueBackends())('an Azure tenant synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let azure: AzureSimulator;
  let estate: AzureModelEstate;

  beforeAll(async () => {
    muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS });
    estate = buildEstate();
    azure = await startAzureSimulator({ estate });
  });

  afterEach(() => {
    azure.faults.reset();
  });

  afterAll(async () => {
    await muster.close();
    await azure.close();
  });

  const listed = async (type?: string) =>
    (await muster.listAll('AZURE', type)).map(({ resource_id }) => resource_id).sort();
  const ofShop = (type: string) => estate.ofType(type).filter(({ id }) => id.includes(SHOP));
  const inSubscription = (ids: readonly string[], id: string) => ids.filter((one) => one.includes(id));

  it('has every resource of a subscription once, and says how it went', async () => {
    await muster.addAccount(azureAccount(azure, 'azure-1', { subscriptions: [SHOP] }));

    const task = await muster.sync({ vendor: 'AZURE' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    const machines = [MACHINES, 'Microsoft.Compute/virtualMachineScaleSets/virtualMachines'];
    expect(await listed('cloudservers')).toEqual(idsOf(machines.flatMap(ofShop)));
    expect(await listed('volumes')).toEqual(idsOf(ofShop('Microsoft.Compute/disks')));
    expect((await listed('subnets')).length).toBe(2);
    const others = await muster.listAll('AZURE', 'otherResources');
    expect(others.map(({ properties }) => properties['type'])).toContain('microsoft.sql/servers');
    expect((await listed()).length).toBe(task.counts.created);
    const [machine] = await muster.listAll('AZURE', 'cloudservers');
    expect(machine).toMatchObject({ vendor: 'AZURE', region_id: expect.stringMatching(/europe$/) });
  });

  it('sees what was stopped, created and deleted, and nothing else', async () => {
    const [stopped, deleted] = ofShop(MACHINES);
    if (!stopped || !deleted) throw new Error('the estate has too few machines');
    switchOff(stopped);
    estate.remove(deleted.id);
    const bare = new AzureEstateBuilder(estate).put(PLACE, { type: MACHINES, name: 'new-born' }, {});

    const task = await muster.sync({ vendor: 'AZURE' });

    const { created, updated, deleted: gone } = task.counts;
    expect({ state: task.state, created, updated, gone }).toEqual({
      state: 'SUCCEEDED',
      created: 1,
      updated: 1,
      gone: 1,
    });
    expect(await listed('cloudservers')).toContain(bare.id.toLowerCase());
    expect(await listed('cloudservers')).not.toContain(deleted.id.toLowerCase());
    const { rows } = await muster.sql.query('SELECT status FROM resource WHERE native_id = $1', [
      stopped.id.toLowerCase(),
    ]);
    expect(rows).toEqual([{ status: 'stopped' }]);
  });

  it('is PARTIAL without the permission to read one type, names it, and deletes nothing', async () => {
    const before = await listed();
    azure.faults.denyAction('Microsoft.Compute/disks/read');

    const task = await muster.sync({ vendor: 'AZURE' });

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { deleted: 0 } });
    const failed = task.accounts[0]?.units.filter(({ state }) => state === 'FAILED') ?? [];
    expect(failed.map(({ type }) => type).sort()).toEqual([
      'otherResources', // may hold what may not be read
      'volumes',
    ]);
    const volumes = failed.find(({ type }) => type === 'volumes');
    expect(volumes?.error).toMatchObject({ kind: 'permission', code: 'MISSING_ACTION' });
    expect(volumes?.error?.message).toContain('Microsoft.Compute/disks/read');
    expect(await listed()).toEqual(before);
  });

  it('lists the other subscriptions when the role on one was taken away, whose rows stay', async () => {
    const types = { include: ['cloudservers', 'vpcs'] };
    const settings = { subscriptions: [SHOP, LABORATORY], resource_types: types };
    await muster.addAccount(azureAccount(azure, 'azure-2', settings));
    await muster.sync({ vendor: 'AZURE', account_id: 'azure-2' });
    const before = inSubscription(await listed('cloudservers'), LABORATORY);
    azure.faults.hideSubscription(LABORATORY);
    new AzureEstateBuilder(estate).put(PLACE, { type: MACHINES, name: 'newer' }, {});

    const task = await muster.sync({ vendor: 'AZURE', account_id: 'azure-2' });

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { created: 1, deleted: 0 } });
    expect(task.progress.by_state).toMatchObject({ SUCCEEDED: 2, FAILED: 2 });
    const errors = task.accounts[0]?.units.flatMap(({ error }) => (error === null ? [] : [error]));
    expect(errors?.map(({ kind, code }) => `${kind} ${String(code)}`)).toEqual([
      'permission SubscriptionNotFound',
      'permission SubscriptionNotFound',
    ]);
    expect(inSubscription(await listed('cloudservers'), LABORATORY)).toEqual(before);
  });

  it('skips a disabled subscription with a note, and keeps its rows', async () => {
    const before = inSubscription(await listed('cloudservers'), LABORATORY);
    const subscription = estate.subscriptions.find(({ subscriptionId }) => subscriptionId === LABORATORY);
    if (subscription === undefined) throw new Error('the estate has no such subscription');
    subscription.state = 'Disabled';

    const task = await muster.sync({ vendor: 'AZURE', account_id: 'azure-2' });
    subscription.state = 'Enabled';

    expect(task.progress.by_state).toMatchObject({ SUCCEEDED: 2, SKIPPED: 2 });
    expect(task.counts.deleted).toBe(0);
    expect(inSubscription(await listed('cloudservers'), LABORATORY)).toEqual(before);
  });

  it('waits as long as Resource Graph asks, and holds no slot meanwhile', async () => {
    azure.faults.throttleNext(1, 3, 'ResourceGraph');

    const task = await muster.sync({ vendor: 'AZURE', account_id: 'azure-2' });

    expect(task.state).toBe('SUCCEEDED');
    expect(task.timings.waits.throttled_ms).toBeGreaterThanOrEqual(3_000);
    const { body } = await muster.call<{
      data: { to: string; error: { kind: string; code: string } | null }[];
    }>('GET', `/v1/multicloud-resources/sync/${task.task_id}/transitions?limit=500`);
    const waits = body.data.filter(({ to, error }) => to === 'WAITING' && error !== null);
    expect(waits.map(({ error }) => error)).toContainEqual({ kind: 'throttled', code: 'RateLimiting' });
  });

  it('tells a wrong secret when the account is changed', async () => {
    const { body } = await muster.call<{ data: { id: string }[] }>(
      'GET',
      '/v1/vendor-account?limit=10&vendor=AZURE&account_id=azure-2',
    );
    const id = body.data[0]?.id ?? '';
    const { status } = await muster.call('PUT', `/v1/vendor-account/${id}`, { body: { sk: 'another~one' } });
    expect(status).toBe(200);
    const list = await muster.call<{ data: { failure_msg: string }[] }>(
      'GET',
      '/v1/vendor-account?limit=10&vendor=AZURE&account_id=azure-2',
    );
    expect(list.body.data[0]?.failure_msg).toContain('the client secret is wrong');
  });
});

function switchOff({ properties }: SimulatedResource): void {
  properties['extended'] = { instanceView: { powerState: { code: 'PowerState/deallocated' } } };
}
