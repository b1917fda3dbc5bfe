import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { type HcsEstate, HcsEstateBuilder, type HcsSimulator, startHcsSimulator } from '#simulators';

import { hcsAccount, manageOneAccount } from './support/hcs-account.js';
import { queueBackends } from './support/redis.js';
import { TestMuster } from './support/test-muster.js';

const FIRST = 'sa-fb-1';
const SECOND = 'sa-fb-2';
/** As long as it takes on a busy machine. */
const CHECK_MS = 60_000;

/** Two projects in one region and one in another, each with servers and one of everything else. */
function buildEstate() {
  const builder = new HcsEstateBuilder();
  const projects = [
    builder.project(FIRST),
    builder.project(FIRST, `${FIRST}_laboratory`),
    builder.project(SECOND),
  ];
  const networks = projects.map((project, index) => {
    const network = builder.network(project, 'plant', index + 1);
    for (const name of ['web-1', 'web-2', 'web-3']) builder.server(network, name);
    builder.services(network, 'plant');
    return network;
  });
  return { builder, networks };
}

describe.each(queueBackends())('a Huawei Cloud Stack synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let cloud: HcsSimulator;
  let estate: HcsEstate;
  const { builder, networks } = buildEstate();

  beforeAll(async () => {
    muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS });
    ({ estate } = builder);
    cloud = await startHcsSimulator({ estate });
  });

  afterEach(() => {
    cloud.faults.reset();
  });

  afterAll(async () => {
    await muster.close();
    await cloud.close();
  });

  const listed = async (type?: string) =>
    (await muster.listAll('HCS', type)).map(({ resource_id }) => resource_id).sort();
  const serversOf = (...indexes: number[]) =>
    indexes.flatMap((index) => estate.list('servers', estate.projects[index]?.id ?? ''));
  const idsOf = (items: readonly { id?: unknown }[]) => items.map(({ id }) => String(id)).sort();
  const firstOf = (index: number) => {
    const [server] = serversOf(index);
    if (typeof server?.['id'] !== 'string') throw new Error('the project has no server');
    return { server, id: server['id'], projectId: estate.projects[index]?.id ?? '' };
  };

  it('has every resource of every project once, each in its region', async () => {
    await muster.addAccount(hcsAccount(cloud));

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    expect(task.counts.created).toBe(estate.size);
    expect(await listed('cloudservers')).toEqual(idsOf(serversOf(0, 1, 2)));
    expect((await listed()).length).toBe(estate.size);
    const regions = (await muster.listAll('HCS', 'cloudservers')).map(({ region_id }) => region_id).sort();
    expect(regions).toEqual([...Array<string>(6).fill(FIRST), ...Array<string>(3).fill(SECOND)]);
  });

  it('writes nothing when nothing has changed', async () => {
    const task = await muster.sync({ vendor: 'HCS' });
    const { created, updated, deleted, unchanged } = task.counts;
    expect({ created, updated, deleted, unchanged }).toEqual({
      created: 0,
      updated: 0,
      deleted: 0,
      unchanged: estate.size,
    });
  });

  it('sees what was stopped, created and deleted', async () => {
    const stopped = firstOf(0);
    const gone = firstOf(2);
    const [network] = networks;
    if (network === undefined) throw new Error('there is no network');
    stopped.server['status'] = 'SHUTOFF';
    estate.remove('servers', gone.projectId, gone.id);
    const volume = builder.put(network.project, 'volumes', { name: 'new', status: 'creating' });

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 1, updated: 1, deleted: 1 } });
    expect(await listed('volumes')).toContain(volume);
    expect(await listed('cloudservers')).not.toContain(gone.id);
    const { rows } = await muster.sql.query('SELECT status FROM resource WHERE native_id = $1', [stopped.id]);
    expect(rows).toEqual([{ status: 'stopped' }]);
  });

  it('is PARTIAL without a permission, names it, and deletes nothing', async () => {
    const before = await listed();
    cloud.faults.deniedCalls.add('ListVolumes');

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { deleted: 0 } });
    const failed = task.accounts[0]?.units.filter(({ state }) => state === 'FAILED') ?? [];
    expect(failed.map(({ type }) => type)).toEqual(['volumes', 'volumes', 'volumes']);
    expect(failed[0]?.error).toMatchObject({ kind: 'permission' });
    expect(failed[0]?.error?.message).toContain('evs:volumes:list');
    expect(await listed()).toEqual(before);
  });

  it('skips a service that the stack does without, and keeps what was known of it', async () => {
    const before = await listed();
    cloud.faults.missingCalls.add('ListBareMetalServers').add('ListClusters');

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, deleted: 0 } });
    const skipped = task.accounts[0]?.units.filter(({ state }) => state === 'SKIPPED') ?? [];
    expect(new Set(skipped.map(({ type }) => type))).toEqual(new Set(['bareMetalServers', 'clusters']));
    expect(skipped[0]?.error).toMatchObject({ kind: 'absent', code: 'APIGW.0101' });
    expect(await listed()).toEqual(before);
  });

  it('keeps the rows of a project that was disabled', async () => {
    const before = await listed();
    const laboratory = estate.projects[1];
    if (laboratory === undefined) throw new Error('there is no project');
    laboratory.isDisabled = true;
    const task = await muster.sync({ vendor: 'HCS' });
    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, deleted: 0 } });
    expect(await listed()).toEqual(before);
    laboratory.isDisabled = false;
  });

  it('lists chosen regions and chosen projects only', async () => {
    const { projectId } = firstOf(1);
    await muster.addAccount(hcsAccount(cloud, 'hcs-2', { regions: [SECOND] }));
    await muster.addAccount(hcsAccount(cloud, 'hcs-3', { projects: [projectId] }));
    for (const [account, index] of [
      ['hcs-2', 2],
      ['hcs-3', 1],
    ] as const) {
      const task = await muster.sync({ vendor: 'HCS', account_id: account });
      expect(task).toMatchObject({ state: 'SUCCEEDED' });
      expect(task.counts.created).toBe(estate.sizeOf(estate.projects[index]?.id ?? ''));
    }
  });

  it('comes through calls that are throttled, fail, break off or are answered by half', async () => {
    const before = await listed();
    for (const kind of ['cut', 'malformed'] as const) cloud.faults.failNext(1, { kind }, 'ListServers');
    cloud.faults.failNext(1, { kind: 'status', status: 502 }, 'ListVolumes');
    cloud.faults.throttleNext(1, 'ListInstances', 1);

    const task = await muster.sync({ vendor: 'HCS', account_id: 'hcs-3' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
    expect(task.timings.waits.throttled_ms).toBeGreaterThanOrEqual(1_000);
    expect(await listed()).toEqual(before);
  });

  it('tells a wrong secret key when the account is changed', async () => {
    const path = '/v1/vendor-account?limit=10&vendor=HCS&account_id=hcs-3';
    const { body } = await muster.call<{ data: { id: string }[] }>('GET', path);
    const id = body.data[0]?.id ?? '';
    const { status } = await muster.call('PUT', `/v1/vendor-account/${id}`, { body: { sk: 'another~one' } });
    expect(status).toBe(200);
    const list = await muster.call<{ data: { failure_msg: string }[] }>('GET', path);
    expect(list.body.data[0]?.failure_msg).toContain('refuses the access key');
  });
});

describe.each(queueBackends())('a Huawei Cloud Stack’s ManageOne synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let cloud: HcsSimulator;
  let estate: HcsEstate;
  const { builder, networks } = buildEstate();

  beforeAll(async () => {
    muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS });
    ({ estate } = builder);
    cloud = await startHcsSimulator({ estate });
  });

  afterEach(() => {
    cloud.faults.reset();
  });

  afterAll(async () => {
    await muster.close();
    await cloud.close();
  });

  const listed = async (type?: string) =>
    (await muster.listAll('HCS', type)).map(({ resource_id }) => resource_id).sort();
  const account = async (accountId: string) => {
    const path = `/v1/vendor-account?limit=10&vendor=HCS&account_id=${accountId}`;
    const { body } = await muster.call<{ data: { id: string; failure_msg: string }[] }>('GET', path);
    return body.data[0] ?? { id: '', failure_msg: '' };
  };

  it('has every resource of every tenant once, each in its region, and leaves no session', async () => {
    await muster.addAccount(manageOneAccount(cloud));

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    expect(task.counts.created).toBe(estate.size);
    expect((await listed()).length).toBe(estate.size);
    const regions = (await muster.listAll('HCS', 'cloudservers')).map(({ region_id }) => region_id).sort();
    expect(regions).toEqual([...Array<string>(6).fill(FIRST), ...Array<string>(3).fill(SECOND)]);
    expect(cloud.manageOne.openSessions).toBeLessThanOrEqual(1);
  });

  it('writes nothing when nothing has changed, and sees what was created and deleted', async () => {
    const again = await muster.sync({ vendor: 'HCS' });
    const nothing = { created: 0, updated: 0, deleted: 0, unchanged: estate.size };
    expect(again.counts).toMatchObject(nothing);
    const [network] = networks;
    const gone = estate.list('servers', estate.projects[2]?.id ?? '')[0]?.['id'];
    if (network === undefined || typeof gone !== 'string') throw new Error('there is no network or server');
    estate.remove('servers', estate.projects[2]?.id ?? '', gone);
    const volume = builder.put(network.project, 'volumes', { name: 'new', status: 'creating' });

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 1, updated: 0, deleted: 1 } });
    expect(await listed('volumes')).toContain(volume);
    expect(await listed('cloudservers')).not.toContain(gone);
  });

  it('comes through sessions that end, calls that fail, break off or are answered by half', async () => {
    const before = await listed();
    cloud.manageOne.endSessions();
    for (const kind of ['cut', 'malformed'] as const) cloud.faults.failNext(1, { kind }, 'CLOUD_VM');
    cloud.faults.failNext(1, { kind: 'status', status: 502 }, 'CLOUD_VOLUME');
    cloud.faults.failNext(1, { kind: 'status', status: 401 }, 'CLOUD_PORT');

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
    expect(await listed()).toEqual(before);
  });

  it('is PARTIAL without a right, skips a class that is unknown, and deletes nothing', async () => {
    const before = await listed();
    cloud.faults.deniedCalls.add('CLOUD_VOLUME');
    cloud.faults.missingCalls.add('CLOUD_BMS');

    const task = await muster.sync({ vendor: 'HCS' });

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { deleted: 0 } });
    const units = task.accounts[0]?.units ?? [];
    const inState = (state: string) => units.filter((unit) => unit.state === state);
    expect(inState('FAILED').map(({ type, error }) => [type, error?.kind])).toEqual([
      ['volumes', 'permission'],
    ]);
    expect(inState('FAILED')[0]?.error?.message).toContain('CLOUD_VOLUME');
    expect(inState('SKIPPED').map(({ type }) => type)).toEqual(['bareMetalServers']);
    expect(await listed()).toEqual(before);
  });

  it('creates and deletes nothing when a project is read by the other door from now on', async () => {
    const project = estate.projects[0]?.id ?? '';
    const places = { projects: [`${FIRST}/${project}`] };
    const size = estate.sizeOf(project);
    const byServices = hcsAccount(cloud, 'hcs-2', places);
    await muster.addAccount(byServices);
    const first = await muster.sync({ vendor: 'HCS', account_id: 'hcs-2' });
    expect(first.counts).toMatchObject({ created: size });
    const { id } = await account('hcs-2');

    const byManageOne = manageOneAccount(cloud, 'hcs-2', places);
    for (const { ak, sk, settings } of [byManageOne, byServices]) {
      const { status } = await muster.call('PUT', `/v1/vendor-account/${id}`, { body: { ak, sk, settings } });
      expect(status).toBe(200);
      const task = await muster.sync({ vendor: 'HCS', account_id: 'hcs-2' });
      expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, deleted: 0 } });
      expect(task.counts.updated + task.counts.unchanged).toBe(size);
    }
  });

  it('tells a wrong password when the account is changed', async () => {
    const { id } = await account('manageone-1');
    const { status } = await muster.call('PUT', `/v1/vendor-account/${id}`, { body: { sk: 'another~one' } });
    expect(status).toBe(200);
    expect((await account('manageone-1')).failure_msg).toContain('refuses ManageOne');
  });
});
