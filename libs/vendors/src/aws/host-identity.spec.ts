import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import {
  type AwsMachine,
  type AwsSimulator,
  type AwsSimulatorOptions,
  startAwsMachine,
  startAwsSimulator,
} from '#simulators';
import {
  classifiedFailureOf,
  listResources,
  openGate,
  openNetwork,
  tableOf,
  withConnection,
} from '#vendor-kit/testing';

import { awsAdapter } from './adapter.js';
import type { AwsSettings } from './settings.js';

/** Of another account than the machine is in. */
const CUSTOMER = '444455556666';
const EXTERNAL_ID = 'muster-0197a5b0-0000-7000-8000-000000000001';
const TRUSTING = { account: CUSTOMER, name: 'muster', trusts: ['111122223333'], externalId: EXTERNAL_ID };
const POD = { account: '111122223333', name: 'pod', trusts: [], webIdentityToken: 'of the pod' };
const HOUR_MS = 3_600_000;
const NEVER = new AbortController().signal;
/** All that jest would fake, but for the time of day. */
const ALL_BUT_DATE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

const adapter = awsAdapter(5);
const environment = { ...process.env };
let running: { close(): Promise<void> }[];
let folder: string;

beforeEach(async () => {
  running = [];
  folder = await mkdtemp(join(tmpdir(), 'muster-aws-'));
  // Nothing of whoever runs the tests.
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
  process.env = Object.fromEntries(Object.entries(environment).filter(([name]) => !foreign.includes(name)));
  Object.assign(process.env, {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

afterEach(async () => {
  jest.useRealTimers();
  process.env = { ...environment };
  for (const peer of running) await peer.close();
  await rm(folder, { recursive: true });
});

/** Starts an AWS that the machine's environment leads to. */
async function start(options: AwsSimulatorOptions = {}): Promise<AwsSimulator> {
  const simulator = await startAwsSimulator({
    preset: 'demo',
    regions: ['eu-west-1'],
    roles: [TRUSTING, POD],
    ...options,
  });
  running.push(simulator);
  process.env['AWS_ENDPOINT_URL'] = simulator.url;
  return simulator;
}

async function startMachine({ principals, key }: AwsSimulator): Promise<AwsMachine> {
  const machine = await startAwsMachine(() => principals.issueSession(key.accessKeyId));
  running.push(machine);
  return machine;
}

function hostAccess(settings: Partial<AwsSettings> = {}, accountId = '111122223333') {
  return {
    accountId,
    ak: '',
    sk: '',
    settings: { host_identity: true, home_region: 'eu-west-1', ...settings },
    hostIdentity: { externalId: EXTERNAL_ID },
  };
}

function vpcsOf(access: ReturnType<typeof hostAccess>) {
  const table = tableOf(adapter, 'vpcs');
  return withConnection(adapter, access, (connected) => listResources(table, connected), { table });
}

const failureOf = (work: Promise<unknown>) => classifiedFailureOf(adapter, work);

const refusalOf = (access: ReturnType<typeof hostAccess>) =>
  failureOf(adapter.connect({ ...access, gate: openGate, network: openNetwork }, NEVER));

describe('the identity of the machine', () => {
  it.each<[string, (simulator: AwsSimulator) => Promise<object>]>([
    ['variables', async ({ key }) => variablesOf(key)],
    [
      'variables of a temporary key',
      async ({ key, principals }) => variablesOf(principals.issueSession(key.accessKeyId)),
    ],
    ['the shared credentials file', async ({ key }) => ({ ...(await profileOf('default', key)) })],
    ['a profile', async ({ key }) => ({ ...(await profileOf('inventory', key)), AWS_PROFILE: 'inventory' })],
    ['the role of a container', async (simulator) => (await startMachine(simulator)).container],
    [
      'the role of an instance',
      async (simulator) => ({
        ...(await startMachine(simulator)).instance,
        AWS_EC2_METADATA_DISABLED: 'false',
      }),
    ],
    ['a web identity', webIdentity],
  ])('is found in %s, and lists the account', async (_, variables) => {
    const simulator = await start();
    Object.assign(process.env, await variables(simulator));
    const resources = await vpcsOf(hostAccess());
    expect(resources.length).toBe(simulator.estate().region('eu-west-1').network.vpcs.size);
  });

  it('is renewed when its keys end, and a listing goes on', async () => {
    const simulator = await start();
    const machine = await startMachine(simulator);
    Object.assign(process.env, machine.container);
    const table = tableOf(adapter, 'cloudservers');
    const ids: string[] = [];
    await withConnection(adapter, hostAccess(), async (connected) => {
      for await (const page of table.pages({ ...connected, signal: NEVER })) {
        ids.push(...page.items.map((item) => table.toResource(item, connected.scope).nativeId));
        jest.useFakeTimers({ doNotFake: [...ALL_BUT_DATE], now: Date.now() + 2 * HOUR_MS });
      }
    });
    const { size: count } = simulator.estate().region('eu-west-1').compute.instances;
    expect(new Set(ids).size).toBe(count);
    expect(count).toBeGreaterThan(2 * 5); // more than two pages
    expect(machine.requests['container']).toBeGreaterThan(2);
  });

  it('that is not there is told with what to do, without the operator’s files', async () => {
    await start();
    const refusal = await refusalOf(hostAccess());
    expect(refusal).toMatchObject({
      kind: 'credentials',
      vendorCode: 'CredentialsProviderError',
      retryable: false,
    });
    expect(refusal.message).toContain("Have Muster's operator give the worker an identity");
    expect(refusal.message).not.toContain(folder);
    Object.assign(process.env, { AWS_PROFILE: 'nobody' });
    expect((await refusalOf(hostAccess())).message).toBe(refusal.message);
  });

  it('that AWS refuses is told as that of the machine', async () => {
    const simulator = await start();
    Object.assign(process.env, variablesOf({ ...simulator.key, accessKeyId: 'AKIAUNKNOWN000000000' }));
    const unknown = await refusalOf(hostAccess());
    expect(unknown).toMatchObject({ kind: 'credentials', vendorCode: 'InvalidClientTokenId' });
    expect(unknown.message).toContain("doesn't know the key of Muster's machine");
    Object.assign(process.env, await webIdentity(), { AWS_ROLE_ARN: 'arn:aws:iam::1:role/other' });
    delete process.env['AWS_ACCESS_KEY_ID'];
    expect(await refusalOf(hostAccess())).toMatchObject({ vendorCode: 'CredentialsProviderError' });
  });

  it('is tried again where what tells it has trouble', async () => {
    const simulator = await start();
    Object.assign(process.env, await webIdentity(), { AWS_MAX_ATTEMPTS: '1' });
    const call = 'sts:AssumeRoleWithWebIdentity';
    simulator.faults.failNext(1, { kind: 'error', code: 'InternalFailure', status: 500 }, call);
    expect(await refusalOf(hostAccess())).toMatchObject({ kind: 'unavailable', retryable: true });
  });

  it('is not asked for without leave, whatever the settings say', async () => {
    const simulator = await start();
    const machine = await startMachine(simulator);
    Object.assign(process.env, machine.container);
    const { hostIdentity: _, ...access } = hostAccess();
    const connecting = adapter.connect({ ...access, gate: openGate, network: openNetwork }, NEVER);
    await expect(connecting).rejects.toThrow('There is no leave');
    expect([machine.requests, simulator.requests]).toEqual([{}, {}]);
  });

  it('is shown where the operator says, whatever the settings say', async () => {
    const foreign = await start();
    const simulator = await start();
    Object.assign(process.env, variablesOf(simulator.key));
    const settings = { endpoint: foreign.url, tls_ca_pem: 'none' };
    expect((await vpcsOf(hostAccess(settings))).length).toBeGreaterThan(0);
    expect(foreign.requests).toEqual({});
  });
});

describe('a role that trusts the machine', () => {
  const role_arn = `arn:aws:iam::${CUSTOMER}:role/muster`;

  it('is told the external id of the tenant, and no other', async () => {
    const simulator = await start();
    Object.assign(process.env, variablesOf(simulator.key));
    const settings = { role_arn, role_external_id: 'chosen by the account' };
    expect((await vpcsOf(hostAccess(settings, CUSTOMER))).length).toBeGreaterThan(0);
  });

  it('refuses another tenant, who is told what the trust policy has to say', async () => {
    const simulator = await start();
    Object.assign(process.env, variablesOf(simulator.key));
    const own = { externalId: 'muster-of-another-tenant' };
    const chosen = { role_arn, role_external_id: EXTERNAL_ID };
    const refusal = await refusalOf({ ...hostAccess(chosen, CUSTOMER), hostIdentity: own });
    expect(refusal).toMatchObject({ kind: 'credentials', vendorCode: 'ROLE_REFUSED' });
    expect(refusal.message).toContain(`external id ${own.externalId} in the role's trust policy`);
  });

  it('is told the same where it is a member’s', async () => {
    const refusing = { ...TRUSTING, account: '777788889999', externalId: 'other' };
    const members = [CUSTOMER, refusing.account];
    const simulator = await start({ members, roles: [TRUSTING, refusing] });
    Object.assign(process.env, variablesOf(simulator.key));
    const access = hostAccess({ organization_role: 'muster' });
    await withConnection(adapter, access, async ({ connection }) => {
      const scopes = await adapter.scopes(connection, NEVER);
      const listIn = (account: string) => {
        const scope = scopes.find(({ key }) => key === `${account}/eu-west-1`)!;
        return listResources(tableOf(adapter, 'vpcs'), { connection, scope });
      };
      expect((await listIn(CUSTOMER)).length).toBeGreaterThan(0);
      const refusal = await failureOf(listIn(refusing.account));
      expect(refusal).toMatchObject({ kind: 'permission', vendorCode: 'MEMBER_ROLE_REFUSED' });
      expect(refusal.message).toContain(`the external id ${EXTERNAL_ID}`);
    });
  });
});

function variablesOf(key: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) {
  return {
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: key.sessionToken }),
  };
}

async function profileOf(profile: string, { accessKeyId, secretAccessKey }: AwsSimulator['key']) {
  const file = join(folder, 'credentials');
  const lines = [
    `[${profile}]`,
    `aws_access_key_id=${accessKeyId}`,
    `aws_secret_access_key=${secretAccessKey}`,
  ];
  await writeFile(file, lines.join('\n'));
  return { AWS_SHARED_CREDENTIALS_FILE: file };
}

/** As EKS gives it to a pod. */
async function webIdentity() {
  const file = join(folder, 'token');
  await writeFile(file, POD.webIdentityToken);
  return {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: `arn:aws:iam::${POD.account}:role/${POD.name}`,
    AWS_REGION: 'eu-west-1',
  };
}
