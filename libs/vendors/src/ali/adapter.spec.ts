import { afterEach, describe, expect, it } from '@jest/globals';

import type { SyncError } from '#domain';
import { ali } from '#simulators';
import { VendorNetwork } from '#vendor-kit';
import {
  type ConnectedVendor,
  listPages,
  listResources,
  openGate,
  openNetwork,
  type PeerAccess,
  tableOf,
  withConnection,
} from '#vendor-kit/testing';

import { aliAdapter } from './adapter.js';

const adapter = aliAdapter(10);
const ROLE = { arn: 'acs:ram::6543210987654321:role/muster', externalId: 'muster:42' };
const ROLE_SETTINGS = { role_arn: ROLE.arn, role_external_id: ROLE.externalId };
const GLOBAL = { key: 'global', name: 'Global' };
const never = new AbortController().signal;

const running: ali.AliSimulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

async function start(options: ali.AliSimulatorOptions = {}): Promise<ali.AliSimulator> {
  const simulator = await ali.startAliSimulator({ regions: ['cn-hangzhou'], ...options });
  running.push(simulator);
  return simulator;
}

function accessTo(simulator: ali.AliSimulator, settings: object = {}): PeerAccess {
  const { accountId, accessKeyId, accessKeySecret, endpoint } = simulator;
  return { accountId, ak: accessKeyId, sk: accessKeySecret, settings: { endpoint, ...settings } };
}

/** What connecting fails with. */
async function refusalOf(access: PeerAccess, network = openNetwork): Promise<SyncError> {
  const error: unknown = await adapter
    .connect({ ...access, gate: openGate, network }, never)
    .catch((reason: unknown) => reason);
  const classified = adapter.classify(error);
  if (classified === undefined) throw new Error(`it was not classified: ${String(error)}`);
  return classified;
}

async function failureOf(listing: Promise<unknown>): Promise<SyncError | undefined> {
  return listing.then(
    () => undefined,
    (error: unknown) => adapter.classify(error),
  );
}

describe('signing in', () => {
  it.each([
    ['another key', { ak: 'LTAI5tNobody' }, 'InvalidAccessKeyId.NotFound'],
    ['another secret', { sk: 'wrong' }, 'SignatureDoesNotMatch'],
    ['another account', { accountId: '1000000000000001' }, 'WRONG_ACCOUNT'],
  ])('tells %s', async (_, changes, vendorCode) => {
    const access = { ...accessTo(await start()), ...changes };
    const refusal = await refusalOf(access);
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode });
    // The vendor repeats what was signed.
    expect(JSON.stringify([refusal, refusal.cause, String(refusal.cause)])).not.toContain('SignatureNonce');
  });

  it('takes an account by any other name', async () => {
    const access = { ...accessTo(await start()), accountId: 'our shop' };
    await withConnection(adapter, access, ({ scope }) => {
      expect(scope).toEqual({
        key: 'cn-hangzhou',
        name: 'China Hangzhou (cn-hangzhou)',
        region: 'cn-hangzhou',
      });
      return Promise.resolve();
    });
  });

  it('calls nothing that Muster may not call', async () => {
    const simulator = await start();
    const refusal = await refusalOf(accessTo(simulator), new VendorNetwork([]));
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'ENDPOINT_REFUSED' });
    expect(refusal.message).toMatch(/ENDPOINT_ALLOWED_NETWORKS\.$/);
    expect(simulator.requests).toEqual({});
  });

  it('says when nobody listens', async () => {
    const simulator = await start();
    const access = accessTo(simulator);
    await running.pop()?.close();
    expect(await refusalOf(access)).toMatchObject({ kind: 'unavailable', vendorCode: 'ECONNREFUSED' });
  });

  it('says when there is no such host', async () => {
    const access = accessTo(await start(), { endpoint: 'http://{product}.invalid' });
    const refusal = await refusalOf(access);
    expect(refusal.kind).toBe('unavailable');
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(refusal.vendorCode);
  });

  it('ends when it is aborted in the middle of a call', async () => {
    const simulator = await start({ latencyMs: 60_000 });
    const controller = new AbortController();
    const connecting = adapter.connect(
      { ...accessTo(simulator), gate: openGate, network: openNetwork },
      controller.signal,
    );
    while (simulator.requests['GetCallerIdentity'] === undefined) await new Promise(setImmediate);
    controller.abort(new Error('stopped by the test'));
    await expect(connecting).rejects.toThrow('stopped by the test');
  });
});

describe('a role', () => {
  it('is assumed once, whoever comes, and its account is listed', async () => {
    const simulator = await start({ role: ROLE });
    const access = { ...accessTo(simulator, ROLE_SETTINGS), accountId: '6543210987654321' };
    await withConnection(adapter, access, async (connected) => {
      const lists = ['vpcs', 'subnets', 'cloudservers'].map((type) =>
        listResources(tableOf(adapter, type), connected),
      );
      for (const resources of await Promise.all(lists)) expect(resources.length).toBeGreaterThan(0);
    });
    expect(simulator.requests['AssumeRole']).toBe(1);
  });

  it('is assumed anew when its key has expired before its time', async () => {
    const simulator = await start({ role: ROLE, counts: { instance: 25 } });
    await withConnection(
      adapter,
      { ...accessTo(simulator, ROLE_SETTINGS), accountId: 'any' },
      async (connected) => {
        const ids: string[] = [];
        const table = tableOf(adapter, 'cloudservers');
        for await (const { items } of table.pages({ ...connected, signal: never })) {
          ids.push(...items.map((item) => table.toResource(item, connected.scope).nativeId));
          simulator.failures.expireTemporaryKeys();
        }
        expect(ids.sort()).toEqual(simulator.estate.ids('instance', 'cn-hangzhou').sort());
      },
    );
  });

  it.each([
    ['there is none', { role_arn: 'acs:ram::6543210987654321:role/nobody' }, 'EntityNotExist.Role'],
    ['it asks for another external id', { role_arn: ROLE.arn }, 'NoPermission'],
  ])('is refused when %s', async (_, settings, vendorCode) => {
    const simulator = await start({ role: ROLE });
    const refusal = await refusalOf({ ...accessTo(simulator, settings), accountId: 'any' });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode });
    expect(refusal.message).toContain('role_arn');
  });
});

describe('a temporary key', () => {
  function temporaryAccess(simulator: ali.AliSimulator, settings: object = {}): PeerAccess {
    const { id, secret, token } = simulator.issueTemporaryKey();
    return { ...accessTo(simulator, settings), ak: id, sk: `${secret}:${token}` };
  }

  it.each(['cloudservers', 'clusters', 'buckets'])('lists %s', async (type) => {
    const simulator = await start({ preset: 'demo' });
    const list = (access: PeerAccess) =>
      withConnection(adapter, access, ({ connection }) =>
        listResources(tableOf(adapter, type), {
          connection,
          scope: type === 'buckets' ? GLOBAL : { key: 'cn-hangzhou', name: '' },
        }),
      );
    const lasting = await list(accessTo(simulator));
    expect(lasting).not.toEqual([]);
    expect(await list(temporaryAccess(simulator))).toEqual(lasting);
  });

  it.each([
    ['without its token', (sk: string) => sk.replace(/:.*/, ''), 'MissingSecurityToken'],
    ['with half of its token', (sk: string) => sk.slice(0, -380), 'InvalidSecurityToken.Malformed'],
    [
      'with another token',
      (sk: string) => `${sk.slice(0, -9)}AAAAAAAAA`,
      'InvalidSecurityToken.MismatchWithAccessKey',
    ],
  ])('is refused %s, and says how to mend it', async (_, change, vendorCode) => {
    const access = temporaryAccess(await start());
    const refusal = await refusalOf({ ...access, sk: change(access.sk) });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode });
    expect(refusal.message).toMatch(/Put new ones .* "sk" as secret:token/);
    expect(refusal.message).not.toContain(access.sk.slice(-40));
  });

  it('says that it has ended: in the words of the products, and of OSS', async () => {
    const simulator = await start({ preset: 'demo' });
    await withConnection(adapter, temporaryAccess(simulator), async ({ connection, scope }) => {
      simulator.failures.expireTemporaryKeys();
      for (const [type, of, vendorCode] of [
        ['cloudservers', scope, 'InvalidSecurityToken.Expired'],
        ['clusters', scope, 'InvalidSecurityToken.Expired'],
        ['buckets', GLOBAL, 'SecurityTokenExpired'],
      ] as const) {
        const failure = await failureOf(listPages(tableOf(adapter, type), { connection, scope: of }));
        expect([type, failure]).toMatchObject([type, { kind: 'credentials', vendorCode, retryable: false }]);
        expect(failure?.message).toMatch(/temporary AccessKey has ended\. Put new ones/);
      }
    });
  });

  it('that ends in the middle of a listing fails it there, and a new one goes on', async () => {
    const simulator = await start({ counts: { instance: 25 } });
    const table = tableOf(adapter, 'cloudservers');
    const ids: string[] = [];
    let place: string | undefined;
    const failure = await failureOf(
      withConnection(adapter, temporaryAccess(simulator), async (connected) => {
        for await (const { items, resumeAt } of table.pages({ ...connected, signal: never })) {
          ids.push(...items.map((item) => table.toResource(item, connected.scope).nativeId));
          place = resumeAt;
          simulator.failures.expireTemporaryKeys();
        }
      }),
    );
    expect(failure).toMatchObject({ kind: 'credentials', vendorCode: 'InvalidSecurityToken.Expired' });
    expect(ids).toHaveLength(10);
    await withConnection(adapter, temporaryAccess(simulator), async (connected) => {
      for (const { resources } of await listPages(table, connected, place)) {
        ids.push(...resources.map(({ nativeId }) => nativeId));
      }
    });
    expect(ids.sort()).toEqual(simulator.estate.ids('instance', 'cn-hangzhou').sort());
  });

  it('assumes a role, and says so when it has ended before the role’s key', async () => {
    const simulator = await start({ role: ROLE });
    const access = { ...temporaryAccess(simulator, ROLE_SETTINGS), accountId: 'any' };
    await withConnection(adapter, access, async (connected) => {
      const servers = tableOf(adapter, 'cloudservers');
      expect(await listResources(servers, connected)).not.toEqual([]);
      simulator.failures.expireTemporaryKeys();
      const failure = await failureOf(listPages(servers, connected));
      expect(failure).toMatchObject({ kind: 'credentials', vendorCode: 'InvalidSecurityToken.Expired' });
      expect(failure?.message).toContain('temporary AccessKey has ended');
    });
  });
});

describe('a resource directory', () => {
  const [MEMBER, OTHER] = ['2000000000000001', '2000000000000002'] as const;
  const directory = { members: [MEMBER, OTHER], role: 'audit' };
  const settings = { directory_role: 'audit' };
  const inMember = (connected: ConnectedVendor, region = 'cn-hangzhou') => ({
    ...connected,
    scope: { key: `${MEMBER}/${region}`, name: 'of a member' },
  });
  const connect = <Result>(
    simulator: ali.AliSimulator,
    work: (connected: ConnectedVendor) => Promise<Result>,
    more: object = settings,
  ) => withConnection(adapter, accessTo(simulator, more), work);

  it('has the scopes of the account and of each member, of more than a page of them', async () => {
    const members = Array.from({ length: 23 }, (_, index) => String(2_000_000_000_000_000 + index));
    const simulator = await start({ directory: { members, role: 'audit' } });
    simulator.directory?.deactivate(members[3] ?? '');
    const keys = await connect(simulator, async ({ connection }) =>
      (await adapter.scopes(connection, never)).map(({ key, region }) => [key, region]),
    );
    expect(keys).toEqual([
      ['cn-hangzhou', 'cn-hangzhou'],
      ['global', undefined],
      ...members.flatMap((account, index) =>
        index === 3
          ? [[`${account}/global`, undefined]]
          : [
              [`${account}/cn-hangzhou`, 'cn-hangzhou'],
              [`${account}/global`, undefined],
            ],
      ),
    ]);
  });

  it('lists what a member has, in regions and once, with one session', async () => {
    const simulator = await start({ directory });
    await connect(simulator, async (connected) => {
      const estate = simulator.memberEstate(MEMBER);
      for (const [type, kind, region] of [
        ['cloudservers', 'instance', 'cn-hangzhou'],
        ['vpcs', 'vpc', 'cn-hangzhou'],
        ['zones', 'domain', 'global'],
      ] as const) {
        const found = await listResources(tableOf(adapter, type), inMember(connected, region));
        expect(found.map(({ nativeId }) => nativeId)).toEqual(estate.ids(kind, 'cn-hangzhou'));
        expect(found[0]?.regionId).toBe(region === 'global' ? '' : region);
      }
      const buckets = await listResources(tableOf(adapter, 'buckets'), inMember(connected, 'global'));
      expect(buckets[0]?.tags).toEqual({ team: 'shop', stage: 'production' });
    });
    expect(simulator.requests['AssumeRole']).toBe(1);
    expect(simulator.memberEstate(MEMBER).ids('vpc', 'cn-hangzhou')).not.toEqual(
      simulator.estate.ids('vpc', 'cn-hangzhou'),
    );
  });

  it.each([
    ['permission', 'MEMBER_ROLE_REFUSED', (peer: ali.AliSimulator) => peer.directory?.refuse(MEMBER)],
    ['absent', 'MEMBER_INACTIVE', (peer: ali.AliSimulator) => peer.directory?.deactivate(MEMBER)],
  ])('fails as %s, and no other account, on %s', async (kind, vendorCode, provoke) => {
    const simulator = await start({ directory });
    await connect(simulator, async (connected) => {
      provoke(simulator);
      const error = await failureOf(listPages(tableOf(adapter, 'vpcs'), inMember(connected)));
      expect(error).toMatchObject({ kind, vendorCode });
      expect((await listPages(tableOf(adapter, 'vpcs'), connected)).length).toBeGreaterThan(0);
    });
  });

  it('asks for a new session when a member refuses one, and blames no key of ours', async () => {
    const simulator = await start({ directory });
    await connect(simulator, async (connected) => {
      const member = inMember(connected);
      await listPages(tableOf(adapter, 'vpcs'), member);
      simulator.failures.expireTemporaryKeys();
      await listPages(tableOf(adapter, 'vpcs'), member);
      expect(simulator.requests['AssumeRole']).toBe(2);
      simulator.failures.failNext(1, { kind: 'error', status: 403, code: 'InvalidAccessKeyId.Inactive' });
      const error = await failureOf(listPages(tableOf(adapter, 'vpcs'), member));
      expect(error).toMatchObject({ kind: 'unavailable', vendorCode: 'SESSION_REFUSED' });
      await listPages(tableOf(adapter, 'vpcs'), member);
      expect(simulator.requests['AssumeRole']).toBe(3);
      simulator.failures.failNext(1, { kind: 'error', status: 403, code: 'Forbidden.RiskControl' });
      const restricted = await failureOf(listPages(tableOf(adapter, 'vpcs'), member));
      expect(restricted).toMatchObject({ kind: 'permission', vendorCode: 'MEMBER_RESTRICTED' });
    });
  });

  it('says when there is none', async () => {
    const simulator = await start();
    const error = await failureOf(connect(simulator, () => Promise.resolve()));
    expect(error).toMatchObject({ kind: 'credentials', vendorCode: 'EntityNotExists.ResourceDirectory' });
    expect(error?.message).toContain('Leave out "directory_role"');
  });

  it.each([[{}], [{ directory_role: null, role_arn: null }]])('is not listed with %j', async (without) => {
    const simulator = await start({ directory });
    await connect(
      simulator,
      async (connected) => {
        const error = await failureOf(listPages(tableOf(adapter, 'vpcs'), inMember(connected)));
        expect(error).toMatchObject({ kind: 'absent', vendorCode: 'NOT_LISTED' });
      },
      without,
    );
    expect(simulator.requests['ListAccounts']).toBeUndefined();
  });
});

describe('a listing', () => {
  it.each([
    [{ 'x-acs-retry-after': '1500' }, 1_500],
    [{ 'retry-after': '3' }, 3_000],
    [{ 'x-acs-retry-after': '0', 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, undefined],
  ])('waits as long as the vendor says: %j', async (headers, retryAfterMs) => {
    const simulator = await start();
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      simulator.failures.failNext(1, {
        kind: 'error',
        status: 429,
        code: 'Throttling.User',
        headers,
      });
      const error: unknown = await listPages(tableOf(adapter, 'vpcs'), connected).catch(
        (reason: unknown) => reason,
      );
      const { kind, retryAfterMs: wait } = adapter.classify(error) ?? {};
      expect([kind, wait]).toEqual(['throttled', retryAfterMs]);
    });
    // It was not tried again by the SDK.
    expect(simulator.requests['DescribeVpcs']).toBe(1);
  });

  it('starts anew when the vendor has forgotten its place', async () => {
    const simulator = await start({ counts: { instance: 25 } });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [first] = await listPages(tableOf(adapter, 'cloudservers'), connected);
      simulator.failures.expireTokens();
      const error: unknown = await listPages(
        tableOf(adapter, 'cloudservers'),
        connected,
        first?.resumeAt,
      ).catch((reason: unknown) => reason);
      expect(adapter.classify(error)).toMatchObject({ kind: 'unavailable', cursorExpired: true });
    });
  });

  it('goes on behind what was deleted meanwhile', async () => {
    const simulator = await start({ counts: { instance: 25 } });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [first] = await listPages(tableOf(adapter, 'cloudservers'), connected);
      for (const number of [0, 9, 10]) simulator.estate.delete('instance', 'cn-hangzhou', number);
      const rest = await listPages(tableOf(adapter, 'cloudservers'), connected, first?.resumeAt);
      expect(rest.flatMap(({ resources }) => resources)).toHaveLength(14);
    });
  });

  it('points its relations at resources it lists', async () => {
    const simulator = await start({ preset: 'demo', regions: ['cn-hangzhou'] });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const resources = [];
      for (const table of adapter.tables.filter(
        ({ isListedIn }) => isListedIn?.(connected.scope) !== false,
      )) {
        resources.push(...(await listResources(table, connected)));
      }
      const known = new Set(resources.map(({ nativeId }) => nativeId));
      const dangling = resources
        .flatMap(({ relations }) => relations)
        // The vendor's own images are not listed.
        .filter(({ nativeId }) => !known.has(nativeId) && !nativeId.startsWith('aliyun_'));
      expect(dangling).toEqual([]);
    });
  });

  it.each([['slb'], ['alb'], ['nlb']])(
    'has the other load balancers where there is no %s',
    async (missing) => {
      const simulator = await start({ preset: 'demo', regions: ['cn-hangzhou'] });
      simulator.failures.missingProducts.add(`${missing} cn-hangzhou`);
      const products = {
        slb: 'classicLoadBalancer',
        alb: 'applicationLoadBalancer',
        nlb: 'networkLoadBalancer',
      } as const;
      const expected = Object.entries(products).flatMap(([product, kind]) =>
        product === missing ? [] : simulator.estate.ids(kind, 'cn-hangzhou'),
      );
      await withConnection(adapter, accessTo(simulator), async (connected) => {
        const balancers = await listResources(tableOf(adapter, 'loadbalancers'), connected);
        expect(balancers.map(({ nativeId }) => nativeId)).toEqual(expected);
      });
    },
  );

  it('says that there are no load balancers where no product has any', async () => {
    const simulator = await start({ preset: 'demo', regions: ['cn-hangzhou'] });
    for (const product of ['slb', 'alb', 'nlb']) {
      simulator.failures.missingProducts.add(`${product} cn-hangzhou`);
    }
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const error = await failureOf(listPages(tableOf(adapter, 'loadbalancers'), connected));
      expect(error).toMatchObject({ kind: 'absent', vendorCode: 'InvalidRegionId.NotFound' });
    });
  });

  it.each([
    ['buckets', 'oss:ListBuckets', 'AccessDenied'],
    ['clusters', 'cs:DescribeClustersV1', 'Forbidden.RAM'],
    ['functions', 'fc:ListFunctions', 'Forbidden.RAM'],
    ['loadbalancers', 'nlb:ListLoadBalancers', 'Forbidden.RAM'],
    ['otherResources', 'resourcecenter:GetResourceCenterServiceStatus', 'Forbidden.RAM'],
  ])('of %s names the action that is lacking', async (type, action, vendorCode) => {
    const simulator = await start();
    simulator.failures.deniedActions.add(action);
    const list = (connected: ConnectedVendor) => failureOf(listPages(tableOf(adapter, type), connected));
    const error = await withConnection(adapter, accessTo(simulator), list, { table: tableOf(adapter, type) });
    expect(error).toMatchObject({ kind: 'permission', vendorCode });
    expect(error?.message).toContain(`lacks the action ${action}`);
    expect(tableOf(adapter, type).permissions).toContain(action);
  });

  it('of buckets tells a proxy that is down, and one that cuts off', async () => {
    const simulator = await start();
    const table = tableOf(adapter, 'buckets');
    const list = (connected: ConnectedVendor) => failureOf(listPages(table, connected));
    for (const [failure, code] of [
      [{ kind: 'status', status: 502 }, /^HTTP 502$/],
      [{ kind: 'malformed' }, /^MALFORMED_ANSWER$/],
      [{ kind: 'cut' }, /^UND_ERR_|^ECONNRESET$/],
    ] as const) {
      simulator.failures.failNext(1, failure, 'ListBuckets');
      const error = await withConnection(adapter, accessTo(simulator), list, { table });
      expect(error).toMatchObject({ kind: 'unavailable', vendorCode: expect.stringMatching(code) });
    }
  });

  it('of databases reads their tags, fifty databases a call and page by page', async () => {
    const simulator = await start({ counts: { database: 70 } });
    const expected = new Map(
      [...simulator.estate.from('database', 'cn-hangzhou', 0)].map(({ document }) => [
        document['DBInstanceId'],
        document['UnlistedTags'],
      ]),
    );
    const whole = aliAdapter();
    const table = whole.tables.find(({ type }) => type === 'instances');
    if (table === undefined) throw new Error('there is no such table');
    await withConnection(whole, accessTo(simulator), async (connected) => {
      const databases = await listResources(table, connected);
      expect(databases).toHaveLength(70);
      for (const { nativeId, tags } of databases) expect(tags).toEqual(expected.get(nativeId));
      expect(databases.some(({ tags }) => Object.keys(tags).length === 2)).toBe(true);
      expect(databases.some(({ tags }) => Object.keys(tags).length === 0)).toBe(true);
      expect(databases[0]?.properties).not.toHaveProperty('Tags');
    });
    expect(simulator.requests['DescribeDBInstances']).toBe(1);
    // Of 50 databases some 84 tags, of 20 some 34, with 20 tags a page.
    expect(simulator.requests['ListTagResources']).toBe(7);
  });

  it.each([
    ['lacks the action', 'permission', 'Forbidden.RAM'],
    ['is throttled', 'throttled', 'Throttling.User'],
    ['is down', 'unavailable', 'ServiceUnavailable'],
    ['lost one meanwhile', 'unavailable', 'InvalidDBInstanceId.NotFound'],
  ])('of databases fails rather than show none of their tags, when it %s', async (_, kind, code) => {
    const simulator = await start({ counts: { database: 5 } });
    if (kind === 'permission') simulator.failures.deniedActions.add('rds:ListTagResources');
    else simulator.failures.failNext(1, { kind: 'error', status: 400, code }, 'ListTagResources');
    const list = (connected: ConnectedVendor) =>
      failureOf(listPages(tableOf(adapter, 'instances'), connected));
    const error = await withConnection(adapter, accessTo(simulator), list);
    expect(error).toMatchObject({ kind, vendorCode: code });
    if (kind === 'permission') expect(error?.message).toContain('lacks the action rds:ListTagResources');
  });

  it('of buckets reads their tags, and says of which it may not', async () => {
    const simulator = await start({ counts: { bucket: 25 } });
    const table = tableOf(adapter, 'buckets');
    simulator.failures.closedBuckets.add('shop-data-000001');
    await withConnection(
      adapter,
      accessTo(simulator),
      async (connected) => {
        const found = await listResources(table, connected);
        expect(found).toHaveLength(25);
        const [open, closed, , , , untagged] = found;
        expect(open).toMatchObject({ tags: { team: 'shop', stage: 'production' } });
        expect(open?.properties).not.toHaveProperty('unreadableProperties');
        expect(open?.properties).not.toHaveProperty('Tags');
        expect(closed).toMatchObject({ tags: {}, properties: { unreadableProperties: ['Tags'] } });
        expect(untagged?.tags).toEqual({});
        expect(untagged?.properties).not.toHaveProperty('unreadableProperties');
      },
      { table },
    );
    expect(simulator.requests['GetBucketTagging']).toBe(25);
  });

  it.each([
    ['NoSuchTagSet', {}],
    ['NoSuchBucket', { unreadableProperties: ['Tags'] }],
  ])('of buckets takes %s for what it says', async (code, marks) => {
    const simulator = await start({ counts: { bucket: 1 } });
    const table = tableOf(adapter, 'buckets');
    simulator.failures.failNext(1, { kind: 'error', status: 404, code }, 'GetBucketTagging');
    const list = (connected: ConnectedVendor) => listResources(table, connected);
    const [bucket] = await withConnection(adapter, accessTo(simulator), list, { table });
    expect(bucket).toMatchObject({ tags: {}, properties: marks });
    expect('unreadableProperties' in (bucket?.properties ?? {})).toBe('unreadableProperties' in marks);
  });

  it.each([
    [{ kind: 'error', status: 503, code: 'ServiceUnavailable' }, 'unavailable'],
    [{ kind: 'error', status: 503, code: 'Throttling' }, 'throttled'],
    [{ kind: 'malformed' }, 'unavailable'],
    [{ kind: 'status', status: 502 }, 'unavailable'],
  ] as const)('of buckets fails rather than show none of their tags, on %j', async (failure, kind) => {
    const simulator = await start({ counts: { bucket: 3 } });
    const table = tableOf(adapter, 'buckets');
    simulator.failures.failNext(1, failure, 'GetBucketTagging');
    const list = (connected: ConnectedVendor) => failureOf(listPages(table, connected));
    expect(await withConnection(adapter, accessTo(simulator), list, { table })).toMatchObject({ kind });
  });

  it('that has begun is not complete when its product is not offered any more', async () => {
    const simulator = await start({ counts: { indexed: 25 } });
    const table = tableOf(adapter, 'otherResources');
    await withConnection(
      adapter,
      accessTo(simulator),
      async (connected) => {
        const pages = table.pages({ ...connected, signal: never })[Symbol.asyncIterator]();
        const first = await pages.next();
        expect(first.done).toBe(false);
        simulator.failures.resourceCenter = { ServiceStatus: 'Disabled', InitialStatus: 'Pending' };
        expect(await failureOf(pages.next())).toMatchObject({ kind: 'absent', vendorCode: 'INDEX_OFF' });
        const resumeAt = first.done === true ? undefined : first.value.resumeAt;
        const resumed = failureOf(listPages(table, connected, resumeAt));
        expect(await resumed).toMatchObject({ kind: 'absent', vendorCode: 'INDEX_OFF' });
      },
      { table },
    );
  });

  it('of functions leaves out their environment, which may hold secrets', async () => {
    const simulator = await start({ preset: 'demo', regions: ['cn-hangzhou'] });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const functions = await listResources(tableOf(adapter, 'functions'), connected);
      expect(functions).toHaveLength(simulator.estate.count('functionItem', 'cn-hangzhou'));
      expect(JSON.stringify(functions)).not.toContain('DATABASE_PASSWORD');
    });
  });

  it.each([
    [{ ServiceStatus: 'Disabled', InitialStatus: 'Pending' }, 'INDEX_OFF'],
    [{ ServiceStatus: 'Enabled', InitialStatus: 'Pending' }, 'INDEX_BUILDING'],
  ])('of what Resource Center knows needs all of it: %j', async (status, vendorCode) => {
    const simulator = await start();
    simulator.failures.resourceCenter = status;
    const table = tableOf(adapter, 'otherResources');
    const list = (connected: ConnectedVendor) => failureOf(listPages(table, connected));
    const error = await withConnection(adapter, accessTo(simulator), list, { table });
    expect(error).toMatchObject({ kind: 'absent', vendorCode });
    expect(simulator.requests['SearchResources']).toBeUndefined();
  });

  it('keeps account numbers, longer than what the SDK takes for a number, as text', async () => {
    const simulator = await start({ preset: 'demo' });
    await withConnection(adapter, accessTo(simulator), async (connected) => {
      const [image] = await listResources(tableOf(adapter, 'images'), connected);
      expect(image?.properties['ImageOwnerId']).toBe('1234567890123456');
    });
  });
});
