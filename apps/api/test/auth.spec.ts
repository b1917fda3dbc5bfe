import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { CredentialRepository } from '#database';

import { TestMuster } from '../../../test/support/test-muster.js';
import { type ExpectedError, expectError } from './support/expect-error.js';
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
const NO_KEY = refused('send the API key as Authorization: Bearer <key>');
const WRONG_KEY = refused('the API key is unknown or revoked');

describe('the API', () => {
  let muster: TestMuster;
  let credentials: CredentialRepository;

  beforeAll(async () => {
    muster = await TestMuster.start({ workers: false });
    credentials = muster.api.app.get(CredentialRepository);
  });

  afterAll(() => muster.close());

  const listWith = (authorization: string) =>
    muster.call('GET', '/v1/vendor-account?limit=1', {
      apiKey: '',
      headers: { Authorization: authorization },
    });

  it.each(PROTECTED)('lets nobody in without a key: %s %s', async (method, path, body) => {
    const options = { apiKey: '', ...(body === undefined ? {} : { body }) };
    const answer = await muster.call(method, path, options);
    expectError(answer, NO_KEY);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
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
      `SDK-HMAC-SHA256 Access=${key}, SignedHeaders=x-sdk-date, Signature=${'0'.repeat(64)}`,
    ]) {
      expectError(await listWith(authorization), NO_KEY);
    }
    expect((await listWith(`Bearer ${key}`)).status).toBe(200);
    expect((await listWith(`bearer  ${key} `)).status).toBe(200);
  });

  it('takes a key from nowhere else', async () => {
    const key = muster.apiKey;
    const path = `/v1/vendor-account?limit=1`;
    for (const headers of [{ 'X-Auth-Token': key }, { 'X-Api-Key': key }, { Cookie: `key=${key}` }]) {
      expectError(await muster.call('GET', path, { apiKey: '', headers }), NO_KEY);
    }
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

  it('refuses a key once it is revoked, and the old one once it is replaced', async () => {
    const list = (apiKey: string) => muster.call('GET', '/v1/vendor-account?limit=1', { apiKey });
    const first = await credentials.issue('ci');
    expect((await list(first)).status).toBe(200);

    const second = await credentials.issue('ci');
    expectError(await list(first), WRONG_KEY);
    expect((await list(second)).status).toBe(200);

    await credentials.revoke('ci');
    expectError(await list(second), WRONG_KEY);
    expect((await list(muster.apiKey)).status).toBe(200);
  });

  it('neither logs nor stores a key, nor repeats it', async () => {
    const issued = await credentials.issue('logged');
    const wrong = 'wrong-key-that-somebody-mistyped';
    const bodies = [];
    for (const apiKey of [issued, wrong, muster.apiKey]) {
      for (const [method, path, body] of PROTECTED) {
        bodies.push((await muster.call(method, path, { apiKey, ...(body && { body }) })).body);
      }
    }
    const { rows } = await muster.sql.query<{ row: string }>('SELECT c::text AS row FROM api_credential c');
    expect(rows.length).toBeGreaterThanOrEqual(2);
    const told = [JSON.stringify(bodies), ...muster.logs, ...rows.map(({ row }) => row)].join('\n');
    for (const key of [issued, wrong, muster.apiKey]) {
      expect(told).not.toContain(key);
      expect(told).not.toContain(Buffer.from(key).toString('hex'));
    }
  });
});
