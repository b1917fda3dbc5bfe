import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createLogger } from '#platform';

import { eventually } from '../../../test/support/eventually.js';
import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { startApi } from '../src/start-api.js';
import { expectError } from './support/expect-error.js';
import {
  administrationOf,
  issueAccessKey,
  issueApiKey,
  type KeyPair,
  tenantId,
} from './support/issue-credential.js';
import { send, sign, type Unsigned, type WireRequest } from './support/signed-request.js';
import { vmwareAccount } from './support/vmware-account.js';

const ACCOUNTS = '/v1/vendor-account';
const COUNT = '/v1/multicloud-resources/count';
const LIST: Unsigned = { method: 'GET', path: ACCOUNTS, query: { limit: '10' } };

let muster: TestMuster;
let pair: KeyPair;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  pair = await issueAccessKey(muster, { name: 'signer' });
});

afterAll(async () => {
  expect(muster.logs.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  await muster.close();
});

const wire = (unsigned: Unsigned, by = pair): WireRequest => sign(muster.api.url, by, unsigned);
const sent = (unsigned: Unsigned, by = pair): Promise<Answer> => send(muster.api.url, wire(unsigned, by));
const create = (accountId: string): Unsigned => ({
  method: 'POST',
  path: ACCOUNTS,
  body: vmwareAccount(accountId),
});
/** A time as `X-Sdk-Date` has it, minutes from now. */
const minutesFromNow = (minutes: number): string =>
  new Date(Date.now() + minutes * 60_000).toISOString().replace(/[-:]|\.\d+/g, '');

async function accountIds(): Promise<unknown[]> {
  const { body } = await muster.call<{ data: { account_id: string }[] }>('GET', `${ACCOUNTS}?limit=500`);
  return body.data.map(({ account_id }) => account_id);
}

/** That a request was refused, and that the log says why, but nothing of the secret. */
async function expectRefused(request: WireRequest, shown: string | RegExp, reason: string | RegExp = shown) {
  const answer = await send(muster.api.url, request);
  const message = typeof shown === 'string' ? `Incorrect IAM authentication information: ${shown}` : shown;
  expectError(answer, { status: 401, code: 'APIGW.0301', message });
  expect(answer.headers.get('www-authenticate')).toBe('Bearer, SDK-HMAC-SHA256');
  const line = muster.logs.find((candidate) => candidate.includes(answer.body['request_id'] as string));
  const logged = JSON.parse(line ?? '{}') as Record<string, unknown>;
  expect(logged).toMatchObject({
    level: 'warn',
    msg: 'a caller was not let in',
    method: request.method,
    from: expect.any(String),
  });
  if (typeof reason === 'string') expect(logged['reason']).toContain(reason);
  else expect(logged['reason']).toMatch(reason);
  expect(line).not.toContain(pair.secretKey);
  return logged;
}

describe('a signed request', () => {
  it('is let in, as whose key pair signed it', async () => {
    expect((await sent(LIST)).status).toBe(200);
    const added = await sent(create('signed'));
    expect(added).toMatchObject({ status: 200, body: { data: expect.any(String) } });
    const path = `${ACCOUNTS}/${added.body['data'] as string}`;
    expect((await sent({ method: 'PUT', path, body: { account_name: '名 a+b' } })).status).toBe(200);
    expect((await sent(LIST)).body).toMatchObject({ total: 1, data: [{ account_name: '名 a+b' }] });
    expect((await sent({ method: 'DELETE', path })).status).toBe(200);

    const stranger = await issueAccessKey(muster, { tenant: 'stranger' });
    expect((await sent(create('theirs'), stranger)).status).toBe(200);
    expect((await sent(LIST)).body).toEqual({ data: [], total: 0 });
    expect((await sent(LIST, stranger)).body).toMatchObject({
      total: 1,
      data: [{ domain_id: await tenantId(muster, 'stranger') }],
    });
  });

  it('may sign few headers or many, and have others that it does not sign', async () => {
    const few = wire(LIST);
    few.headers.push(['X-Project-Id', 'any'], ['User-Agent', 'ua/1'], ['Cookie', 'a=b'], ['Cookie', 'c=d']);
    expect((await send(muster.api.url, few)).status).toBe(200);
    const domain = await tenantId(muster);
    const headers = { 'X-Domain-Id': domain, 'User-Agent': 'ua/1', Accept: '*/*', 'X-Language': 'en-us' };
    expect((await sent({ ...LIST, headers })).status).toBe(200);
    const latin = wire({ ...LIST, headers: { 'X-Odd': '~^`|!#$%&\'"(){}[]  two spaces' } });
    expect((await send(muster.api.url, latin)).status).toBe(200);
  });

  it('may have any value in its query, in any order of names', async () => {
    const query = {
      vendor: 'VMWARE',
      name_list: ['b', 'a', '名 a+b~/*', "it's (1)!", 'a,b', 'a&b=c', '%', '+'],
      region_id_list: ['é'],
      type: '',
    };
    const request = wire({ method: 'GET', path: COUNT, query });
    expect((await send(muster.api.url, request)).body).toEqual({ data: 0 });
    const parts = request.target.slice(COUNT.length + 1).split('&');
    // Go writes + for a blank, and both Go and Java leave names in the order they were set.
    const others = [
      [...parts].reverse(),
      [...parts].sort(),
      parts.map((part) => part.replaceAll('%20', '+')),
    ];
    for (const other of others) {
      const target = `${COUNT}?${other.join('&')}`;
      expect((await send(muster.api.url, { ...request, target })).status).toBe(200);
    }
    const bare = { ...request, target: request.target.replace('type=', 'type') };
    expect((await send(muster.api.url, bare)).status).toBe(200);
  });

  it('may have a body that it need not have: Huawei’s Node SDK signs {} with a GET', async () => {
    const request = wire({ ...LIST, body: {}, headers: { 'content-type': 'application/json' } });
    expect(request.body).toBe('{}');
    expect((await send(muster.api.url, request)).status).toBe(200);
    await expectRefused({ ...request, body: '' }, 'verify aksk signature fail');
    await expectRefused(
      { ...wire(LIST), body: '{}', headers: [...wire(LIST).headers, ['Content-Type', 'application/json']] },
      'verify aksk signature fail',
    );
  });

  it('learns what is wrong with it only once it is known who sent it', async () => {
    const wrong = wire({ method: 'POST', path: ACCOUNTS, body: { nope: 1 } });
    expect((await send(muster.api.url, wrong)).body).toMatchObject({ error_code: 'COC.00010002' });
    const broken = { ...wire({ method: 'POST', path: ACCOUNTS, body: { nope: 2 } }), body: '{"sk": "x" "' };
    await expectRefused(broken, 'verify aksk signature fail');
  });
});

describe('a request is refused', () => {
  afterAll(async () => {
    expect(await accountIds()).toEqual([]);
  });

  it('with a tampered signature', async () => {
    const request = wire(create('tampered'));
    const at = request.headers.findIndex(([name]) => name === 'Authorization');
    const [, authorization] = request.headers[at]!;
    for (const [from, to] of [
      [/.$/, authorization.endsWith('0') ? '1' : '0'],
      [/[0-9a-f]{64}$/, '0'.repeat(64)],
      [/SignedHeaders=[^,]+/, 'SignedHeaders=x-sdk-date'],
    ] as const) {
      const headers = request.headers.with(at, ['Authorization', authorization.replace(from, to)]);
      const logged = await expectRefused(
        { ...request, headers },
        'verify aksk signature fail',
        'verify aksk signature fail: the secret key or the request is another',
      );
      expect(logged).toMatchObject({ accessKey: pair.accessKey, path: ACCOUNTS });
    }
  });

  it('with another secret key', async () => {
    await expectRefused(
      wire(create('x'), { ...pair, secretKey: 'x'.repeat(40) }),
      'verify aksk signature fail',
    );
  });

  it('with a body that was changed after signing', async () => {
    const request = wire(create('changed'));
    for (const body of [
      request.body.replace('changed', 'evil'),
      `${request.body} `,
      request.body.slice(1),
      '',
    ]) {
      await expectRefused({ ...request, body }, 'verify aksk signature fail');
    }
    const remove = wire({ method: 'DELETE', path: `${ACCOUNTS}/x` });
    remove.headers.push(['Content-Type', 'application/json']);
    await expectRefused({ ...remove, body: '{}' }, 'verify aksk signature fail');
  });

  it('with a body that is not signed', async () => {
    const headers = { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' };
    await expectRefused(
      wire({ ...create('unsigned'), headers }),
      'verify aksk signature fail, X-Sdk-Content-Sha256 is UNSIGNED-PAYLOAD: sign the body',
    );
    expect((await sent({ ...LIST, headers })).status).toBe(200);
  });

  it.each([-16, 16, -24 * 60])('with the date of %s minutes from now', async (minutes) => {
    const date = minutesFromNow(minutes);
    await expectRefused(
      wire({ ...create('stale'), date }),
      `calc ak sk signature fail:signature expired; X-Sdk-Date is ${date}, the time here `,
    );
  });

  it('but not with the date of some minutes from now', async () => {
    for (const minutes of [-14, 14]) {
      expect((await sent({ ...LIST, date: minutesFromNow(minutes) })).status).toBe(200);
    }
  });

  it('with a date that is not signed, or another than the signed one', async () => {
    const request = wire(create('undated'));
    const change = (by: (header: [string, string]) => [string, string]) => ({
      ...request,
      headers: request.headers.map(by),
    });
    await expectRefused(
      change(([name, value]) => [name, name === 'Authorization' ? value.replace(/;?x-sdk-date/, '') : value]),
      'SignedHeaders must have x-sdk-date',
    );
    await expectRefused(
      change(([name, value]) => [name, name === 'X-Sdk-Date' ? minutesFromNow(-1) : value]),
      'verify aksk signature fail',
    );
    await expectRefused(
      { ...request, headers: request.headers.filter(([name]) => name !== 'X-Sdk-Date') },
      'verify aksk signature fail, X-Sdk-Date must be the time in UTC',
    );
  });

  it('with an unknown access key', async () => {
    const unknown = { accessKey: 'AKNOBODY', secretKey: pair.secretKey };
    const logged = await expectRefused(wire(create('x'), unknown), 'ak AKNOBODY not exist');
    expect(logged).toMatchObject({ accessKey: 'AKNOBODY' });
    for (const accessKey of ["' OR 1=1 --", 'a,b', '']) {
      await expectRefused(
        wire(create('x'), { ...pair, accessKey }),
        'Authorization must be SDK-HMAC-SHA256 Access=',
      );
    }
  });

  it('with a revoked access key, within seconds', async () => {
    const revoked = await issueAccessKey(muster, { name: 'to be revoked' });
    expect((await sent(LIST, revoked)).status).toBe(200);
    const named = { tenantId: await tenantId(muster), name: revoked.accessKey };
    expect(await administrationOf(muster).revoke(named)).toBe(true);
    await eventually('it is refused', async () => (await sent(LIST, revoked)).status === 401);
    await expectRefused(
      wire(create('x'), revoked),
      `ak ${revoked.accessKey} not exist`,
      `ak ${revoked.accessKey} was revoked`,
    );
  });

  it('with an access key that has expired', async () => {
    const expired = await issueAccessKey(muster, { expiresAt: new Date(Date.now() - 1_000) });
    await expectRefused(wire(create('x'), expired), /token expires, expires_at: 20\d\d-/, /token expires/);
  });

  it('with its query changed, or values of a name in another order than signed', async () => {
    const query = { vendor: 'VMWARE', name_list: ['b', 'a'] };
    const request = wire({ method: 'GET', path: COUNT, query });
    for (const target of [
      `${COUNT}?vendor=VMWARE&name_list=b`,
      `${COUNT}?vendor=VMWARE&name_list=b&name_list=a&name_list=a`,
      `${COUNT}?vendor=VMWARE&name_list=b,a`,
      `${COUNT}?vendor=VMWARE&name_list[]=b&name_list[]=a`,
      `${COUNT}?vendor=AWS&name_list=b&name_list=a`,
      `${COUNT}?vendor=VMWARE&name_list=b&name_list=a&type=x`,
      `${COUNT}?vendor=VMWARE&name_list=b&name_list=A`,
      `${COUNT}?vendor=VMWARE&vendor=b&name_list=a`,
      COUNT,
    ]) {
      await expectRefused({ ...request, target }, 'verify aksk signature fail');
    }
    // Java signs values as it sends them; made by the official signer, which sorts, under another name each.
    const asSent = wire({ method: 'GET', path: COUNT, query: { ...query, name_list: ['a', 'b'] } });
    const reordered = `${COUNT}?vendor=VMWARE&name_list=b&name_list=a`;
    expect((await send(muster.api.url, { ...asSent, target: reordered })).status).toBe(200);
  });

  it.each([
    ['a double slash', `/${ACCOUNTS}`],
    ['a double slash inside', ACCOUNTS.replace('/v', '//v')],
    ['an encoded slash', ACCOUNTS.replace('/vendor', '%2Fvendor')],
    ['dots', `/v1/x/..${ACCOUNTS.slice(3)}`],
    ['other capitals', ACCOUNTS.toUpperCase()],
  ])('with %s in its path', async (_what, path) => {
    const request = wire(LIST);
    const answer = await send(muster.api.url, { ...request, target: `${path}?limit=10` });
    expectError(answer, { status: 404, code: 'APIGW.0101', message: 'check path and method' });
    const line = muster.logs.find((candidate) => candidate.includes(answer.body['request_id'] as string));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 'info', path, msg: 'no such path or method' });
  });

  it('with an encoded path, even where it is the same path', async () => {
    const request = wire(LIST);
    for (const path of ['/v1/%76endor-account', '/v1/vendor%2Daccount', '/%76%31/vendor-account']) {
      await expectRefused(
        { ...request, target: `${path}?limit=10` },
        /the path has %\w\w for a character that is written as it is/,
      );
    }
    const remove = wire({ method: 'DELETE', path: `${ACCOUNTS}/a` });
    for (const id of ['a%2Fb', 'a%00', 'a%20', 'b']) {
      await expectRefused({ ...remove, target: `${ACCOUNTS}/${id}` }, 'verify aksk signature fail');
    }
  });

  it('with a header that is there twice', async () => {
    const domain = await tenantId(muster);
    const headers = {
      'X-Domain-Id': domain,
      'User-Agent': 'ua/1',
      'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD',
    };
    const request = wire({ ...LIST, headers });
    for (const name of ['x-sdk-date', 'x-domain-id', 'user-agent', 'authorization', 'x-sdk-content-sha256']) {
      const [, value] = request.headers.find(([candidate]) => candidate.toLowerCase() === name)!;
      for (const twice of [value, 'other']) {
        for (const doubled of [
          [...request.headers, [name, twice]],
          [[name, twice], ...request.headers],
        ] as [string, string][][]) {
          const answer = await send(muster.api.url, { ...request, headers: doubled });
          expect([name, answer.status, answer.body['error_code']]).toEqual([name, 401, 'APIGW.0301']);
        }
      }
    }
    for (const name of ['X-Security-Token', 'Content-Type']) {
      const twice: [string, string][] = [
        [name, 'application/json'],
        [name, 'application/json'],
      ];
      await expectRefused(
        { ...wire(LIST), headers: [...wire(LIST).headers, ...twice] },
        `verify aksk signature fail, the header ${name.toLowerCase()} is there 2 times`,
      );
    }
  });

  it('with a signed header changed, missing or added', async () => {
    const request = wire({ ...LIST, headers: { 'User-Agent': 'ua/1', 'X-Language': 'en-us' } });
    const without = request.headers.filter(([name]) => name !== 'X-Language');
    await expectRefused(
      { ...request, headers: without },
      'verify aksk signature fail, the signed header x-language is not there',
    );
    for (const value of ['en-us2', 'en', 'EN-US', '']) {
      await expectRefused(
        { ...request, headers: [...without, ['X-Language', value]] },
        'verify aksk signature fail',
      );
    }
    await expectRefused(
      {
        ...request,
        headers: request.headers.map(([name, value]) => [name, name === 'host' ? 'evil' : value]),
      },
      'verify aksk signature fail',
    );
  });

  it('when it names another domain, signed or not', async () => {
    const other = await tenantId(muster, 'stranger');
    const refusal = 'X-Domain-Id is not the domain of this credential';
    await expectRefused(wire({ ...create('x'), headers: { 'X-Domain-Id': other } }), refusal);
    const unsigned = wire(create('y'));
    await expectRefused({ ...unsigned, headers: [...unsigned.headers, ['X-Domain-Id', other]] }, refusal);
  });

  it('when it is signed by another algorithm', async () => {
    const request = wire(create('x'));
    for (const algorithm of ['SDK-HMAC-SM3', 'SDK-ECDSA-P256-SHA256', 'V11-HMAC-SHA256']) {
      const headers = request.headers.map(([name, value]): [string, string] => [
        name,
        name === 'Authorization' ? value.replace('SDK-HMAC-SHA256', algorithm) : value,
      ]);
      await expectRefused(
        { ...request, headers },
        `the algorithm ${algorithm} is not supported: sign with SDK-HMAC-SHA256`,
      );
    }
  });
});

describe('a request that changes something', () => {
  it('is accepted once, however many send it at once', async () => {
    const request = wire(create('once'));
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(muster.api.url, request)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(7);
    await expectRefused(
      request,
      'verify aksk signature fail, this very request was received before: sign it anew',
      'the request is a replay',
    );
    expect(await accountIds()).toEqual(['once']);
  });

  it('is accepted once also when it was refused for what it asked', async () => {
    const request = wire({ method: 'PUT', path: `${ACCOUNTS}/x`, body: {} });
    expect((await send(muster.api.url, request)).body).toMatchObject({ error_code: 'COC.00101102' });
    await expectRefused(request, /this very request was received before/, 'the request is a replay');
  });

  it('is remembered beyond the time for which its date is accepted, and forgotten later', async () => {
    await muster.sql.query('DELETE FROM used_signature');
    await sent({ method: 'PUT', path: `${ACCOUNTS}/remembered`, body: {}, date: minutesFromNow(14) });
    const { rows } = await muster.sql.query<{ minutes: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float / 60 AS minutes FROM used_signature',
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]!.minutes).toBeGreaterThan(14 + 15);
    expect(rows[0]!.minutes).toBeLessThan(14 + 31);

    await muster.sql.query(
      `INSERT INTO used_signature SELECT decode(md5(n::text), 'hex'), now() - interval '1 second' FROM generate_series(1, 30) n`,
    );
    for (const name of ['a', 'b']) await sent({ method: 'PUT', path: `${ACCOUNTS}/${name}`, body: {} });
    expect((await muster.sql.query('SELECT 1 FROM used_signature')).rowCount).toBe(3);
  });

  it('is refused again by another process', async () => {
    const { configuration } = muster.settings;
    const logger = createLogger({ level: 'silent', format: 'json' });
    const other = await startApi({ configuration, logger, applicationName: 'muster-test-other' });
    const request = wire({ method: 'PUT', path: `${ACCOUNTS}/x`, body: { account_name: 'x' } });
    // It was signed for the first's address.
    expect((await send(muster.api.url, request)).status).toBe(400);
    expect((await send(other.url, request)).body['error_msg']).toContain('received before');
    await other.app.close();
  });
});

describe('a request that deletes', () => {
  it('may be sent again, and says then that the thing is gone', async () => {
    const { body } = await sent(create('deleted twice'));
    const request = wire({ method: 'DELETE', path: `${ACCOUNTS}/${body['data'] as string}` });
    expect((await send(muster.api.url, request)).status).toBe(200);
    expectError(await send(muster.api.url, request), {
      status: 400,
      code: 'COC.00101102',
      message: 'not exist',
    });
  });
});

describe('a request that only reads', () => {
  it('may be sent again', async () => {
    await muster.sql.query('DELETE FROM used_signature');
    const request = wire(LIST);
    for (let times = 0; times < 3; times += 1) {
      expect((await send(muster.api.url, request)).status).toBe(200);
    }
    expect((await muster.sql.query('SELECT 1 FROM used_signature')).rowCount).toBe(0);
  });
});

describe('a rotated key pair', () => {
  it('signs with either secret key for the overlap, and with the new one at once', async () => {
    const old = await issueAccessKey(muster, { name: 'rotated' });
    expect((await sent(LIST, old)).status).toBe(200);
    const rotated = await rotate('rotated', 60_000);
    expect(rotated.accessKey).toBe(old.accessKey);
    expect(rotated.secretKey).not.toBe(old.secretKey);
    for (const each of [rotated, old]) expect((await sent(LIST, each)).status).toBe(200);

    const last = await rotate('rotated', 0);
    expect((await sent(LIST, last)).status).toBe(200);
    for (const each of [old, rotated]) {
      await eventually('it is refused', async () => (await sent(LIST, each)).status === 401);
    }
    await expectRefused(
      wire(LIST, rotated),
      'verify aksk signature fail',
      /the secret key was replaced, and was good until 20/,
    );
  });

  async function rotate(name: string, overlapMs: number): Promise<KeyPair> {
    const issued = await administrationOf(muster).rotate(
      { tenantId: await tenantId(muster), name },
      overlapMs,
    );
    if (typeof issued === 'string' || issued.kind !== 'access-key') throw new Error('It was not rotated.');
    return issued;
  }
});

describe('a temporary key pair', () => {
  const parentOf = async (name: string) =>
    (await administrationOf(muster).list()).find((credential) => credential.name === name)!.id;

  async function temporary(name: string, expiresAt = new Date(Date.now() + 600_000)) {
    const issued = await administrationOf(muster).createTemporary(await parentOf(name), expiresAt);
    if (issued?.kind !== 'temporary') throw new Error('It was not made.');
    return issued;
  }

  it('signs with its security token, signed or not', async () => {
    const { securityToken, ...keys } = await temporary('signer');
    expect((await sent(LIST, { ...keys, securityToken })).status).toBe(200);
    const unsigned = wire(LIST, keys);
    unsigned.headers.push(['X-Security-Token', securityToken]);
    expect((await send(muster.api.url, unsigned)).status).toBe(200);
  });

  it('is refused without it, or with another', async () => {
    const { securityToken, ...keys } = await temporary('signer');
    const other = await temporary('signer');
    await expectRefused(wire(LIST, keys), 'x-security-token not found');
    for (const wrong of [other.securityToken, `${securityToken}x`, 'x']) {
      const logged = await expectRefused(
        wire(LIST, { ...keys, securityToken: wrong }),
        'decrypt token fail',
        'the security token is not that of the ak',
      );
      expect(JSON.stringify(logged)).not.toContain(wrong === 'x' ? securityToken : wrong);
    }
    await expectRefused(
      wire(LIST, { ...pair, securityToken }),
      'X-Security-Token is only for temporary access keys',
    );
  });

  it('ends at its time, and with what it was made from', async () => {
    await expectRefused(
      wire(LIST, await temporary('signer', new Date(Date.now() - 1_000))),
      /token expires, expires_at/,
      /token expires/,
    );

    await issueApiKey(muster, { name: 'parent' });
    const child = await temporary('parent');
    expect((await sent(LIST, child)).status).toBe(200);
    await administrationOf(muster).rotate({ tenantId: await tenantId(muster), name: 'parent' }, 0);
    await eventually('it is refused', async () => (await sent(LIST, child)).status === 401);

    const second = await temporary('parent');
    expect((await sent(LIST, second)).status).toBe(200);
    await administrationOf(muster).revoke({ tenantId: await tenantId(muster), name: 'parent' });
    await eventually('it is refused', async () => (await sent(LIST, second)).status === 401);
    await expectRefused(wire(LIST, second), `ak ${second.accessKey} not exist`, 'was revoked');
  });

  it('cannot be rotated, nor make another', async () => {
    const { accessKey } = await temporary('signer');
    const named = { tenantId: await tenantId(muster), name: accessKey };
    expect(await administrationOf(muster).rotate(named, 0)).toBe('temporary');
    const id = await parentOf(`temporary ${accessKey}`);
    expect(await administrationOf(muster).createTemporary(id, new Date(Date.now() + 1_000))).toBeUndefined();
  });
});

describe('a secret key', () => {
  it('is stored sealed, and told to nobody', async () => {
    const told = await issueAccessKey(muster, { name: 'told' });
    const answers = [
      await sent(LIST, told),
      await send(muster.api.url, { ...wire(create('x'), told), body: '' }),
      await sent({ ...create('x'), date: minutesFromNow(-60) }, told),
    ];
    const rows = await muster.sql.query<{ row: string }>(
      'SELECT s::text || c::text AS row FROM credential_secret s JOIN api_credential c ON c.id = s.credential_id',
    );
    const text = [
      JSON.stringify(answers.map(({ headers, body }) => [[...headers], body])),
      ...muster.logs,
      ...rows.rows.map(({ row }) => row),
    ].join('\n');
    expect(text).toContain(told.accessKey);
    for (const form of [told.secretKey, Buffer.from(told.secretKey).toString('hex')]) {
      expect(text.includes(form)).toBe(false);
    }
  });
});
