import { afterEach, describe, expect, it } from '@jest/globals';

import type { SyncError } from '#domain';
import { type AwsSimulator, type AwsSimulatorOptions, startAwsSimulator } from '#simulators';
import { type VendorAccess, VendorNetwork } from '#vendor-kit';
import { listPages, listResources, openGate, openNetwork, withConnection } from '#vendor-kit/testing';

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

function tableOf(type: string) {
  const table = adapter.tables.find((candidate) => candidate.type === type);
  if (table === undefined) throw new Error(`there is no table ${type}`);
  return table;
}

/** How something fails, classified. */
async function failureOf(work: Promise<unknown>): Promise<SyncError> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  const classified = adapter.classify(error);
  if (classified === undefined) throw error;
  return classified;
}

function connecting(access: Omit<VendorAccess<AwsSettings>, 'gate' | 'network'>, network = openNetwork) {
  return failureOf(adapter.connect({ ...access, gate: openGate, network }, never));
}

function listing(type: string, access: ReturnType<typeof accessTo>) {
  const table = tableOf(type);
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

describe('a role', () => {
  const MEMBER = '444455556666';
  const role = { account: MEMBER, name: 'muster', trusts: ['111122223333'], externalId: 'agreed' };
  const settings = { role_arn: `arn:aws:iam::${MEMBER}:role/muster`, role_external_id: 'agreed' };

  it("lists the role's account, with one session for all calls", async () => {
    const simulator = await start({ roles: [role] });
    const access = { ...accessTo(simulator, settings), accountId: MEMBER };
    await withConnection(adapter, access, async (connected) => {
      expect(connected.scope.key).toBe(`${MEMBER}/eu-west-1`);
      const types = ['vpcs', 'instances', 'clusters'].map(tableOf);
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
    await withConnection(adapter, access, (connected) => listResources(tableOf('vpcs'), connected));
    expect(simulator.requests['sts:AssumeRole']).toBeGreaterThan(1);
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
        const failure = await failureOf(listPages(tableOf(type), connected));
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
      .concat('loadBalancers', 'scalingGroups', 'clusters', 'functions', 'buckets', 'zones')
      .map((name) => [name, 6])
      .concat([['databases', 21]]),
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
