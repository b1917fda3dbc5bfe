import { createHash, createHmac } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type AwsSimulator, startAwsSimulator } from './aws-simulator.js';

const REGION = 'us-east-1';

interface Answered {
  status: number;
  text: string;
}

/** A request; what is changed of it makes it wrong. */
interface Asked {
  service?: string;
  region?: string;
  parameters?: Record<string, string>;
  secret?: string;
  accessKeyId?: string;
  at?: Date;
  /** What is sent instead of what was signed. */
  body?: string;
  /** Of a temporary key. */
  token?: string;
  /** Of those that are to be signed, what is left out. */
  unsigned?: string;
}

let simulator: AwsSimulator;

beforeEach(async () => {
  simulator = await startAwsSimulator({
    regions: [REGION],
    disabledRegions: ['af-south-1'],
    counts: { instances: 25, databases: 25 },
  });
});

afterEach(async () => {
  await simulator.close();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Calls the simulator by the query protocol, signed in version 4, as anybody would, without the SDK. */
async function call(action: string, version: string, asked: Asked = {}): Promise<Answered> {
  const { service = 'ec2', region = REGION, at = new Date(), unsigned } = asked;
  const body = new URLSearchParams({ Action: action, Version: version, ...asked.parameters }).toString();
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    host: new URL(simulator.url).host,
    'x-amz-date': time,
    ...(asked.token === undefined ? {} : { 'x-amz-security-token': asked.token }),
  };
  const signed = Object.keys(headers).filter((name) => name !== unsigned);
  const canonical = [
    'POST',
    '/',
    '',
    ...signed.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    signed.join(';'),
    sha256(body),
  ].join('\n');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const secret = asked.secret ?? simulator.key.secretAccessKey;
  const key = scope.reduce<string | Buffer>((before, part) => hmac(before, part), `AWS4${secret}`);
  const credential = [asked.accessKeyId ?? simulator.key.accessKeyId, ...scope].join('/');
  const signature = hmac(key, toSign).toString('hex');
  const response = await fetch(simulator.url, {
    method: 'POST',
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed.join(';')}, Signature=${signature}`,
    },
    body: asked.body ?? body,
  });
  return { status: response.status, text: await response.text() };
}

const EC2 = '2016-11-15';
const RDS = '2014-10-31';
const STS = '2011-06-15';
const instances = (asked: Asked = {}) => call('DescribeInstances', EC2, asked);
const databases = (parameters: Record<string, string>) =>
  call('DescribeDBInstances', RDS, { service: 'rds', parameters });
const codeOf = ({ text }: Answered) => /<Code>([^<]+)<\/Code>/.exec(text)?.[1];
const all = (text: string, element: string) =>
  [...text.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, 'g'))].map(([, value]) => value);
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

describe('the simulated AWS', () => {
  it('answers what is signed right', async () => {
    const { status, text } = await instances();
    expect(status).toBe(200);
    expect(new Set(all(text, 'instanceId')).size).toBe(25);
    expect((await databases({})).status).toBe(200);
  });

  it.each([
    ['another secret', { secret: 'wrong' }, 403, 'AuthFailure'],
    ['a key that nobody has', { accessKeyId: 'AKIANOBODY0000000001' }, 401, 'AuthFailure'],
    ['a date of 20 minutes ago', { at: minutesAgo(20) }, 403, 'RequestExpired'],
    ['a date of 20 minutes ahead', { at: minutesAgo(-20) }, 403, 'RequestExpired'],
    ['a host that is not signed', { unsigned: 'host' }, 403, 'AuthFailure'],
    ['a date that is not signed', { unsigned: 'x-amz-date' }, 403, 'AuthFailure'],
    [
      'a body that was changed after it was signed',
      { body: `Action=DescribeInstances&Version=${EC2}&MaxResults=5` },
      403,
      'AuthFailure',
    ],
    ['a region that is not enabled', { region: 'af-south-1' }, 401, 'AuthFailure'],
    [
      'a place that was not given out',
      { parameters: { NextToken: 'made up' } },
      400,
      'InvalidPaginationToken',
    ],
    ['a page that is too large', { parameters: { MaxResults: '1001' } }, 400, 'InvalidParameterValue'],
    ['a page that is too small', { parameters: { MaxResults: '4' } }, 400, 'InvalidParameterValue'],
    ['a size that is no number', { parameters: { MaxResults: 'all' } }, 400, 'InvalidParameterValue'],
  ] as const)('refuses a call with %s', async (_, asked, status, code) => {
    const answer = await instances(asked);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });

  it('takes a temporary key with its token, signed, until it ends', async () => {
    const { text } = await call('GetSessionToken', STS, { service: 'sts' });
    const [accessKeyId = '', secret = '', token = ''] = [
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
    ].flatMap((element) => all(text, element));
    const key = { accessKeyId, secret };
    const outcome = async (asked: Asked) => {
      const answer = await instances({ ...key, ...asked });
      return [answer.status, codeOf(answer)];
    };
    expect(accessKeyId).toMatch(/^ASIA/);
    expect(await outcome({ token })).toEqual([200, undefined]);
    expect(await outcome({})).toEqual([401, 'AuthFailure']);
    expect(await outcome({ token: `${token}x` })).toEqual([401, 'AuthFailure']);
    expect(await outcome({ token, unsigned: 'x-amz-security-token' })).toEqual([403, 'AuthFailure']);
    expect(await outcome({ accessKeyId: simulator.key.accessKeyId, token })).toEqual([401, 'AuthFailure']);
    const again = await call('GetSessionToken', STS, { service: 'sts', ...key, token });
    expect([again.status, codeOf(again)]).toEqual([403, 'AccessDenied']);
    simulator.principals.endSessions();
    expect(await outcome({ token })).toEqual([400, 'RequestExpired']);
    const elsewhere = await call('DescribeDBInstances', RDS, { service: 'rds', ...key, token });
    expect([elsewhere.status, codeOf(elsewhere)]).toEqual([403, 'ExpiredToken']);
  });

  it('ends a temporary key after as many calls as it was given', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = simulator.principals.issueSession(
      simulator.key.accessKeyId,
      2,
    );
    const asked = { accessKeyId, secret: secretAccessKey, token: sessionToken };
    const statuses: number[] = [];
    for (let calls = 0; calls < 3; calls++) statuses.push((await instances(asked)).status);
    expect(statuses).toEqual([200, 200, 400]);
  });

  it('answers nothing that is not signed', async () => {
    const response = await fetch(simulator.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=DescribeInstances&Version=${EC2}`,
    });
    expect([response.status, await response.text()]).toEqual([403, 'Missing Authentication Token']);
  });

  it('knows no action and no version that it doesn’t have', async () => {
    expect(codeOf(await call('DeleteEverything', EC2))).toBe('InvalidAction');
    expect((await call('DescribeInstances', '2012-01-01')).status).toBe(404);
  });

  it('has the sizes of pages of each service', async () => {
    for (const size of ['19', '101']) {
      expect([size, codeOf(await databases({ MaxRecords: size }))]).toEqual([size, 'InvalidParameterValue']);
    }
    expect(all((await databases({ MaxRecords: '20' })).text, 'DBInstanceIdentifier')).toHaveLength(20);
  });

  it('pages to the end, each once; a token is of one listing, and expires', async () => {
    const ids: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const place: Record<string, string> = token === undefined ? {} : { NextToken: token };
      const { text } = await instances({ parameters: { MaxResults: '7', ...place } });
      ids.push(...all(text, 'instanceId'));
      [token] = all(text, 'nextToken');
    } while (token !== undefined);
    expect(new Set(ids).size).toBe(25);

    const [place = ''] = all((await instances({ parameters: { MaxResults: '7' } })).text, 'nextToken');
    const elsewhere = await call('DescribeVolumes', EC2, { parameters: { NextToken: place } });
    expect(codeOf(elsewhere)).toBe('InvalidPaginationToken');
    simulator.faults.expireTokens();
    expect(codeOf(await instances({ parameters: { NextToken: place } }))).toBe('InvalidPaginationToken');
  });

  it('names the permission that is lacking', async () => {
    simulator.faults.deny(simulator.key.account, 'ec2:DescribeInstances');
    const { status, text } = await instances();
    expect([status, /perform: (\S+)/.exec(text)?.[1]]).toEqual([403, 'ec2:DescribeInstances']);
  });
});
