import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { READ_ONLY } from '#domain';

import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { type ExpectedError, expectError } from './support/expect-error.js';
import {
  administrationOf,
  issueAccessKey,
  issueApiKey,
  type KeyPair,
  tenantId,
} from './support/issue-credential.js';
import { send, sign } from './support/signed-request.js';
import { vmwareAccount } from './support/vmware-account.js';

const TOKENS = '/v3/auth/tokens';
const LIST = '/v1/vendor-account?limit=1';
const HOUR_MS = 3_600_000;

const refused = (reason: string): ExpectedError => ({
  status: 401,
  code: 'APIGW.0301',
  message: `Incorrect IAM authentication information: ${reason}`,
});
const WRONG = refused('the user name or password is wrong');

interface Token {
  methods: string[];
  issued_at: string;
  expires_at: string;
  user: { id: string; name: string; domain: { id: string; name: string } };
  project?: { id: string; name: string; domain: { id: string; name: string } };
  domain?: { id: string; name: string };
  catalog: { type: string; endpoints: { url: string; region: string; interface: string }[] }[];
}

let muster: TestMuster;
let domainId: string;
let password: string;
let pair: KeyPair;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  domainId = await tenantId(muster);
  password = await issueApiKey(muster, { name: 'portal' });
  pair = await issueAccessKey(muster, { name: 'terraform' });
});

afterAll(async () => {
  expect(muster.logs.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  await muster.close();
});

const signIn = (user: object, scope?: object, query = ''): Promise<Answer> =>
  muster.call('POST', TOKENS + query, {
    apiKey: '',
    body: {
      auth: {
        identity: { methods: ['password'], password: { user } },
        ...(scope === undefined ? {} : { scope }),
      },
    },
  });
const portal = (changes: object = {}) => ({
  name: 'portal',
  password,
  domain: { name: 'default' },
  ...changes,
});
const tokenOf = ({ status, headers }: Answer): string => {
  expect(status).toBe(201);
  return headers.get('x-subject-token')!;
};
const listWith = (token: string) =>
  muster.call('GET', LIST, { apiKey: '', headers: { 'X-Auth-Token': token } });

describe('signing in with a password', () => {
  it('answers as Huawei’s IAM does, with a token for a day', async () => {
    const answer = await signIn(portal(), { project: { name: 'cn-north-4' } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-subject-token')).toMatch(/^[A-Za-z0-9_-]{64}$/);
    expect(answer.headers.get('x-iam-trace-id')).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const token = answer.body['token'] as Token;
    const domain = { id: domainId, name: 'default' };
    expect(token).toMatchObject({
      methods: ['password'],
      user: { name: 'portal', domain },
      project: { id: domainId.replaceAll('-', ''), name: 'cn-north-4', domain },
      roles: [],
    });
    const lasts = Date.parse(token.expires_at) - Date.parse(token.issued_at);
    expect(Math.abs(lasts - 24 * HOUR_MS)).toBeLessThan(1_000);
    expect(token.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(token.catalog.map(({ type, endpoints }) => [type, endpoints[0]])).toEqual([
      ['coc', expect.objectContaining({ interface: 'public', region: 'cn-north-4', url: muster.api.url })],
      ['iam', expect.objectContaining({ url: `${muster.api.url}/v3` })],
    ]);
  });

  it.each<[what: string, scope: () => object | undefined, expected: () => object]>([
    ['no scope', () => undefined, () => ({ domain: { id: domainId, name: 'default' } })],
    [
      'its domain, by name',
      () => ({ domain: { name: 'default' } }),
      () => ({ domain: { id: domainId, name: 'default' } }),
    ],
    ['its domain, by id', () => ({ domain: { id: domainId } }), () => ({ domain: { id: domainId } })],
    [
      'its project, by id',
      () => ({ project: { id: domainId.replaceAll('-', '') } }),
      () => ({ project: { name: 'default' } }),
    ],
    [
      'a project and its domain',
      () => ({ project: { name: 'eu', domain: { name: 'default' } } }),
      () => ({ project: { name: 'eu' } }),
    ],
  ])('gives a token for %s', async (_what, scope, expected) => {
    const answer = await signIn(portal(), scope());
    expect(answer.body['token']).toMatchObject(expected());
    expect((await listWith(tokenOf(answer))).status).toBe(200);
  });

  it('leaves the catalog out when asked to, and says https behind a proxy that speaks it', async () => {
    expect((await signIn(portal(), undefined, '?nocatalog=true')).body['token']).toMatchObject({
      catalog: [],
    });
    const { body } = await muster.call<{ token: Token }>('POST', TOKENS, {
      apiKey: '',
      headers: { 'X-Forwarded-Proto': 'https, http' },
      body: { auth: { identity: { methods: ['password'], password: { user: portal() } } } },
    });
    expect(body.token.catalog[0]!.endpoints[0]!.url).toBe(muster.api.url.replace('http:', 'https:'));
  });

  it('takes a key pair, too, by name, access key or id', async () => {
    const { id } = (await administrationOf(muster).list()).find(({ name }) => name === 'terraform')!;
    for (const user of [
      { name: 'terraform', domain: { id: domainId } },
      { name: pair.accessKey, domain: { name: 'default' } },
      { name: pair.accessKey },
      { id },
    ]) {
      const answer = await signIn({ ...user, password: pair.secretKey });
      expect(answer.body['token']).toMatchObject({ user: { id, name: 'terraform' } });
      expect((await listWith(tokenOf(answer))).status).toBe(200);
    }
  });

  it('tells a stranger nothing, and the log why', async () => {
    const other = await issueApiKey(muster, { name: 'portal', tenant: 'other' });
    const cases: [user: object, reason: string][] = [
      [portal({ password: 'wrong' }), 'the credential or its secret is unknown'],
      [portal({ password: password.slice(0, -1) }), 'the credential or its secret is unknown'],
      [portal({ password: other }), 'the credential or its secret is unknown'],
      [portal({ password: pair.secretKey }), 'the credential or its secret is unknown'],
      [portal({ name: 'nobody' }), 'the credential or its secret is unknown'],
      [portal({ domain: { name: 'nobody' } }), 'the credential or its secret is unknown'],
      [portal({ domain: {} }), 'the credential or its secret is unknown'],
      [portal({ domain: { name: 'other' } }), 'the credential or its secret is unknown'],
      [{ password, domain: { name: 'default' } }, 'no name was sent'],
      [{ id: randomUUID(), password }, 'the credential or its secret is unknown'],
    ];
    for (const [user, reason] of cases) {
      const answer = await signIn(user);
      expectError(answer, WRONG);
      expect(answer.headers.get('x-subject-token')).toBeNull();
      const line = muster.logs.find((candidate) => candidate.includes(answer.body['request_id'] as string));
      expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 'warn', path: TOKENS, reason });
    }
  });

  it('refuses what is revoked, expired or temporary', async () => {
    const named = { tenantId: domainId, name: 'leaver' };
    const leaver = await issueApiKey(muster, { name: 'leaver' });
    await administrationOf(muster).revoke(named);
    expectError(await signIn(portal({ name: 'leaver', password: leaver })), WRONG);
    // The name is somebody else's now.
    const joiner = await issueApiKey(muster, { name: 'leaver' });
    expectError(await signIn(portal({ name: 'leaver', password: leaver })), WRONG);
    expect((await signIn(portal({ name: 'leaver', password: joiner }))).status).toBe(201);

    const expired = await issueApiKey(muster, { name: 'expired', expiresAt: new Date(Date.now() - 1_000) });
    expectError(await signIn(portal({ name: 'expired', password: expired })), WRONG);

    const { id } = (await administrationOf(muster).list()).find(({ name }) => name === 'terraform')!;
    const temporary = await administrationOf(muster).createTemporary(id, new Date(Date.now() + HOUR_MS));
    if (temporary?.kind !== 'temporary') throw new Error('It was not made.');
    const { accessKey, secretKey } = temporary;
    expectError(await signIn({ name: accessKey, password: secretKey, domain: { name: 'default' } }), WRONG);
  });

  it('gives no token for another’s domain or project', async () => {
    const other = await tenantId(muster, 'other');
    for (const scope of [
      { domain: { name: 'other' } },
      { domain: { id: other } },
      { project: { id: other.replaceAll('-', '') } },
      { project: { name: 'cn-north-4', domain: { name: 'other' } } },
    ]) {
      expectError(
        await signIn(portal(), scope),
        refused('the scope is not of the domain of this credential'),
      );
    }
  });

  it.each<[what: string, body: object, message: string]>([
    ['nothing', {}, 'auth'],
    ['no identity', { auth: {} }, 'auth.identity'],
    ['another method', { auth: { identity: { methods: ['token'], token: { id: 'x' } } } }, 'methods must be'],
    [
      'no password',
      { auth: { identity: { methods: ['password'], password: { user: { name: 'portal' } } } } },
      'password is missing',
    ],
    [
      'a number for a password',
      { auth: { identity: { methods: ['password'], password: { user: { name: 'portal', password: 1 } } } } },
      'password must be a string',
    ],
    ['a list for a user', { auth: { identity: { methods: ['password'], password: { user: [] } } } }, 'user'],
  ])('says what is wrong with %s', async (_what, body, message) => {
    expectError(await muster.call('POST', TOKENS, { apiKey: '', body }), {
      status: 400,
      code: 'COC.00010002',
      message,
    });
  });

  it('neither logs nor stores a password or token, nor repeats them', async () => {
    const answers = [await signIn(portal()), await signIn(portal({ password: `${password}x` }))];
    const token = tokenOf(answers[0]!);
    answers.push(await listWith(token), await listWith(`${token}x`));
    const { rows } = await muster.sql.query<{ row: string }>(
      `SELECT t::text || s::text || c::text AS row FROM session_token t
       JOIN api_credential c ON c.id = t.credential_id JOIN credential_secret s ON s.credential_id = c.id`,
    );
    expect(rows.length).toBeGreaterThan(0);
    const text = [
      JSON.stringify(answers.map(({ body }) => body)),
      ...muster.logs,
      ...rows.map(({ row }) => row),
    ].join('\n');
    for (const secret of [password, token]) {
      expect(text.includes(secret)).toBe(false);
      expect(text.includes(Buffer.from(secret).toString('hex'))).toBe(false);
    }
  });
});

describe('a token', () => {
  it('is accepted for every operation, with the rights of its credential', async () => {
    const token = tokenOf(await signIn(portal()));
    const as = { apiKey: '', headers: { 'X-Auth-Token': token } };
    const added = await muster.call('POST', '/v1/vendor-account', { ...as, body: vmwareAccount('by token') });
    expect(added.status).toBe(200);
    const path = `/v1/vendor-account/${added.body['data'] as string}`;
    expect((await muster.call('PUT', path, { ...as, body: { account_name: 'x' } })).status).toBe(200);
    expect((await muster.call('DELETE', path, as)).status).toBe(200);

    const reader = await issueApiKey(muster, { name: 'reader', policy: READ_ONLY });
    const readToken = tokenOf(await signIn(portal({ name: 'reader', password: reader })));
    const asReader = { apiKey: '', headers: { 'X-Auth-Token': readToken } };
    expect((await muster.call('GET', LIST, asReader)).status).toBe(200);
    expect(
      (await muster.call('POST', '/v1/vendor-account', { ...asReader, body: vmwareAccount('a') })).body,
    ).toMatchObject({ error_code: 'COC.00010403' });
  });

  it('is refused when it is unknown, or sent with another credential', async () => {
    const token = tokenOf(await signIn(portal()));
    for (const wrong of ['', 'x', `${token}x`, token.slice(1), password, pair.secretKey]) {
      expectError(await listWith(wrong), refused('decrypt token fail'));
    }
    const both = { headers: { 'X-Auth-Token': token } };
    expectError(
      await muster.call('GET', LIST, both),
      refused('send either Authorization or X-Auth-Token, not both'),
    );
    for (const headers of [{ Authorization: `Bearer ${token}` }, { 'X-Subject-Token': token }]) {
      expect((await muster.call('GET', LIST, { apiKey: '', headers })).status).toBe(401);
    }
  });

  it('ends at its time, with its credential, and with the secret it was given for', async () => {
    const named = { tenantId: domainId, name: 'ending' };
    const first = await issueApiKey(muster, { name: 'ending' });
    const expired = tokenOf(await signIn(portal({ name: 'ending', password: first })));
    await muster.sql.query(`UPDATE session_token SET expires_at = now() - interval '1 second'`);
    expectError(await listWith(expired), refused('decrypt token fail'));

    const rotatedOut = tokenOf(await signIn(portal({ name: 'ending', password: first })));
    expect((await listWith(rotatedOut)).status).toBe(200);
    const second = await administrationOf(muster).rotate(named, 60_000);
    expect((await listWith(rotatedOut)).status).toBe(200);
    const late = await signIn(portal({ name: 'ending', password: first }));
    expect(Date.parse((late.body['token'] as Token).expires_at)).toBeLessThan(Date.now() + 61_000);
    if (typeof second === 'string' || second.kind !== 'api-key') throw new Error('It was not rotated.');
    await administrationOf(muster).rotate(named, 0);
    for (const token of [rotatedOut, tokenOf(late)]) {
      expectError(await listWith(token), refused('decrypt token fail'));
    }

    const fresh = await administrationOf(muster).rotate(named, 0);
    if (typeof fresh === 'string' || fresh.kind !== 'api-key') throw new Error('It was not rotated.');
    const revoked = tokenOf(await signIn(portal({ name: 'ending', password: fresh.apiKey })));
    await administrationOf(muster).revoke(named);
    expectError(await listWith(revoked), refused('decrypt token fail'));
  });

  it('is forgotten once it is over', async () => {
    await muster.sql.query(`UPDATE session_token SET expires_at = now() - interval '1 second'`);
    await signIn(portal());
    const { rows } = await muster.sql.query('SELECT 1 FROM session_token WHERE expires_at < now()');
    expect(rows.length).toBeLessThanOrEqual(10);
    for (let times = 0; times < 3; times += 1) await signIn(portal());
    expect((await muster.sql.query('SELECT 1 FROM session_token WHERE expires_at < now()')).rowCount).toBe(0);
  });
});

describe('what clients look up', () => {
  it('is their domain', async () => {
    const expected = {
      domains: [
        {
          id: domainId,
          name: 'default',
          enabled: true,
          description: '',
          links: { self: `${muster.api.url}/v3/domains/${domainId}` },
        },
      ],
      links: { self: `${muster.api.url}/v3/auth/domains`, previous: null, next: null },
    };
    const token = tokenOf(await signIn(portal()));
    const answers = [
      await send(muster.api.url, sign(muster.api.url, pair, { method: 'GET', path: '/v3/auth/domains' })),
      await muster.call('GET', '/v3/auth/domains'),
      await muster.call('GET', '/v3/auth/domains', { apiKey: '', headers: { 'X-Auth-Token': token } }),
    ];
    for (const { status, headers, body } of answers) {
      expect([status, body]).toEqual([200, expected]);
      expect(headers.get('x-iam-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    }
    expectError(
      await muster.call('GET', '/v3/auth/domains', { apiKey: '' }),
      refused('sign the request with SDK-HMAC-SHA256'),
    );
  });

  it('is just one project, whatever the region is called', async () => {
    const list = async (query: string) =>
      (await muster.call<{ projects: { id: string; name: string }[] }>('GET', `/v3/projects${query}`)).body
        .projects;
    for (const name of ['cn-north-4', 'eu-west-101', 'any region', '名']) {
      const projects = await list(`?name=${encodeURIComponent(name)}`);
      expect(projects).toEqual([
        expect.objectContaining({
          id: domainId.replaceAll('-', ''),
          name,
          domain_id: domainId,
          enabled: true,
        }),
      ]);
    }
    expect((await list('')).map(({ name }) => name)).toEqual(['default']);
    expect(await list(`?name=a&domain_id=${domainId}`)).toHaveLength(1);
    expect(await list(`?name=a&domain_id=${await tenantId(muster, 'other')}`)).toEqual([]);
  });

  it('is for any caller, also one who may do nothing else', async () => {
    const apiKey = await issueApiKey(muster, {
      policy: { Version: '5.0', Statement: [{ Effect: 'Deny', Action: ['*'] }] },
    });
    for (const path of ['/v3/auth/domains', '/v3/projects?name=x']) {
      expect((await muster.call('GET', path, { apiKey })).status).toBe(200);
    }
  });
});
