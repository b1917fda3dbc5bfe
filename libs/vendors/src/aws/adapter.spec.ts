import { afterEach, describe, expect, it } from '@jest/globals';

import { type AwsSimulator, type AwsSimulatorOptions, startAwsSimulator } from '#simulators';
import { type VendorAccess, VendorNetwork } from '#vendor-kit';
import {
  classifiedFailureOf,
  listPages,
  listResources,
  openGate,
  openNetwork,
  tableOf,
  withConnection,
} from '#vendor-kit/testing';

import { awsAdapter } from './adapter.js';
import type { AwsSettings } from './settings.js';

const running: AwsSimulator[] = [];
const environment = { ...process.env };

afterEach(async () => {
  process.env = { ...environment };
  for (const peer of running.splice(0)) await peer.close();
});

const adapter = awsAdapter(5);
const never = new AbortController().signal;
const ONE_REGION = { regions: ['eu-west-1'] };
/** The first region is also asked who we are, and which regions there are. */
const HOME = { home_region: 'eu-west-1' };

async function start(options: AwsSimulatorOptions = {}): Promise<AwsSimulator> {
  const simulator = await startAwsSimulator({ preset: 'demo', ...ONE_REGION, ...options });
  running.push(simulator);
  return simulator;
}

function accessTo({ url, key }: AwsSimulator, settings: Partial<AwsSettings> = {}) {
  return {
    accountId: key.account,
    ak: key.accessKeyId,
    sk: key.secretAccessKey,
    settings: { endpoint: url, ...HOME, ...settings },
  };
}

const failureOf = (work: Promise<unknown>) => classifiedFailureOf(adapter, work);

function connecting(access: Omit<VendorAccess<AwsSettings>, 'gate' | 'network'>, network = openNetwork) {
  return failureOf(adapter.connect({ ...access, gate: openGate, network }, never));
}

function listing(type: string, access: ReturnType<typeof accessTo>) {
  const table = tableOf(adapter, type);
  return withConnection(adapter, access, (connected) => listResources(table, connected), { table });
}

describe('signing in to AWS', () => {
  it.each([
    ['unknown key', { ak: 'AKIAUNKNOWN000000000' }, 'InvalidClientTokenId'],
    ['wrong secret', { sk: 'wr0ng/secret' }, 'SignatureDoesNotMatch'],
    ['key of another account', { accountId: '999988887777' }, 'WRONG_ACCOUNT'],
  ])('tells an %s', async (_, change, vendorCode) => {
    const simulator = await start();
    const access = { ...accessTo(simulator), ...change };
    const refusal = await connecting(access);
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode });
    expect(`${refusal.message} ${String(refusal.cause)}`).not.toContain(access.sk);
  });

  it('takes a setting that is null for none', async () => {
    const simulator = await start();
    const nulls = { role_arn: null, role_external_id: null, tls_ca_pem: null, regions: null };
    const access = accessTo(simulator, nulls as unknown as AwsSettings);
    expect((await listing('vpcs', access)).length).toBeGreaterThan(0);
  });

  it('takes an account id that is no AWS account as a name', async () => {
    const simulator = await start();
    await withConnection(adapter, { ...accessTo(simulator), accountId: 'production' }, ({ scope }) => {
      expect(scope).toEqual({ key: '111122223333/eu-west-1', name: 'eu-west-1', region: 'eu-west-1' });
      return Promise.resolve();
    });
  });

  it('takes nothing from the environment', async () => {
    const simulator = await start();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'AKIAOFTHEHOST0000000',
      AWS_SECRET_ACCESS_KEY: 'of the host',
      AWS_SESSION_TOKEN: 'of the host',
      AWS_REGION: 'mars-north-1',
      AWS_PROFILE: 'nobody',
      AWS_CONFIG_FILE: '/nonexistent/config',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_MAX_ATTEMPTS: '7',
      AWS_RETRY_MODE: 'adaptive',
      AWS_DEFAULTS_MODE: 'auto',
      AWS_S3_USE_ARN_REGION: 'nonsense',
    });
    for (const type of ['cloudservers', 'buckets']) {
      expect((await listing(type, accessTo(simulator))).length).toBeGreaterThan(0);
    }
    simulator.faults.failNext(1, { kind: 'error', code: 'InternalError', status: 500 }, 'ec2:DescribeVpcs');
    expect(await failureOf(listing('vpcs', accessTo(simulator)))).toMatchObject({ kind: 'unavailable' });
    expect(simulator.requests['ec2:DescribeVpcs']).toBe(1);
  });

  it('calls AWS itself where no endpoint is set, whatever the environment says', async () => {
    const simulator = await start();
    process.env['AWS_ENDPOINT_URL'] = simulator.url;
    const settings = { home_region: 'zz-nowhere-1' }; // it has no host, so nothing leaves this machine
    const abort = AbortSignal.timeout(2_000);
    const access = { ...accessTo(simulator), settings, gate: openGate, network: openNetwork };
    await expect(adapter.connect(access, abort)).rejects.toBeDefined();
    expect(simulator.requests).toEqual({});
  });

  it('does not connect where Muster may not', async () => {
    const simulator = await start();
    const refusal = await connecting(accessTo(simulator), new VendorNetwork([]));
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'ENDPOINT_REFUSED' });
  });

  it('trusts the CA it is given, and no other', async () => {
    const simulator = await start({ tls: true });
    await connecting(accessTo(simulator));
    expect(simulator.requests).toEqual({});
    const trusted = accessTo(simulator, { tls_ca_pem: simulator.caPem });
    expect((await listing('vpcs', trusted)).length).toBeGreaterThan(0);
  });

  it('tells that nothing listens', async () => {
    const simulator = await start();
    await running.pop()?.close();
    expect(await connecting(accessTo(simulator))).toMatchObject({ kind: 'unavailable' });
  });
});

describe('a temporary key', () => {
  const MEMBER = '444455556666';
  const roles = [{ account: MEMBER, name: 'muster', trusts: ['111122223333'] }];
  const ofRole = { role_arn: `arn:aws:iam::${MEMBER}:role/muster` };

  function temporaryAccess(simulator: AwsSimulator, settings: Partial<AwsSettings> = {}) {
    const { accessKeyId, secretAccessKey, sessionToken } = simulator.principals.issueSession(
      simulator.key.accessKeyId,
    );
    const keys = { ak: accessKeyId, sk: `${secretAccessKey}:${sessionToken}` };
    return { ...accessTo(simulator, settings), ...keys };
  }

  it.each(['vpcs', 'databaseClusters', 'clusters', 'zones', 'buckets'])('lists %s', async (type) => {
    const simulator = await start();
    const lasting = await listing(type, accessTo(simulator));
    expect(lasting).not.toEqual([]);
    expect(await listing(type, temporaryAccess(simulator))).toEqual(lasting);
  });

  it.each([
    ['without its token', (sk: string) => sk.split(':')[0] ?? ''],
    ['with another token', (sk: string) => `${sk}x`],
  ])('is refused %s, and says how to mend it', async (_, change) => {
    const access = temporaryAccess(await start());
    const refusal = await connecting({ ...access, sk: change(access.sk) });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'InvalidClientTokenId' });
  });

  it('says that it has ended, in the words of whichever service', async () => {
    const simulator = await start();
    const access = temporaryAccess(simulator);
    const expected = {
      cloudservers: 'ExpiredToken',
      instances: 'ExpiredToken',
      clusters: 'ExpiredTokenException',
      buckets: 'ExpiredToken',
    };
    await withConnection(adapter, access, async (connected) => {
      simulator.principals.endSessions();
      for (const [type, vendorCode] of Object.entries(expected)) {
        const failure = await failureOf(listPages(tableOf(adapter, type), connected));
        expect([type, failure]).toMatchObject([type, { kind: 'credentials', vendorCode, retryable: false }]);
        expect(failure.message).toMatch(/temporary key has ended\. Put new ones .* "sk" as secret:token/);
      }
    });
    expect(await connecting(access)).toMatchObject({ kind: 'credentials', vendorCode: 'ExpiredToken' });
  });

  it('is not taken for ended when the clock is wrong', async () => {
    const simulator = await start();
    await withConnection(adapter, temporaryAccess(simulator), async (connected) => {
      simulator.faults.failNext(1, { kind: 'error', code: 'RequestExpired' }, 'ec2:DescribeVpcs');
      const failure = await failureOf(listPages(tableOf(adapter, 'vpcs'), connected));
      expect(failure).toMatchObject({ kind: 'unavailable', vendorCode: 'RequestExpired' });
    });
  });

  it('that ends in the middle of a listing fails it there, and a new one goes on', async () => {
    const simulator = await start();
    const table = tableOf(adapter, 'cloudservers');
    const whole = (await listing('cloudservers', accessTo(simulator))).map(({ nativeId }) => nativeId);
    const ids: string[] = [];
    let place: string | undefined;
    const failure = await failureOf(
      withConnection(adapter, temporaryAccess(simulator), async (connected) => {
        for await (const page of table.pages({ ...connected, signal: never })) {
          ids.push(...page.items.map((item) => table.toResource(item, connected.scope).nativeId));
          place = page.resumeAt;
          simulator.principals.endSessions();
        }
      }),
    );
    expect(failure).toMatchObject({ kind: 'credentials', vendorCode: 'ExpiredToken' });
    expect(ids.length).toBeLessThan(whole.length);
    await withConnection(adapter, temporaryAccess(simulator), async (connected) => {
      for (const { resources } of await listPages(table, connected, place)) {
        ids.push(...resources.map(({ nativeId }) => nativeId));
      }
    });
    expect(ids.sort()).toEqual(whole.sort());
  });

  it('assumes a role, and says so when it has ended before the role’s session', async () => {
    const simulator = await start({ roles });
    const access = { ...temporaryAccess(simulator, ofRole), accountId: MEMBER };
    await withConnection(adapter, access, async (connected) => {
      const vpcs = tableOf(adapter, 'vpcs');
      expect(await listResources(vpcs, connected)).not.toEqual([]);
    });
    simulator.principals.endSessions();
    const refusal = await connecting(access);
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'ExpiredToken' });
    expect(refusal.message).toContain('temporary key has ended');
  });

  it('that has ended is not taken for a member’s session that was refused', async () => {
    const simulator = await start({ roles, members: [MEMBER] });
    const access = temporaryAccess(simulator, { organization_role: 'muster' });
    await withConnection(adapter, access, async ({ connection }) => {
      const scopes = await adapter.scopes(connection, never);
      const scope = scopes.find(({ key }) => key === `${MEMBER}/eu-west-1`)!;
      const of = { connection, scope };
      simulator.principals.endSessions();
      const first = await failureOf(listPages(tableOf(adapter, 'vpcs'), of));
      expect(first).toMatchObject({ kind: 'unavailable', vendorCode: 'SESSION_REFUSED' });
      const second = await failureOf(listPages(tableOf(adapter, 'vpcs'), of));
      expect(second).toMatchObject({ kind: 'credentials', vendorCode: 'ExpiredToken' });
      expect(second.message).toContain('temporary key has ended');
    });
  });
});

describe('a role', () => {
  const MEMBER = '444455556666';
  const role = { account: MEMBER, name: 'muster', trusts: ['111122223333'], externalId: 'agreed' };
  const settings = { role_arn: `arn:aws:iam::${MEMBER}:role/muster`, role_external_id: 'agreed' };

  it("lists the role's account, with one session for all calls", async () => {
    const simulator = await start({ roles: [role] });
    const access = { ...accessTo(simulator, settings), accountId: MEMBER };
    await withConnection(adapter, access, async (connected) => {
      expect(connected.scope.key).toBe(`${MEMBER}/eu-west-1`);
      const types = ['vpcs', 'instances', 'clusters'].map((type) => tableOf(adapter, type));
      await Promise.all(types.map((table) => listResources(table, connected)));
    });
    expect(simulator.requests['sts:AssumeRole']).toBe(1);
  });

  it.each([
    ['another external id', { role_external_id: 'guessed' }],
    ['a role that is not there', { role_arn: `arn:aws:iam::${MEMBER}:role/other` }],
  ])('refuses %s', async (_, change) => {
    const simulator = await start({ roles: [role] });
    const access = { ...accessTo(simulator, { ...settings, ...change }), accountId: MEMBER };
    expect(await connecting(access)).toMatchObject({ kind: 'credentials', vendorCode: 'ROLE_REFUSED' });
  });

  it('is assumed anew once its session is about to end', async () => {
    const simulator = await start({ roles: [role] });
    const access = { ...accessTo(simulator, settings), accountId: MEMBER };
    simulator.principals.sessionMs = 60_000; // less than what is left for another
    await withConnection(adapter, access, (connected) => listResources(tableOf(adapter, 'vpcs'), connected));
    expect(simulator.requests['sts:AssumeRole']).toBeGreaterThan(1);
  });
});

describe('an organization', () => {
  const [MEMBER, REFUSING] = ['444455556666', '777788889999'];
  const role = { account: MEMBER, name: 'audit/muster', trusts: ['111122223333'] };
  const settings = { organization_role: 'audit/muster' };
  const options = { regions: ['eu-west-1', 'us-east-1'], roles: [role], members: [MEMBER, REFUSING] };

  it('is listed account by account, each with what it has', async () => {
    const simulator = await start(options);
    simulator.estate(MEMBER).region('eu-west-1').network.vpcs.grow();
    await withConnection(adapter, accessTo(simulator, settings), async ({ connection }) => {
      const scopes = await adapter.scopes(connection, never);
      const regions = ['eu-west-1', 'us-east-1', 'global'];
      expect(scopes.map(({ key }) => key)).toEqual(
        ['111122223333', MEMBER, REFUSING].flatMap((account) => regions.map((name) => `${account}/${name}`)),
      );
      const count = async (account: string) => {
        const scope = scopes.find(({ key }) => key === `${account}/eu-west-1`)!;
        return (await listResources(tableOf(adapter, 'vpcs'), { connection, scope })).length;
      };
      expect([await count('111122223333'), await count(MEMBER)]).toEqual([2, 3]);
    });
  });

  it('fails only what is of the member whose role is refused', async () => {
    const simulator = await start(options);
    await withConnection(adapter, accessTo(simulator, settings), async ({ connection }) => {
      const scopes = await adapter.scopes(connection, never);
      const scope = scopes.find(({ key }) => key === `${REFUSING}/eu-west-1`)!;
      const failure = await failureOf(listPages(tableOf(adapter, 'vpcs'), { connection, scope }));
      expect(failure).toMatchObject({ kind: 'permission', vendorCode: 'MEMBER_ROLE_REFUSED' });
      expect(failure.message).toContain(`role/audit/muster`);
    });
  });

  it('skips a member that is suspended, also one that was when it was already being listed', async () => {
    const simulator = await start(options);
    await withConnection(adapter, accessTo(simulator, settings), async ({ connection }) => {
      const before = (await adapter.scopes(connection, never)).find(
        ({ key }) => key === `${MEMBER}/us-east-1`,
      )!;
      await listPages(tableOf(adapter, 'vpcs'), { connection, scope: before });
      simulator.suspend(MEMBER);
      const scopes = await adapter.scopes(connection, never);
      const suspended = scopes.filter(({ key }) => key.startsWith(MEMBER));
      expect(suspended.map(({ name }) => name)).toEqual([`global (${MEMBER}, suspended)`]);
      const fresh = await adapter.connect(
        { ...accessTo(simulator, settings), gate: openGate, network: openNetwork },
        never,
      );
      for (const [type, scope] of [
        ['zones', suspended[0]!],
        ['vpcs', before],
      ] as const) {
        const failure = await failureOf(listPages(tableOf(adapter, type), { connection: fresh, scope }));
        expect([type, failure.kind, failure.vendorCode]).toEqual([type, 'absent', 'ACCOUNT_SUSPENDED']);
      }
      // With a session of before, AWS knows the key no more, which says nothing of the account's own key.
      for (const vendorCode of ['SESSION_REFUSED', 'ACCOUNT_SUSPENDED']) {
        const failure = await failureOf(listPages(tableOf(adapter, 'vpcs'), { connection, scope: before }));
        expect(failure.vendorCode).toBe(vendorCode);
        expect(failure.kind).not.toBe('credentials');
      }
      await adapter.disconnect(fresh);
    });
  });

  it('says that an account is in none, and which permission is missing', async () => {
    const alone = await start();
    const scopesOf = (simulator: AwsSimulator) =>
      failureOf(
        withConnection(adapter, accessTo(simulator, settings), ({ connection }) =>
          adapter.scopes(connection, never),
        ),
      );
    const none = { kind: 'credentials', vendorCode: 'AWSOrganizationsNotInUseException' };
    expect(await scopesOf(alone)).toMatchObject(none);
    const simulator = await start(options);
    simulator.faults.deny(simulator.key.account, 'organizations:ListAccounts');
    const refusal = await scopesOf(simulator);
    expect(refusal.kind).toBe('permission');
    expect(refusal.message).toContain('organizations:ListAccounts');
  });

  it('is not listed with a role of an account that the settings no longer name', async () => {
    const simulator = await start(options);
    await withConnection(adapter, accessTo(simulator), async ({ connection }) => {
      const scope = { key: `${MEMBER}/eu-west-1`, name: 'eu-west-1' };
      const failure = await failureOf(listPages(tableOf(adapter, 'vpcs'), { connection, scope }));
      expect(failure).toMatchObject({ kind: 'absent', vendorCode: 'NOT_LISTED' });
      expect(simulator.requests['sts:AssumeRole']).toBeUndefined();
    });
  });

  it('goes through all of its accounts, and keeps the clients of a few', async () => {
    const members = Array.from({ length: 45 }, (_, index) => String(500_000_000_000 + index));
    const roles = members.map((account) => ({ ...role, account }));
    const simulator = await start({ ...ONE_REGION, members, roles });
    await withConnection(adapter, accessTo(simulator, settings), async ({ connection }) => {
      const scopes = await adapter.scopes(connection, never);
      expect(new Set(scopes.map(({ key }) => key.split('/')[0])).size).toBe(members.length + 1);
      for (const scope of scopes.filter(({ region }) => region !== undefined)) {
        expect(await listResources(tableOf(adapter, 'vpcs'), { connection, scope })).toHaveLength(2);
      }
      expect(simulator.requests['sts:AssumeRole']).toBe(members.length); // once each
    });
  });
});

describe('what only Resource Explorer knows', () => {
  it('is listed of regions and of none, without what other tables have', async () => {
    const simulator = await start({ regions: ['eu-west-1', 'us-east-1'] });
    await withConnection(adapter, accessTo(simulator), async ({ connection }) => {
      const table = tableOf(adapter, 'otherResources');
      const names: string[][] = [];
      for (const scope of await adapter.scopes(connection, never)) {
        const resources = await listResources(table, { connection, scope });
        names.push(
          [...new Set(resources.map(({ properties }) => JSON.stringify(properties['ResourceType'])))].sort(),
        );
      }
      const regional = ['"dynamodb:table"', '"sns:topic"', '"sqs:queue"'];
      expect(names).toEqual([regional, regional, ['"iam:role"']]);
    });
  });

  it('comes in pages that never end before their last one', async () => {
    const simulator = await start({ counts: { instances: 0, others: 1_100 } });
    const wide = awsAdapter();
    const table = wide.tables.find(({ type }) => type === 'otherResources')!;
    const list = () =>
      withConnection(wide, accessTo(simulator), (connected) => listResources(table, connected), { table });
    expect(await list()).toHaveLength(1_100);
  });

  it.each([
    ['has no index', 'NO_INDEX', undefined],
    ['is deleting its index', 'NO_INDEX', { state: 'DELETING' }],
    ['is building its index', 'INDEX_BUILDING', { state: 'CREATING' }],
    ['has a new index, which may not have everything yet', 'INDEX_BUILDING', { created: new Date() }],
    ['has no default view', 'NO_VIEW', { hasView: false }],
    ['has a view that hides something', 'VIEW_FILTERED', { filter: '-tag:secret=yes' }],
  ] as const)('is skipped where a region %s', async (_, vendorCode, change) => {
    const simulator = await start();
    const { explorer } = simulator.estate();
    if (change === undefined) explorer.delete('eu-west-1');
    else Object.assign(explorer.get('eu-west-1')!, change);
    const failure = await failureOf(listing('otherResources', accessTo(simulator)));
    expect(failure).toMatchObject({ kind: 'absent', vendorCode });
  });
});

describe('regions', () => {
  it('offers those that are enabled, and what is in none', async () => {
    const simulator = await start({ regions: ['eu-west-1', 'us-east-1'], disabledRegions: ['me-south-1'] });
    await withConnection(adapter, accessTo(simulator), async ({ connection }) => {
      const scopes = await adapter.scopes(connection, never);
      expect(scopes.map(({ key }) => key.split('/')[1])).toEqual(['eu-west-1', 'us-east-1', 'global']);
    });
  });

  it('says of one that is named and not enabled that it was skipped, and not that the key is wrong', async () => {
    const simulator = await start({ disabledRegions: ['me-south-1'] });
    const access = accessTo(simulator, { regions: ['me-south-1'] });
    await withConnection(adapter, access, async ({ connection }) => {
      const scopes = await adapter.scopes(connection, never);
      const scope = scopes.find(({ region }) => region === 'me-south-1');
      expect(scope).toBeDefined();
      for (const type of ['vpcs', 'instances', 'clusters']) {
        const connected = { connection, scope: scope! };
        const failure = await failureOf(listPages(tableOf(adapter, type), connected));
        expect([type, failure.kind, failure.vendorCode]).toEqual([type, 'absent', 'REGION_DISABLED']);
        expect(failure.message).toContain('me-south-1');
      }
    });
  });
});

describe('what AWS refuses', () => {
  const needs = adapter.tables.flatMap(({ type, permissions }) =>
    permissions
      .filter((permission) => permission !== 's3:GetBucketTagging')
      .map((name) => [type, name] as const),
  );

  it.each(needs)('listing %s without %s names it', async (type, permission) => {
    const simulator = await start();
    simulator.faults.deny(simulator.key.account, permission);
    const failure = await failureOf(listing(type, accessTo(simulator)));
    expect(failure.kind).toBe('permission');
    expect(failure.message).toContain(`lacks the permission ${permission}`);
  });

  it('lists a bucket whose policy refuses its tags, and says what it could not read', async () => {
    const simulator = await start();
    simulator.faults.deny(simulator.key.account, 's3:GetBucketTagging');
    const [bucket] = await listing('buckets', accessTo(simulator));
    expect(bucket?.properties['unreadableProperties']).toEqual(['Tags']);
    simulator.faults.reset();
    const [read] = await listing('buckets', accessTo(simulator));
    expect(read?.tags).toEqual({ class: 'archive' });
    expect(read?.properties).not.toHaveProperty('unreadableProperties');
  });

  it.each([
    ['EC2', 'vpcs', 'RequestLimitExceeded', 503],
    ['RDS', 'instances', 'Throttling', 400],
    ['EKS', 'clusters', 'TooManyRequestsException', 429],
    ['Route 53', 'zones', 'Throttling', 400],
    ['S3', 'buckets', 'SlowDown', 503],
  ])('tells how %s throttles, and hands on how long to wait', async (_, type, code, status) => {
    const simulator = await start();
    const headers = { 'Retry-After': '7' };
    const call = {
      vpcs: 'ec2:DescribeVpcs',
      instances: 'rds:DescribeDBInstances',
      clusters: 'eks:ListClusters',
      zones: 'route53:ListHostedZones',
      buckets: 's3:ListBuckets',
    }[type];
    simulator.faults.failNext(1, { kind: 'error', code, status, headers }, call);
    const failure = await failureOf(listing(type, accessTo(simulator)));
    expect(failure).toMatchObject({ kind: 'throttled', vendorCode: code, retryAfterMs: 7_000 });
  });
});

describe('a listing', () => {
  const paged = adapter.tables.filter(({ type }) => !['publicips', 'keypairs'].includes(type));
  const counts = Object.fromEntries(
    ['vpcs', 'subnets', 'securityGroups', 'routeTables', 'natGateways', 'images', 'snapshots', 'instances']
      .concat('loadBalancers', 'scalingGroups', 'clusters', 'functions', 'buckets', 'zones', 'others')
      .map((name) => [name, 6])
      .concat([['databases', 21]])
      .concat([['databaseClusters', 21]]),
  ) as AwsSimulatorOptions['counts'];

  it.each(paged.map((table) => [table.type, table] as const))(
    'of %s whose place AWS has forgotten starts anew',
    async (_, table) => {
      const simulator = await start({ counts: counts ?? {} });
      await withConnection(
        adapter,
        accessTo(simulator),
        async (connected) => {
          const [first] = await listPages(table, connected);
          expect(first?.resumeAt).toBeDefined();
          simulator.faults.expireTokens();
          const failure = await failureOf(listPages(table, connected, first?.resumeAt));
          expect(failure).toMatchObject({ cursorExpired: true, kind: 'unavailable' });
        },
        { table },
      );
    },
  );

  it('says nothing of the secrets in the environment of functions', async () => {
    const simulator = await start();
    const functions = await listing('functions', accessTo(simulator));
    expect(functions.length).toBeGreaterThan(0);
    expect(JSON.stringify(functions)).not.toContain('PASSWORD');
  });

  it('asks for no more tags at once than AWS tells', async () => {
    const simulator = await start({ counts: { loadBalancers: 45, zones: 25 } });
    const wide = awsAdapter();
    for (const [type, count] of [
      ['loadbalancers', 46],
      ['zones', 25],
    ] as const) {
      const table = wide.tables.find((candidate) => candidate.type === type)!;
      const resources = await withConnection(
        wide,
        accessTo(simulator),
        (connected) => listResources(table, connected),
        { table },
      );
      expect(resources).toHaveLength(count);
      for (const { tags } of resources) expect(tags).toHaveProperty('owner');
    }
  });
});
