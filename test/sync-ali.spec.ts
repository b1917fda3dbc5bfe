import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ali } from '#simulators';

import { aliAccount } from './support/ali-account.js';
import { eventually } from './support/eventually.js';
import { queueBackends } from './support/redis.js';
import { type Task, TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'ALI' } as const;
const REGIONS = ['cn-hangzhou', 'eu-central-1'];

describe.each(queueBackends())('an Alibaba Cloud account synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let cloud: ali.AliSimulator;

  beforeEach(async () => {
    muster = await TestMuster.start({ backend });
    cloud = await ali.startAliSimulator({ preset: 'demo', regions: REGIONS });
    await muster.addAccount(aliAccount(cloud));
  });

  afterEach(async () => {
    await muster.close();
    await cloud.close();
  });

  const unitsOf = (task: Task, type: string) =>
    task.accounts[0]?.units.filter((unit) => unit.type === type) ?? [];
  const inventory = async () =>
    (await muster.listAll('ALI')).map(({ type, resource_id, region_id }) => [type, region_id, resource_id]);
  const idsOf = async (type: string) =>
    (await muster.listAll('ALI', type)).map(({ resource_id }) => resource_id).sort();
  const simulatedIds = (kind: ali.Kind) => REGIONS.flatMap((region) => cloud.estate.ids(kind, region)).sort();

  it('has every resource of every region once, and writes nothing when nothing has changed', async () => {
    const first = await muster.sync(SYNC);

    expect(first).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    expect(await idsOf('cloudservers')).toEqual(simulatedIds('instance'));
    expect(await idsOf('volumes')).toEqual(simulatedIds('disk'));
    expect(await idsOf('vpcs')).toEqual(simulatedIds('vpc'));
    expect(await idsOf('loadbalancers')).toEqual(
      (['classicLoadBalancer', 'applicationLoadBalancer', 'networkLoadBalancer'] as const)
        .flatMap(simulatedIds)
        .sort(),
    );
    // What is in no region is listed once.
    expect(unitsOf(first, 'buckets')).toHaveLength(1);
    expect(unitsOf(first, 'cloudservers')).toHaveLength(REGIONS.length);
    const all = await muster.listAll('ALI');
    expect(first.counts.created).toBe(all.length);

    const second = await muster.sync(SYNC);

    const { created, updated, unchanged, deleted } = second.counts;
    expect({ created, updated, unchanged, deleted }).toEqual({
      created: 0,
      updated: 0,
      unchanged: all.length,
      deleted: 0,
    });
  });

  it('sees what was changed and released', async () => {
    await muster.sync(SYNC);
    cloud.estate.change('instance', 'cn-hangzhou', 0, { Status: 'Stopping', InstanceName: 'renamed' });
    cloud.estate.delete('instance', 'eu-central-1', 1);

    const task = await muster.sync(SYNC);

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 1, deleted: 1 } });
    expect(await idsOf('cloudservers')).toEqual(simulatedIds('instance'));
    const { rows } = await muster.sql.query(
      `SELECT name, status, native_status FROM resource WHERE name = 'renamed'`,
    );
    expect(rows).toEqual([{ name: 'renamed', status: 'stopping', native_status: 'Stopping' }]);
  });

  it('is PARTIAL without the permission for disks, names the action, and deletes nothing', async () => {
    await muster.sync(SYNC);
    const before = await inventory();
    cloud.failures.deniedActions.add('ecs:DescribeDisks');

    const task = await muster.sync(SYNC);

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { created: 0, deleted: 0 } });
    for (const unit of unitsOf(task, 'volumes')) {
      expect(unit).toMatchObject({ state: 'FAILED', error: { kind: 'permission', code: 'Forbidden.RAM' } });
      expect(unit.error?.message).toContain('lacks the action ecs:DescribeDisks');
    }
    const others = (task.accounts[0]?.units ?? []).filter(({ type }) => type !== 'volumes');
    expect(new Set(others.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
    expect(await inventory()).toEqual(before);
  });

  it('keeps the tags it knows when they can be read no more', async () => {
    const tags = async () => {
      const sql = `SELECT native_id, tags FROM resource WHERE native_id LIKE 'rm-%' ORDER BY native_id`;
      return (await muster.sql.query<{ native_id: string; tags: object }>(sql)).rows;
    };
    await muster.sync(SYNC);
    const before = await tags();
    expect(JSON.stringify(before)).toContain('production');
    cloud.failures.deniedActions.add('rds:ListTagResources');

    const task = await muster.sync(SYNC);

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { updated: 0, deleted: 0 } });
    for (const unit of unitsOf(task, 'instances')) {
      expect(unit).toMatchObject({ state: 'FAILED', error: { kind: 'permission', code: 'Forbidden.RAM' } });
      expect(unit.error?.message).toContain('lacks the action rds:ListTagResources');
    }
    expect(await tags()).toEqual(before);
  });

  it('finishes the other regions when one is down', async () => {
    const types = { include: ['vpcs', 'cloudservers'] };
    const down = aliAccount(cloud, { resource_types: types });
    const [account] = (await muster.call('GET', '/v1/vendor-account?limit=1')).body['data'] as [
      { id: string },
    ];
    await muster.call('PUT', `/v1/vendor-account/${account.id}`, { body: { settings: down.settings } });
    await muster.sync(SYNC);
    const before = await inventory();
    cloud.failures.downRegions.add('eu-central-1');
    cloud.estate.delete('instance', 'cn-hangzhou', 2);

    const taskId = await muster.requestSync(SYNC);

    const task = await eventually('only the region that is down is left', async () => {
      const shown = await muster.showTask(taskId);
      const units = shown.accounts[0]?.units ?? [];
      const finished = units.filter(({ state }) => state === 'SUCCEEDED');
      const failing = units.filter(({ error }) => error?.code === 'ServiceUnavailable');
      return finished.length === 2 && failing.length === 2 ? shown : undefined;
    });
    expect(task.counts.deleted).toBe(1);
    expect(await inventory()).toHaveLength(before.length - 1);

    cloud.failures.reset();
    expect((await muster.finishedTask(taskId)).state).toBe('SUCCEEDED');
  });

  it('waits as the vendor says when it is throttled, and counts no attempt', async () => {
    cloud.failures.failNext(
      2,
      { kind: 'error', status: 400, code: 'Throttling.User', headers: { 'x-acs-retry-after': '300' } },
      'DescribeVpcs',
    );

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('SUCCEEDED');
    const units = unitsOf(task, 'vpcs');
    expect(units.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(cloud.requests['DescribeVpcs']).toBeGreaterThanOrEqual(4);
    expect(await idsOf('vpcs')).toEqual(simulatedIds('vpc'));
  });

  it('skips what Resource Center would tell when it is not enabled, and keeps what it told', async () => {
    await muster.sync(SYNC);
    const before = await idsOf('otherResources');
    cloud.failures.resourceCenter = { ServiceStatus: 'Disabled', InitialStatus: 'Pending' };

    const task = await muster.sync(SYNC);

    expect(unitsOf(task, 'otherResources')).toMatchObject([
      { state: 'SKIPPED', error: { kind: 'absent', code: 'INDEX_OFF' } },
    ]);
    expect(before.length).toBeGreaterThan(0);
    expect(await idsOf('otherResources')).toEqual(before);
  });

  it('lists the members of a resource directory, and fails only what is of the one whose role is refused', async () => {
    const [member, refusing, inactive] = [
      '2000000000000001',
      '2000000000000002',
      '2000000000000003',
    ] as const;
    const directory = { members: [member, refusing, inactive], role: 'audit' };
    const organization = await ali.startAliSimulator({ regions: ['cn-hangzhou'], directory });
    const { settings } = aliAccount(organization, {
      directory_role: 'audit',
      resource_types: { include: ['vpcs', 'subnets', 'zones'] },
    });
    const [account] = (await muster.call('GET', '/v1/vendor-account?limit=1')).body['data'] as [
      { id: string },
    ];
    await muster.call('PUT', `/v1/vendor-account/${account.id}`, { body: { settings } });
    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED' });
    const before = await inventory();
    expect(new Set(await idsOf('vpcs'))).toEqual(
      new Set([
        ...organization.estate.ids('vpc', 'cn-hangzhou'),
        ...directory.members.flatMap((each) => organization.memberEstate(each).ids('vpc', 'cn-hangzhou')),
      ]),
    );
    organization.directory?.refuse(refusing);
    organization.directory?.deactivate(inactive);
    // The sessions of the sync before are kept for a while.
    organization.failures.expireTemporaryKeys();

    const task = await muster.sync(SYNC);
    await organization.close();

    expect(task).toMatchObject({ state: 'PARTIAL', counts: { created: 0, updated: 0, deleted: 0 } });
    const statesOf = (number: string) =>
      new Set(
        (task.accounts[0]?.units ?? [])
          .filter(({ scope }) => scope.includes(number))
          .map(({ state, error }) => [state, error?.kind ?? '', error?.code ?? ''].join(' ').trim()),
      );
    expect(statesOf(member)).toEqual(new Set(['SUCCEEDED']));
    expect(statesOf(refusing)).toEqual(new Set(['FAILED permission MEMBER_ROLE_REFUSED']));
    expect(statesOf(inactive)).toEqual(new Set(['SKIPPED absent MEMBER_INACTIVE']));
    expect(await inventory()).toEqual(before);
  });
});
