import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import {
  type RmsEstate,
  RmsEstateBuilder,
  type RmsSimulator,
  type SimulatedVpc,
  startRmsSimulator,
} from '#simulators';

import { queueBackends } from './support/redis.js';
import { rmsAccount } from './support/rms-account.js';
import { TestMuster } from './support/test-muster.js';

const BEIJING = 'cn-north-4';
const SINGAPORE = 'ap-southeast-3';
const SERVERS = 'ecs.cloudservers';
/** As long as it takes on a busy machine. */
const CHECK_MS = 60_000;

/** Two regions with servers and a few of everything, and what is in none. */
function buildEstate(): { builder: RmsEstateBuilder; networks: SimulatedVpc[] } {
  const builder = new RmsEstateBuilder();
  const networks = [BEIJING, SINGAPORE].map((id, index) => {
    const region = builder.region(id, id);
    const network = builder.network(region, 'shop', index + 1);
    for (const name of ['web-1', 'web-2', 'web-3']) builder.server(network, name);
    builder.services(network, `shop-${String(index)}`);
    return network;
  });
  builder.globals('shop');
  return { builder, networks };
}

describe.each(queueBackends())('a Huawei Cloud account synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let cloud: RmsSimulator;
  let estate: RmsEstate;
  const { builder, networks } = buildEstate();

  beforeAll(async () => {
    muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS });
    ({ estate } = builder);
    cloud = await startRmsSimulator({ estate });
  });

  afterEach(() => {
    cloud.faults.reset();
  });

  afterAll(async () => {
    await muster.close();
    await cloud.close();
  });

  const listed = async (type?: string) =>
    (await muster.listAll('RMS', type)).map(({ resource_id }) => resource_id).sort();
  const idsOf = (configType: string) =>
    estate
      .ofType(configType)
      .map(({ id }) => id)
      .sort();

  it('has every resource of Config once, and the recorder, and says how it went', async () => {
    await muster.addAccount(rmsAccount(cloud));

    const task = await muster.sync({ vendor: 'RMS' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    expect(task.counts.created).toBe(estate.resources.length + 1);
    expect(await listed('cloudservers')).toEqual(idsOf(SERVERS));
    expect(await listed('volumes')).toEqual(idsOf('evs.volumes'));
    expect((await listed()).length).toBe(estate.resources.length + 1);
    const others = await muster.listAll('RMS', 'otherResources');
    expect(others.map(({ properties }) => properties['provider'])).toEqual(
      expect.arrayContaining(['iam', 'kms', 'smn', 'cce', 'config']),
    );
    const [server] = await muster.listAll('RMS', 'cloudservers');
    expect(server).toMatchObject({
      vendor: 'RMS',
      region_id: expect.stringMatching(/-(north-4|southeast-3)$/),
    });
  });

  it('writes nothing when nothing has changed', async () => {
    const task = await muster.sync({ vendor: 'RMS' });
    const { created, updated, deleted, unchanged } = task.counts;
    expect({ created, updated, deleted, unchanged }).toEqual({
      created: 0,
      updated: 0,
      deleted: 0,
      unchanged: estate.resources.length + 1,
    });
  });

  it('sees what was stopped, created and deleted, before Config has heard of it where ECS knows', async () => {
    const [stopped, deleted, gone] = estate.ofType(SERVERS);
    const [network] = networks;
    if (!stopped || !deleted || !gone || !network) throw new Error('the estate has too few servers');
    estate.servers.set(stopped.id, { ...estate.servers.get(stopped.id), status: 'SHUTOFF' });
    estate.remove(deleted.id);
    estate.servers.delete(gone.id);
    const volume = builder.put(network.region, { type: 'evs.volumes', name: 'new' }, { status: 'creating' });

    const task = await muster.sync({ vendor: 'RMS' });

    const { created, updated, deleted: lost } = task.counts;
    expect({ state: task.state, created, updated, lost }).toEqual({
      state: 'SUCCEEDED',
      created: 1,
      updated: 1,
      lost: 2,
    });
    expect(await listed('volumes')).toContain(volume.id);
    const servers = await listed('cloudservers');
    expect(servers).not.toContain(deleted.id);
    expect(servers).not.toContain(gone.id);
    const { rows } = await muster.sql.query('SELECT status FROM resource WHERE native_id = $1', [stopped.id]);
    expect(rows).toEqual([{ status: 'stopped' }]);
  });

  it('is PARTIAL without the permission to look servers up, names it, and deletes nothing', async () => {
    const before = await listed();
    cloud.faults.deniedActions.add('ecs:cloudServers:list');

    const task = await muster.sync({ vendor: 'RMS' });

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { deleted: 0 } });
    const failed = task.accounts[0]?.units.filter(({ state }) => state === 'FAILED') ?? [];
    expect(new Set(failed.map(({ type }) => type))).toEqual(new Set(['cloudservers']));
    expect(failed[0]?.error).toMatchObject({ kind: 'permission' });
    expect(failed[0]?.error?.message).toContain('ecs:cloudServers:list');
    expect(await listed()).toEqual(before);
  });

  it('skips a region that Config may not look into with a note, and keeps its rows', async () => {
    const before = await listed();
    cloud.faults.restrictedRegions.add(SINGAPORE);

    const task = await muster.sync({ vendor: 'RMS' });

    expect(task.counts).toMatchObject({ created: 0, deleted: 0 });
    const skipped = task.accounts[0]?.units.filter(({ state }) => state === 'SKIPPED') ?? [];
    expect(skipped.length).toBeGreaterThan(0);
    expect(skipped[0]?.error).toMatchObject({ kind: 'absent', code: 'RMS.00010001' });
    expect(await listed()).toEqual(before);
  });

  it('lists chosen regions only, and what is in none', async () => {
    await muster.addAccount(rmsAccount(cloud, 'rms-2', { regions: [BEIJING] }));
    const task = await muster.sync({ vendor: 'RMS', account_id: 'rms-2' });
    expect(task.state).toBe('SUCCEEDED');
    const inScope = estate.resources.filter(({ region_id: region }) => region !== SINGAPORE);
    const known = inScope.filter(({ id, type }) => type !== 'cloudservers' || estate.servers.has(id));
    expect(task.counts.created).toBe(known.length + 1);
  });

  it('waits as long as the gateway asks, and holds no slot meanwhile', async () => {
    cloud.faults.throttleNext(1, 3, 'ListAllResources');

    const task = await muster.sync({ vendor: 'RMS', account_id: 'rms-2' });

    expect(task.state).toBe('SUCCEEDED');
    expect(task.timings.waits.throttled_ms).toBeGreaterThanOrEqual(3_000);
    const { body } = await muster.call<{
      data: { to: string; error: { kind: string; code: string } | null }[];
    }>('GET', `/v1/multicloud-resources/sync/${task.task_id}/transitions?limit=500`);
    const waits = body.data.filter(({ to, error }) => to === 'WAITING' && error !== null);
    expect(waits.map(({ error }) => error)).toContainEqual({ kind: 'throttled', code: 'APIGW.0308' });
  });

  it('comes through calls that fail, break off or are answered by half', async () => {
    const before = await listed();
    for (const kind of ['cut', 'malformed'] as const) cloud.faults.failNext(1, { kind }, 'ListAllResources');
    cloud.faults.failNext(1, { kind: 'status', status: 500 }, 'ListAllResources');
    cloud.faults.failNext(1, { kind: 'status', status: 502 }, 'ListServersDetails');

    const task = await muster.sync({ vendor: 'RMS', account_id: 'rms-2' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
    expect(await listed()).toEqual(before);
  });

  it('tells a wrong secret key when the account is changed', async () => {
    const path = '/v1/vendor-account?limit=10&vendor=RMS&account_id=rms-2';
    const { body } = await muster.call<{ data: { id: string }[] }>('GET', path);
    const id = body.data[0]?.id ?? '';
    const { status } = await muster.call('PUT', `/v1/vendor-account/${id}`, { body: { sk: 'another~one' } });
    expect(status).toBe(200);
    const list = await muster.call<{ data: { failure_msg: string }[] }>('GET', path);
    expect(list.body.data[0]?.failure_msg).toContain('refuses the access key');
  });
});
