import { createHash, createHmac, randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type AliSimulator, startAliSimulator } from './ali-simulator.js';

const REGION = 'cn-hangzhou';
const ECS = { product: 'ecs', version: '2014-05-26' };
const VPC = { product: 'vpc', version: '2016-04-28' };

interface Answered {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

let simulator: AliSimulator;

beforeEach(async () => {
  simulator = await startAliSimulator({ regions: [REGION], counts: { instance: 230, vpc: 60, bucket: 3 } });
});

afterEach(async () => {
  await simulator.close();
});

const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
const hmac = (hash: string, key: string | Buffer, text: string) =>
  createHmac(hash, key).update(text).digest();
const addressOf = (product: string) =>
  simulator.endpoint.replace('{product}', product).replace('{region}', REGION);

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, text, body };
}

/** What a call is made of beside its action: changes make it wrong. */
type Changes = Record<string, string>;

/** Calls the simulator in the RPC style, as anybody would, without the adapter. */
async function call(
  { product, version }: { product: string; version: string },
  action: string,
  changes: Changes = {},
  secret = simulator.accessKeySecret,
): Promise<Answered> {
  const parameters: Record<string, string> = {
    Action: action,
    Version: version,
    Format: 'JSON',
    RegionId: REGION,
    AccessKeyId: simulator.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+/, ''),
    ...changes,
  };
  const query = Object.entries(parameters)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&');
  const signature = hmac('sha1', `${secret}&`, `POST&%2F&${encoded(query)}`).toString('base64');
  const body = `${query}&Signature=${encoded(signature)}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return answered(await fetch(addressOf(product), { method: 'POST', headers, body }));
}

/** Of a call of OSS. */
interface OssChanges {
  at?: Date;
  id?: string;
  secret?: string;
  token?: string;
  region?: string;
}

/** Calls OSS, signed in its version 4. */
async function callOss(
  { bucket, query }: { bucket?: string; query: string },
  { at = new Date(), secret = simulator.accessKeySecret, region = REGION, ...by }: OssChanges = {},
): Promise<Answered> {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const path = bucket === undefined ? '/' : `/${bucket}/`;
  const hashed = 'UNSIGNED-PAYLOAD';
  const { id = simulator.accessKeyId, token } = by;
  const signedToken = token === undefined ? '' : `x-oss-security-token:${token}\n`;
  const signed = `x-oss-content-sha256:${hashed}\nx-oss-date:${time}\n${signedToken}`;
  const canonical = `GET\n${path}\n${query}\n${signed}\n\n${hashed}`;
  const scope = [time.slice(0, 8), region, 'oss', 'aliyun_v4_request'];
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = scope.reduce<string | Buffer>(
    (before, part) => hmac('sha256', before, part),
    `aliyun_v4${secret}`,
  );
  const signature = hmac('sha256', key, `OSS4-HMAC-SHA256\n${time}\n${scope.join('/')}\n${digest}`).toString(
    'hex',
  );
  const authorization = `OSS4-HMAC-SHA256 Credential=${[id, ...scope].join('/')},Signature=${signature}`;
  const headers = {
    'x-oss-content-sha256': hashed,
    'x-oss-date': time,
    authorization,
    ...(token === undefined ? {} : { 'x-oss-security-token': token }),
  };
  return answered(await fetch(`${addressOf('oss')}${path}?${query}`, { headers }));
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const stamp = (at: Date) => at.toISOString().replace(/\.\d+/, '');

describe('the simulated Alibaba Cloud', () => {
  it('answers what is signed right', async () => {
    const { status, body } = await call(ECS, 'DescribeInstances');
    expect(status).toBe(200);
    expect((body['Instances'] as { Instance: unknown[] }).Instance).toHaveLength(10);
    expect((await callOss({ query: 'max-keys=1' })).status).toBe(200);
    expect((await callOss({ bucket: 'shop-data-000000', query: 'tagging' })).text).toContain(
      '<Key>team</Key>',
    );
  });

  it.each([
    ['another secret', {}, 'wrong', 400, 'SignatureDoesNotMatch'],
    ['another key', { AccessKeyId: 'LTAI5tNobody' }, undefined, 404, 'InvalidAccessKeyId.NotFound'],
    ['another algorithm', { SignatureMethod: 'HMAC-MD5' }, undefined, 400, 'IncompleteSignature'],
    ['another version of the signature', { SignatureVersion: '2.0' }, undefined, 400, 'IncompleteSignature'],
    ['no nonce', { SignatureNonce: '' }, undefined, 400, 'MissingParameter'],
    [
      'a date of 20 minutes ago',
      { Timestamp: stamp(minutesAgo(20)) },
      undefined,
      400,
      'InvalidTimeStamp.Expired',
    ],
    [
      'a date of 20 minutes ahead',
      { Timestamp: stamp(minutesAgo(-20)) },
      undefined,
      400,
      'InvalidTimeStamp.Expired',
    ],
    ['no date', { Timestamp: 'yesterday' }, undefined, 400, 'InvalidTimeStamp.Format'],
    ['another version of the API', { Version: '2014-05-27' }, undefined, 400, 'InvalidVersion'],
    ['another region', { RegionId: 'eu-nowhere-1' }, undefined, 404, 'InvalidRegionId.NotFound'],
    ['a place that was not given out', { NextToken: 'bWFkZSB1cA==' }, undefined, 400, 'InvalidParameter'],
    ['a size that is no number', { MaxResults: 'all' }, undefined, 400, 'InvalidParameter.MaxResults'],
  ] as const)('refuses a call with %s', async (_, changes, secret, status, code) => {
    const answer = await call(ECS, 'DescribeInstances', changes, secret);
    expect([answer.status, answer.body['Code']]).toEqual([status, code]);
  });

  it('takes a temporary key with its token until it ends, each in the words of the service', async () => {
    const { id, secret, token } = simulator.issueTemporaryKey();
    const codeOf = async (changes: Changes) => {
      const { status, body } = await call(ECS, 'DescribeInstances', { AccessKeyId: id, ...changes }, secret);
      return status === 200 ? 'taken' : body['Code'];
    };
    const ossCodeOf = async (changes: OssChanges) => {
      const { status, text } = await callOss({ query: 'max-keys=1' }, { id, secret, ...changes });
      return status === 200 ? 'taken' : /<Code>([^<]+)/.exec(text)?.[1];
    };
    const another = simulator.issueTemporaryKey().token;
    expect(await codeOf({ SecurityToken: token })).toBe('taken');
    expect(await codeOf({})).toBe('MissingSecurityToken');
    expect(await codeOf({ SecurityToken: another })).toBe('InvalidSecurityToken.MismatchWithAccessKey');
    expect(await codeOf({ SecurityToken: 'half' })).toBe('InvalidSecurityToken.Malformed');
    expect(await ossCodeOf({ token })).toBe('taken');
    expect(await ossCodeOf({})).toBe('MissingSecurityToken');
    expect(await ossCodeOf({ token: another })).toBe('InvalidSecurityToken');
    simulator.failures.expireTemporaryKeys();
    expect(await codeOf({ SecurityToken: token })).toBe('InvalidSecurityToken.Expired');
    expect(await ossCodeOf({ token })).toBe('SecurityTokenExpired');
  });

  it('ends a temporary key after as many calls as it was given', async () => {
    const { id, secret, token } = simulator.issueTemporaryKey(2);
    const ask = () =>
      call(ECS, 'DescribeInstances', { AccessKeyId: id, SecurityToken: token }, secret).then(
        ({ status }) => status,
      );
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 400]);
  });

  it('refuses what was changed after it was signed, and what is sent twice', async () => {
    const nonce = { SignatureNonce: randomUUID() };
    expect((await call(ECS, 'DescribeInstances', nonce)).status).toBe(200);
    expect((await call(ECS, 'DescribeInstances', nonce)).body['Code']).toBe('SignatureNonceUsed');
  });

  it('knows no action that it doesn’t have, and none of another product', async () => {
    expect((await call(ECS, 'DescribeVpcs')).body['Code']).toBe('InvalidAction.NotFound');
    expect((await call(ECS, 'DeleteInstance')).body['Code']).toBe('InvalidAction.NotFound');
  });

  it('makes a size that ECS does not have one that it has, and refuses one that VPC does not have', async () => {
    const sizeOf = async (MaxResults: string) => {
      const { body } = await call(ECS, 'DescribeInstances', { MaxResults });
      return (body['Instances'] as { Instance: unknown[] }).Instance.length;
    };
    expect(await sizeOf('100')).toBe(100);
    expect(await sizeOf('101')).toBe(100);
    const refused = await call(VPC, 'DescribeVpcs', { PageSize: '51' });
    expect([refused.status, refused.body['Code']]).toEqual([400, 'InvalidParameter.PageSize']);
    expect((await call(VPC, 'DescribeVpcs', { PageSize: '50' })).status).toBe(200);
  });

  it('pages by tokens to the end, each once; tokens that have expired lead nowhere', async () => {
    const ids: unknown[] = [];
    let token = '';
    do {
      const { body } = await call(ECS, 'DescribeInstances', {
        MaxResults: '100',
        ...(token === '' ? {} : { NextToken: token }),
      });
      const page = (body['Instances'] as { Instance: { InstanceId: string }[] }).Instance;
      ids.push(...page.map(({ InstanceId }) => InstanceId));
      token = body['NextToken'] as string;
    } while (token !== '');
    expect(ids).toEqual(simulator.estate.ids('instance', REGION));
    const { body } = await call(ECS, 'DescribeInstances');
    simulator.failures.expireTokens();
    const expired = await call(ECS, 'DescribeInstances', { NextToken: body['NextToken'] as string });
    expect(expired.body['Code']).toBe('InvalidParameter');
  });

  it('tells the tags of at most fifty databases at once, of those that there are', async () => {
    const RDS = { product: 'rds', version: '2014-08-15' };
    const [id = ''] = simulator.estate.ids('database', REGION);
    const ask = (ids: readonly string[], more: Changes = { ResourceType: 'INSTANCE' }) =>
      call(RDS, 'ListTagResources', {
        ...more,
        ...Object.fromEntries(ids.map((each, index) => [`ResourceId.${String(index + 1)}`, each])),
      });
    expect((await ask([id])).status).toBe(200);
    expect((await ask(Array.from({ length: 51 }, () => id))).body['Code']).toBe('NumberExceed.ResourceIds');
    expect((await ask(['rm-gone'])).body['Code']).toBe('InvalidDBInstanceId.NotFound');
    expect((await ask([])).body['Code']).toBe('MissingParameter.TagOrResource');
    expect((await ask([id], {})).body['Code']).toBe('InvalidParameter.ResourceType');
  });

  it.each([
    ['another secret', { secret: 'wrong' }, 'SignatureDoesNotMatch'],
    ['a date of 20 minutes ago', { at: minutesAgo(20) }, 'RequestTimeTooSkewed'],
    ['a signature for another region', { region: 'eu-central-1' }, 'SignatureDoesNotMatch'],
  ])('refuses a call of OSS with %s', async (_, wrong, code) => {
    const answer = await callOss({ query: 'max-keys=10' }, wrong);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(`<Code>${code}</Code>`);
  });

  it('refuses a marker of OSS that it did not give out, and a bucket that is not there', async () => {
    expect((await callOss({ query: 'marker=made-up&max-keys=10' })).status).toBe(400);
    const gone = await callOss({ bucket: 'gone', query: 'tagging' });
    expect([gone.status, gone.text.includes('NoSuchBucket')]).toEqual([404, true]);
  });
});
