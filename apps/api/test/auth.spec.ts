import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { CredentialAdministration } from '#database';
import { FULL_ACCESS } from '#domain';

import { TestMuster } from '../../../test/support/test-muster.js';
import { type ExpectedError, expectError } from './support/expect-error.js';
import { administrationOf, issueApiKey, tenantId } from './support/issue-credential.js';
import { vmwareAccount } from './support/vmware-account.js';

const ID = '00000000-0000-7000-8000-000000000000';
/** Every endpoint that needs a key, well-formed but for that. */
const PROTECTED: [method: string, path: string, body: object | undefined][] = [
  ['POST', '/v1/vendor-account', vmwareAccount('a')],
  ['GET', '/v1/vendor-account?limit=1', undefined],
  ['PUT', `/v1/vendor-account/${ID}`, { account_name: 'x' }],
  ['DELETE', `/v1/vendor-account/${ID}`, undefined],
  ['POST', '/v1/multicloud-resources/sync', { vendor: 'VMWARE' }],
  ['GET', `/v1/multicloud-resources/sync/${ID}`, undefined],
  ['GET', '/v1/multicloud-resources?vendor=VMWARE&limit=1', undefined],
  ['GET', '/v1/multicloud-resources/count?vendor=VMWARE', undefined],
];
const PUBLIC = ['/healthz', '/readyz', '/openapi.json'];

const refused = (reason: string): ExpectedError => ({
  status: 401,
  code: 'APIGW.0301',
  message: `Incorrect IAM authentication information: ${reason}`,
});
const NO_KEY = refused(
  'sign the request with SDK-HMAC-SHA256, or send an API key as Authorization: Bearer <key>, ' +
    'or a token as X-Auth-Token',
);
const WRONG_KEY = refused('the API key is unknown or revoked');

describe('the API', () => {
  let muster: TestMuster;
  let credentials: CredentialAdministration;

  beforeAll(async () => {
    muster = await TestMuster.start({ workers: false });
    credentials = administrationOf(muster);
  });

  afterAll(() => muster.close());

  async function rotate(named: { tenantId: string; name: string }, overlapMs: number): Promise<string> {
    const issued = await credentials.rotate(named, overlapMs);
    if (typeof issued === 'string' || issued.kind !== 'api-key') throw new Error('It was not rotated.');
    return issued.apiKey;
  }

  const listWith = (authorization: string) =>
    muster.call('GET', '/v1/vendor-account?limit=1', {
      apiKey: '',
      headers: { Authorization: authorization },
    });

  it.each(PROTECTED)('lets nobody in without a key: %s %s', async (method, path, body) => {
    const options = { apiKey: '', ...(body === undefined ? {} : { body }) };
    const answer = await muster.call(method, path, options);
    expectError(answer, NO_KEY);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer, SDK-HMAC-SHA256');
    expectError(await muster.call(method, path, { ...options, apiKey: 'wrong' }), WRONG_KEY);
  });

  it('tells a stranger nothing of what a request would have come to', async () => {
    for (const path of ['/v1/vendor-account', '/v1/vendor-account?limit=0', '/v1/vendor-account?nope=1']) {
      expectError(await muster.call('GET', path, { apiKey: '' }), NO_KEY);
    }
    expectError(await muster.call('POST', '/v1/multicloud-resources/sync', { apiKey: '', body: {} }), NO_KEY);
  });

  it.each(PUBLIC)('answers anybody: %s', async (path) => {
    expect((await muster.call('GET', path, { apiKey: '' })).status).toBe(200);
    expect((await muster.call('GET', path, { apiKey: 'wrong' })).status).toBe(200);
  });

  it('takes a key as Bearer only', async () => {
    const key = muster.apiKey;
    for (const authorization of [
      '',
      key,
      'Bearer',
      'Bearer ',
      `Basic ${key}`,
      `Token ${key}`,
      `Bearer=${key}`,
      `Bearer ${key} ${key}`,
    ]) {
      expectError(await listWith(authorization), NO_KEY);
    }
    expect((await listWith(`Bearer ${key}`)).status).toBe(200);
    expect((await listWith(`bearer  ${key} `)).status).toBe(200);
  });

  it('takes a key from nowhere else', async () => {
    const key = muster.apiKey;
    const path = `/v1/vendor-account?limit=1`;
    for (const headers of [{ 'X-Api-Key': key }, { Cookie: `key=${key}` }]) {
      expectError(await muster.call('GET', path, { apiKey: '', headers }), NO_KEY);
    }
    // There goes a token, which a key is not.
    const asToken = { apiKey: '', headers: { 'X-Auth-Token': key } };
    expectError(await muster.call('GET', path, asToken), refused('decrypt token fail'));
    expectError(await muster.call('GET', `${path}&api_key=${key}`, { apiKey: '' }), NO_KEY);
  });

  it('takes the whole key and nothing but it', async () => {
    const key = muster.apiKey;
    const wrong = [
      key.slice(0, -1),
      `${key}x`,
      key.toUpperCase(),
      `${key}%00`,
      'x'.repeat(4_000),
      "' OR '1'='1",
    ];
    for (const apiKey of wrong.filter((candidate) => !candidate.includes(' '))) {
      expectError(await muster.call('GET', '/v1/vendor-account?limit=1', { apiKey }), WRONG_KEY);
    }
  });

  it('refuses a key once it is revoked, and the one before after a rotation', async () => {
    const list = (apiKey: string) => muster.call('GET', '/v1/vendor-account?limit=1', { apiKey });
    const named = { tenantId: await tenantId(muster), name: 'ci' };
    const first = await issueApiKey(muster, { name: 'ci' });
    expect((await list(first)).status).toBe(200);

    const second = await rotate(named, 60_000);
    for (const key of [first, second]) expect((await list(key)).status).toBe(200);
    const third = await rotate(named, 0);
    for (const key of [first, second]) expectError(await list(key), WRONG_KEY);
    expect((await list(third)).status).toBe(200);

    expect(await credentials.revoke(named)).toBe(true);
    expect(await credentials.revoke(named)).toBe(false);
    expect(await credentials.rotate(named, 0)).toBe('unknown');
    expectError(await list(third), WRONG_KEY);
    expect((await list(muster.apiKey)).status).toBe(200);
    // The name is free again, and is another key's.
    const again = await issueApiKey(muster, { name: 'ci' });
    expect((await list(again)).status).toBe(200);
    expectError(await list(third), WRONG_KEY);
    expect(await credentials.create({ ...named, kind: 'api-key', policy: FULL_ACCESS })).toBeUndefined();
  });

  it('refuses a key that has expired, and says why in the log', async () => {
    const key = await issueApiKey(muster, { name: 'old', expiresAt: new Date(Date.now() - 1_000) });
    const { body } = await muster.call('GET', '/v1/vendor-account?limit=1', { apiKey: key });
    expect(body['error_msg']).toContain(WRONG_KEY.message);
    const line = muster.logs.find((candidate) => candidate.includes(body['request_id'] as string));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'warn',
      method: 'GET',
      path: '/v1/vendor-account',
      reason: 'the API key is expired',
      credential: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('knows roughly when a key was last used', async () => {
    const key = await issueApiKey(muster, { name: 'used' });
    const find = async () => (await credentials.list()).find(({ name }) => name === 'used')!;
    expect((await find()).lastUsedAt).toBeNull();
    await muster.call('GET', '/v1/vendor-account?limit=1', { apiKey: key });
    const { lastUsedAt } = await find();
    expect(lastUsedAt).toBeInstanceOf(Date);
    await muster.call('GET', '/v1/vendor-account?limit=1', { apiKey: key });
    expect((await find()).lastUsedAt).toEqual(lastUsedAt);
  });

  it('lets nobody name another domain than their own', async () => {
    const list = (domain: string) =>
      muster.call('GET', '/v1/vendor-account?limit=1', { headers: { 'X-Domain-Id': domain } });
    const other = await tenantId(muster, 'other');
    expect((await list(await tenantId(muster))).status).toBe(200);
    expect((await list('')).status).toBe(200);
    for (const domain of [other, 'default', `${await tenantId(muster)}, ${other}`]) {
      expectError(await list(domain), refused('X-Domain-Id is not the domain of this credential'));
    }
  });

  it('neither logs nor stores a key, nor repeats it', async () => {
    const issued = await issueApiKey(muster, { name: 'logged' });
    const wrong = 'wrong-key-that-somebody-mistyped';
    const bodies = [];
    for (const apiKey of [issued, wrong, muster.apiKey]) {
      for (const [method, path, body] of PROTECTED) {
        bodies.push((await muster.call(method, path, { apiKey, ...(body && { body }) })).body);
      }
    }
    const { rows } = await muster.sql.query<{ row: string }>(
      'SELECT s::text || c::text AS row FROM credential_secret s JOIN api_credential c ON c.id = s.credential_id',
    );
    expect(rows.length).toBeGreaterThanOrEqual(2);
    const told = [JSON.stringify(bodies), ...muster.logs, ...rows.map(({ row }) => row)].join('\n');
    for (const key of [issued, wrong, muster.apiKey]) {
      expect(told).not.toContain(key);
      expect(told).not.toContain(Buffer.from(key).toString('hex'));
    }
  });
});
