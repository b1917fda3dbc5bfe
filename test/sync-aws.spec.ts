import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type AwsEstateCounts, type AwsSimulator, startAwsSimulator } from '#simulators';

import { eventually } from './support/eventually.js';
import { queueBackends } from './support/redis.js';
import { type Task, TestMuster } from './support/test-muster.js';

const REGIONS = ['us-east-1', 'eu-west-1'];
const COUNTS: Partial<AwsEstateCounts> = { instances: 12, looseVolumes: 2 };
const SYNC = { vendor: 'AWS', account_id: '111122223333' } as const;

/** What there is in each region, and once, by our types. */
const IN_EACH_REGION = { cloudservers: 12, volumes: 14, networkInterfaces: 14, vpcs: 2, loadbalancers: 5 };
const ONCE = { buckets: 5, zones: 2 };

type Unit = Task['accounts'][number]['units'][number] & { scope: string };

function unitsOf(task: Task, type?: string): Unit[] {
  const units = task.accounts.flatMap((account) => account.units as Unit[]);
  return type === undefined ? units : units.filter((unit) => unit.type === type);
}

describe.each(queueBackends())('an AWS account synced through a queue on %s', (backend) => {
  let muster: TestMuster;
  let aws: AwsSimulator;
  let accountId: string;

  beforeEach(async () => {
    aws = await startAwsSimulator({ preset: 'demo', regions: REGIONS, counts: COUNTS });
    muster = await TestMuster.start({ backend });
    accountId = await muster.addAccount({
      vendor: 'AWS',
      account_id: aws.key.account,
      account_name: 'Simulated',
      ak: aws.key.accessKeyId,
      sk: aws.key.secretAccessKey,
      settings: { endpoint: aws.url },
    });
  });

  afterEach(async () => {
    await muster.close();
    await aws.close();
  });

  const count = async (type: string) => (await muster.listAll('AWS', type)).length;

  it('has everything once, writes nothing when nothing changed, and then just what did', async () => {
    const first = await muster.sync(SYNC);
    expect(first).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, unchanged: 0, deleted: 0 } });
    for (const [type, each] of Object.entries(IN_EACH_REGION))
      expect([type, await count(type)]).toEqual([type, each * REGIONS.length]);
    for (const [type, once] of Object.entries(ONCE)) expect([type, await count(type)]).toEqual([type, once]);

    const again = await muster.sync(SYNC);
    expect(again.counts).toMatchObject({
      created: 0,
      updated: 0,
      deleted: 0,
      unchanged: first.counts.created,
    });

    const { instances } = aws.estate().region('eu-west-1').compute;
    const [stopped, gone] = [instances.at(0), instances.at(1)];
    instances.change(0, { instanceState: { code: 80, name: 'stopped' } });
    instances.remove(1);
    const born = instances.grow();
    const changed = await muster.sync(SYNC);
    const unit = unitsOf(changed, 'cloudservers').find(({ scope }) => scope.includes('eu-west-1'));
    expect(unit).toMatchObject({ created: 1, updated: 1, deleted: 1, state: 'SUCCEEDED' });
    expect(changed.counts).toMatchObject({ created: 1, updated: 1, deleted: 1 });
    const listed = new Map((await muster.listAll('AWS', 'cloudservers')).map((it) => [it.resource_id, it]));
    expect(listed.get(stopped?.['instanceId'] as string)?.properties).toMatchObject({
      State: { Name: 'stopped' },
    });
    expect(listed.has(gone?.['instanceId'] as string)).toBe(false);
    expect(listed.has(born['instanceId'] as string)).toBe(true);
  });

  it('is PARTIAL with a key that may not list volumes, names the permission, and deletes nothing', async () => {
    await muster.sync(SYNC);
    const before = await count('volumes');
    aws.faults.deny(aws.key.account, 'ec2:DescribeVolumes');

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('PARTIAL');
    const units = unitsOf(task, 'volumes');
    expect(units).toHaveLength(REGIONS.length);
    for (const { state, error, deleted } of units) {
      expect({ state, kind: error?.kind, deleted }).toEqual({
        state: 'FAILED',
        kind: 'permission',
        deleted: 0,
      });
      expect(error?.message).toContain('lacks the permission ec2:DescribeVolumes');
    }
    const others = unitsOf(task).filter(({ type }) => type !== 'volumes');
    expect(new Set(others.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
    expect(await count('volumes')).toBe(before);
    expect(task.counts.deleted).toBe(0);
  });

  it('finishes the other regions while one is down, and that one when it is back', async () => {
    const include = ['vpcs', 'cloudservers', 'buckets', 'zones'];
    const settings = { endpoint: aws.url, resource_types: { include } };
    await muster.call('PUT', `/v1/vendor-account/${accountId}`, { body: { settings } });
    await muster.sync(SYNC);
    const buckets = await count('buckets');
    aws.faults.setRegionDown('eu-west-1');
    const taskId = await muster.requestSync(SYNC);
    const isDown = ({ scope }: Unit) => scope.includes('eu-west-1');
    const others = await eventually('the other regions are listed', async () => {
      const units = unitsOf(await muster.showTask(taskId)).filter((unit) => !isDown(unit));
      return units.length > 0 && units.every(({ state }) => state === 'SUCCEEDED') ? units : undefined;
    });
    expect(new Set(others.map(({ scope }) => scope)).size).toBe(REGIONS.length); // the other, and global
    expect(await count('buckets')).toBe(buckets); // also those of the region that is down

    aws.faults.setRegionDown('eu-west-1', false);
    const task = await muster.finishedTask(taskId);
    // A unit that had used up its attempts by then has failed; none has deleted anything, and a retry mends it.
    for (const { error } of unitsOf(task).filter(({ state }) => state !== 'SUCCEEDED'))
      expect(error).toMatchObject({ kind: 'unavailable', code: 'InternalError' });
    const next = await muster.sync(SYNC);
    expect(next.state).toBe('SUCCEEDED');
    // Nothing was changed meanwhile, as the tags of buckets that could not be asked for.
    for (const { counts } of [task, next])
      expect(counts).toMatchObject({ created: 0, updated: 0, deleted: 0 });
    expect(await count('cloudservers')).toBe(IN_EACH_REGION.cloudservers * REGIONS.length);
  });

  it('waits as long as a throttling AWS asks, and counts no attempt', async () => {
    const failure = { kind: 'error', code: 'RequestLimitExceeded', status: 503 } as const;
    aws.faults.failNext(2, { ...failure, headers: { 'Retry-After': '1' } }, 'ec2:DescribeInstances');

    const task = await muster.sync(SYNC);

    expect(task.state).toBe('SUCCEEDED');
    for (const { attempts } of unitsOf(task, 'cloudservers')) expect(attempts).toBe(1);
    expect(unitsOf(task, 'cloudservers').some(({ timings }) => timings.waits.throttled_ms > 0)).toBe(true);
  });

  it('stops at once when the secret is wrong, and goes on with the new one', async () => {
    aws.principals.setKey({ ...aws.key, secretAccessKey: 'rotated/secret' });
    const refused = await muster.sync(SYNC);
    expect(refused.state).toBe('FAILED');
    expect(refused.accounts[0]?.error).toMatchObject({ kind: 'credentials', code: 'SignatureDoesNotMatch' });

    const { status } = await muster.call('PUT', `/v1/vendor-account/${accountId}`, {
      body: { sk: 'rotated/secret' },
    });
    expect(status).toBe(200);
    expect((await muster.sync(SYNC)).state).toBe('SUCCEEDED');
    expect(muster.logs.join('\n')).not.toContain('rotated/secret');
  });

  it('lists the members of an organization, and fails only what is of the one whose role is refused', async () => {
    const [member, refusing, suspended] = ['444455556666', '777788889999', '888899990000'];
    const organization = await startAwsSimulator({
      preset: 'demo',
      regions: ['us-east-1'],
      members: [member, refusing, suspended],
      roles: [{ account: member, name: 'audit', trusts: [aws.key.account] }],
    });
    organization.suspend(suspended);
    const settings = {
      endpoint: organization.url,
      organization_role: 'audit',
      resource_types: { include: ['vpcs', 'databaseClusters', 'zones'] },
    };
    await muster.call('PUT', `/v1/vendor-account/${accountId}`, { body: { settings } });

    const task = await muster.sync(SYNC);
    await organization.close();

    expect(task.state).toBe('PARTIAL');
    const statesOf = (account: string) =>
      new Set(
        unitsOf(task)
          .filter(({ scope }) => scope.includes(account))
          .map(({ state, error }) => [state, error?.kind ?? '', error?.code ?? ''].join(' ').trim()),
      );
    expect(statesOf(member)).toEqual(new Set(['SUCCEEDED']));
    expect(statesOf(refusing)).toEqual(new Set(['FAILED permission MEMBER_ROLE_REFUSED']));
    expect(statesOf(suspended)).toEqual(new Set(['SKIPPED absent ACCOUNT_SUSPENDED']));
    for (const type of ['vpcs', 'databaseClusters', 'zones'])
      expect([type, await count(type)]).toEqual([type, 4]);
  });
});
