import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '#domain';
import { openNetwork } from '#vendor-kit/testing';

import type { HuaweiCall } from '../shared/huawei-api/huawei-client.js';
import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import { HcsConnection } from './connection.js';
import type { HcsSettings } from './settings.js';

const SHOP = 'a'.repeat(32);
const FARM = 'b'.repeat(32);
const never = new AbortController().signal;

/** A connection to a cloud that answers what is given, by host and path, and fails with what is an error. */
function connectionTo(
  answers: Record<string, JsonObject | HuaweiError>,
  settings: Partial<HcsSettings> = {},
) {
  const calls: HuaweiCall[] = [];
  const client = {
    get: (call: HuaweiCall) => {
      calls.push(call);
      const answer = answers[`${new URL(call.origin).host.split('.')[0] ?? ''} ${call.path}`];
      if (answer === undefined) throw new Error(`nothing is said of ${call.path}`);
      return answer instanceof HuaweiError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  const place = { home_region: 'sa-fb-1', cloud_domain: 'cloud.example.com' };
  const agent = openNetwork.agent({ connect: {} });
  const connection = new HcsConnection({ client, agent, settings: { ...place, ...settings }, pageSize: 10 });
  return { connection, calls };
}

const failure = (code: string, status?: number) =>
  new HuaweiError(code, { host: 'x.test', ...(status === undefined ? {} : { status }) });
const PROJECTS = 'iam-apigateway-proxy /v3/projects';
const REGIONS = 'iam-apigateway-proxy /v3/regions';
const projects = (...list: object[]) => ({ projects: list }) as unknown as JsonObject;
const TWO = projects({ id: SHOP, name: 'sa-fb-1_shop' }, { id: FARM, name: 'sa-fb-2' });
const BOTH = { regions: [{ id: 'sa-fb-1' }, { id: 'sa-fb-2' }] };

async function keysOf({ connection }: ReturnType<typeof connectionTo>): Promise<string[]> {
  return (await connection.scopes(never)).map(({ key }) => key);
}

describe('the scopes', () => {
  it('are the projects, each in the region that its name begins with', async () => {
    const cloud = connectionTo({ [PROJECTS]: TWO, [REGIONS]: BOTH });
    expect(await cloud.connection.scopes(never)).toEqual([
      { key: `sa-fb-1/${SHOP}`, name: 'sa-fb-1_shop', region: 'sa-fb-1' },
      { key: `sa-fb-2/${FARM}`, name: 'sa-fb-2', region: 'sa-fb-2' },
    ]);
  });

  it('take the longest region that fits, and the home region for what fits none', async () => {
    const regions = { regions: [{ id: 'sa-fb' }, { id: 'sa-fb_x' }, { id: 'eu-1' }] };
    const list = projects({ id: SHOP, name: 'eu-1_sa-fb' }, { id: FARM, name: 'laboratory' });
    const cloud = connectionTo({ [PROJECTS]: list, [REGIONS]: regions });
    expect(await keysOf(cloud)).toEqual([`eu-1/${SHOP}`, `sa-fb-1/${FARM}`]);
  });

  it('leave out disabled projects, and that of object storage', async () => {
    const list = projects(
      { id: SHOP, name: 'sa-fb-1', enabled: true },
      { id: FARM, name: 'sa-fb-1_old', enabled: false },
      { id: 'c'.repeat(32), name: 'MOS' },
    );
    expect(await keysOf(connectionTo({ [PROJECTS]: list, [REGIONS]: BOTH }))).toEqual([`sa-fb-1/${SHOP}`]);
  });

  it.each([
    ['are not told', failure('HTTP 403', 403)],
    ['are not published', failure('APIGW.0101', 404)],
  ])('know regions from the settings where they %s', async (_, error) => {
    const answers = { [PROJECTS]: TWO, [REGIONS]: error };
    expect(await keysOf(connectionTo(answers, { regions: ['sa-fb-2', 'sa-fb-2.evil/'] }))).toEqual([
      `sa-fb-1/${SHOP}`,
      `sa-fb-2/${FARM}`,
    ]);
    expect(await keysOf(connectionTo(answers))).toEqual([`sa-fb-1/${FARM}`, `sa-fb-1/${SHOP}`].sort());
  });

  it('are those of the settings only, where they name some', async () => {
    const answers = { [PROJECTS]: TWO, [REGIONS]: BOTH };
    expect(await keysOf(connectionTo(answers, { projects: [FARM] }))).toEqual([`sa-fb-2/${FARM}`]);
    const elsewhere = connectionTo(answers, { projects: [`eu-1/${FARM}`] });
    expect(await keysOf(elsewhere)).toEqual([`eu-1/${FARM}`]);
  });

  it('are those of the settings where IAM is not published at all', async () => {
    const gone = failure('APIGW.0101', 404);
    const cloud = connectionTo(
      { [PROJECTS]: gone, [REGIONS]: gone },
      { projects: [`sa-fb-2/${FARM}`, SHOP] },
    );
    expect(await keysOf(cloud)).toEqual([`sa-fb-1/${SHOP}`, `sa-fb-2/${FARM}`]);
  });

  it.each([
    ['there are none', projects(), 'NO_PROJECT'],
    ['one has no id', projects({ name: 'sa-fb-1' }), 'MALFORMED_ANSWER'],
    ['there is no list', {}, 'MALFORMED_ANSWER'],
    ['IAM is not there', failure('HTTP 404', 404), 'WRONG_ENDPOINT'],
    ['they may not be listed', failure('HTTP 403', 403), 'HTTP 403'],
    ['IAM is away', failure('HTTP 503', 503), 'HTTP 503'],
  ])('fail when %s', async (_, answer, code) => {
    const cloud = connectionTo({ [PROJECTS]: answer, [REGIONS]: BOTH });
    await expect(cloud.connection.scopes(never)).rejects.toMatchObject({ code });
  });

  it('fail when the regions fail for another reason', async () => {
    const cloud = connectionTo({ [PROJECTS]: TWO, [REGIONS]: failure('HTTP 500', 500) });
    await expect(cloud.connection.scopes(never)).rejects.toMatchObject({ code: 'HTTP 500' });
  });
});

describe('the check of the key', () => {
  it('asks IAM', async () => {
    const { connection, calls } = connectionTo({ [PROJECTS]: TWO });
    await connection.check(never);
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['lists nothing', { vpcs: [] }, undefined],
    ['may not list', failure('HTTP 403', 403), undefined],
    ['refuses the key', failure('APIGW.0301', 401), 'APIGW.0301'],
  ])('asks a service where IAM is not published: it %s', async (_, answer, code) => {
    const answers = { [PROJECTS]: failure('APIGW.0101', 404), [`vpc /v1/${FARM}/vpcs`]: answer };
    const { connection, calls } = connectionTo(answers, { projects: [`sa-fb-2/${FARM}`] });
    const outcome = await connection.check(never).catch((error: unknown) => error);
    if (code === undefined) expect(outcome).toBeUndefined();
    else expect(outcome).toMatchObject({ code });
    expect(calls.at(-1)?.origin).toBe('https://vpc.sa-fb-2.cloud.example.com');
  });
});

describe('a service whose host is not there', () => {
  const PLACE = { region: 'sa-fb-1', projectId: SHOP };
  const MISSING = failure('ENOTFOUND');

  it.each([
    ['bms', 'SERVICE_HOST_NOT_FOUND'],
    ['cce', 'SERVICE_HOST_NOT_FOUND'],
    ['rds', 'SERVICE_HOST_NOT_FOUND'],
    ['ecs', 'ENOTFOUND'],
    ['vpc', 'ENOTFOUND'],
  ] as const)('is %s: %s', async (service, code) => {
    const { connection } = connectionTo({ [`${service} /list`]: MISSING, [PROJECTS]: TWO });
    const call = connection.serviceCall(service, PLACE, '/list');
    await expect(connection.get(call, never)).rejects.toMatchObject({ code });
  });

  it('is not told apart from a name service that is out of order', async () => {
    const { connection } = connectionTo({ 'rds /list': MISSING, [PROJECTS]: failure('ENOTFOUND') });
    const call = connection.serviceCall('rds', PLACE, '/list');
    await expect(connection.get(call, never)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('is one thing, and one that fails another', async () => {
    const { connection } = connectionTo({ 'rds /list': failure('HTTP 404', 404) });
    const call = connection.serviceCall('rds', PLACE, '/list');
    await expect(connection.get(call, never)).rejects.toMatchObject({ code: 'HTTP 404' });
  });
});
