import { connect } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { vmwareAccount } from './support/vmware-account.js';

interface Account {
  id: string;
  vendor: string;
  account_id: string;
  domain_id: string;
  account_name: string;
  ak: string;
  sync_status: string;
  failure_msg: string;
  sync_date: string;
  create_time: string;
  update_time: string;
  settings: Record<string, unknown>;
  external_id: string | null;
}

interface AccountList {
  data: Account[];
  total: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** What every official client parses; Go fails the whole list on `+0000`. */
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

let muster: TestMuster;
const answers: Answer[] = [];

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
});

afterAll(async () => {
  // Nothing this suite was ever answered holds a secret key.
  const seen = JSON.stringify(answers.map(({ body }) => body));
  expect(answers.length).toBeGreaterThan(40);
  expect(seen).toContain('user-a');
  expect(seen).not.toMatch(/password-|"sk"|sealed/i);
  await muster.close();
});

beforeEach(async () => {
  await muster.sql.query('DELETE FROM sync_task_run; DELETE FROM sync_run; DELETE FROM sync_task');
  await muster.sql.query('DELETE FROM vendor_account');
});

async function call(method: string, path: string, options = {}): Promise<Answer> {
  const answer = await muster.call(method, `/v1/vendor-account${path}`, options);
  answers.push(answer);
  return answer;
}

async function add(accountId: string, changes: object = {}): Promise<string> {
  const { status, body } = await call('POST', '', { body: vmwareAccount(accountId, changes) });
  expect([status, body]).toEqual([200, { data: expect.stringMatching(UUID) }]);
  return body['data'] as string;
}

async function list(query: string): Promise<AccountList> {
  const { status, headers, body } = await call('GET', `?${query}`);
  expect([status, Object.keys(body)]).toEqual([200, ['data', 'total']]);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  return body as unknown as AccountList;
}

/** The only account there is. */
async function only(): Promise<Account> {
  const { data, total } = await list('limit=10');
  expect([data.length, total]).toEqual([1, 1]);
  return data[0]!;
}

const idsOf = ({ data }: AccountList) => data.map(({ account_id }) => account_id);

describe('an account that was added', () => {
  it('is listed with COC’s fields and settings, and without its secret key', async () => {
    const id = await add('a', { settings: { endpoint: 'https://vc.example', tls_verify: false } });

    expect(await only()).toEqual({
      id,
      vendor: 'VMWARE',
      account_id: 'a',
      domain_id: expect.stringMatching(UUID),
      account_name: 'vCenter a',
      ak: 'user-a',
      sync_status: 'waiting',
      failure_msg: '',
      sync_date: expect.stringMatching(DATE),
      create_time: expect.stringMatching(DATE),
      update_time: expect.stringMatching(DATE),
      settings: { endpoint: 'https://vc.example', tls_verify: false },
      external_id: null,
    });
  });

  it('keeps its fields to the letter', async () => {
    const text = '名 a+b~/* ☃ 𝒳 "quoted" \\ <b>&amp;</b>\t\'; DROP TABLE x --';
    await add(text, { account_name: text, ak: text, sk: text });
    expect(await only()).toMatchObject({ account_id: text, account_name: text, ak: text });
    const query = new URLSearchParams({ limit: '1', account_id: text, account_name: text });
    expect((await list(query.toString())).total).toBe(1);
  });

  it('may have 64 characters in each field, and keys may be empty', async () => {
    const long = '𝒳'.repeat(64);
    await add(long, { account_name: long, ak: long, sk: long });
    expect(await only()).toMatchObject({ account_id: long, ak: long });
    await add('empty', { account_name: '', ak: '', sk: '' });
  });

  it('is refused a second time, to the letter', async () => {
    await add('a');
    const again = await call('POST', '', { body: vmwareAccount('a', { account_name: 'other' }) });
    expectError(again, { status: 409, code: 'COC.00101103', message: 'already a VMWARE account a' });
    await add('A');
    await add('a ');
    expect(idsOf(await list('limit=10'))).toEqual(['a', 'A', 'a ']);
  });

  it('is added once by requests that come together', async () => {
    const body = vmwareAccount('a');
    const together = await Promise.all(Array.from({ length: 10 }, () => call('POST', '', { body })));
    expect(together.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
    expect((await only()).account_id).toBe('a');
  });
});

describe('temporary keys', () => {
  const secret = 'x'.repeat(40);
  const token = `${'t/+'.repeat(400)}==`;
  const aws = (keys: object) => ({ vendor: 'AWS', account_id: 'a', account_name: 'a', ...keys });
  const expectProblem = (answer: Answer, message: string | RegExp) => {
    expectError(answer, { status: 400, code: 'COC.00010002', message });
    expect(JSON.stringify(answer.body)).not.toContain(secret);
  };

  it.each(['ALI', 'RMS', 'AWS'])('of %s have their token in sk, however long it is', async (vendor) => {
    const body = { vendor, account_id: 'a', account_name: 'a', ak: 'any' };
    const create = (sk: string) => call('POST', '', { body: { ...body, sk } });
    expectProblem(await create(`${secret}:${'t'.repeat(8_192 - 40)}`), /^sk must be .* 8192 characters/);
    expectProblem(
      await create(`${'x'.repeat(65)}:${token}`),
      /^sk must be .* 64 characters before its colon/,
    );
    expectProblem(await create('x'.repeat(65)), /^sk must be .* 64 characters$/);
    expectProblem(
      await create(`${secret}:`),
      /^sk must be the secret alone or, .* without spaces or line breaks/,
    );
    expect((await create(`${secret}:${'t'.repeat(8_191 - 40)}`)).status).toBe(200);
  });

  it.each([
    [
      'AWS',
      'ASIAEXAMPLE',
      secret,
      /^sk must be the secret, a colon and the session token: with this ak, ASIA…/,
    ],
    ['AWS', 'AKIAEXAMPLE', `${secret}:${token}`, /^sk must be the secret alone: with this ak, AKIA…/],
    ['ALI', 'STS.EXAMPLE', secret, /^sk must be the secret, a colon and the security token: .* STS\.…/],
    ['ALI', 'LTAIEXAMPLE', `${secret}:${token}`, /^sk must be the secret alone: with this ak, LTAI…/],
  ])('of %s are refused as %s with what doesn’t belong to it', async (vendor, ak, sk, message) => {
    expectProblem(await call('POST', '', { body: { ...aws({ ak, sk }), vendor } }), message);
  });

  it('are changed together', async () => {
    const { body } = await call('POST', '', { body: aws({ ak: 'AKIAEXAMPLE', sk: secret }) });
    const change = (changes: object) => call('PUT', `/${String(body['data'])}`, { body: changes });
    expectProblem(await change({ ak: 'ASIAEXAMPLE' }), /^sk must be sent with this ak/);
    expectProblem(await change({ ak: 'ASIAEXAMPLE', sk: secret }), /^sk must be the secret, a colon/);
    expectProblem(await change({ sk: `${secret}:${token}` }), /^sk must be the secret alone/);
    expect((await change({ ak: 'ASIAEXAMPLE', sk: `${secret}:${token}` })).status).toBe(200);
    expect((await change({ ak: 'ASIAEXAMPLE', account_name: 'b' })).status).toBe(200);
    expectProblem(await change({ sk: secret }), /^sk must be the secret, a colon/);
    expect((await change({ ak: 'AKIAEXAMPLE', sk: secret })).status).toBe(200);
    expect(await only()).toMatchObject({ ak: 'AKIAEXAMPLE', account_name: 'b' });
  });

  it('are nothing of a vendor that has none', async () => {
    await add('a', { sk: `with:colon:${'x'.repeat(53)}` });
    const long = await call('POST', '', { body: vmwareAccount('b', { sk: `x:${'y'.repeat(63)}` }) });
    expectProblem(long, /^sk must be .* 64 characters$/);
  });
});

describe('settings', () => {
  const cases: [what: string, settings: object | undefined, message: string][] = [
    [
      'none',
      undefined,
      'settings.endpoint is missing: it must be a string; without settings, the account_id may be the address',
    ],
    ['no endpoint', {}, 'settings.endpoint is missing: it must be a string'],
    ['no URL', { endpoint: 'vcenter' }, 'settings.endpoint must be an http or https URL'],
    ['no HTTP', { endpoint: 'ftp://vcenter' }, 'settings.endpoint must be an http or https URL'],
    ['a password in it', { endpoint: 'https://u:p@vc' }, 'settings.endpoint must be'],
    ['a number', { endpoint: 5 }, 'settings.endpoint must be a string'],
    [
      'a text for a switch',
      { endpoint: 'https://vc', tls_verify: 'no' },
      'settings.tls_verify must be a bool',
    ],
    [
      'a fingerprint without TLS',
      { endpoint: 'http://vc', tls_fingerprint_sha256: 'ab'.repeat(32) },
      'settings.endpoint must be an https URL',
    ],
    [
      'a field that is not there',
      { endpoint: 'https://vc', endpiont: 'x' },
      'settings.endpiont is not known here (known: settings.endpoint, ',
    ],
  ];

  it.each(cases)('are refused on create and update: %s', async (_what, settings, message) => {
    const expected = { status: 400, code: 'COC.00010002', message };
    expectError(await call('POST', '', { body: { ...vmwareAccount('a'), settings } }), expected);
    const id = await add('a');
    if (settings !== undefined) expectError(await call('PUT', `/${id}`, { body: { settings } }), expected);
    expect((await only()).settings).toEqual({ endpoint: 'https://vcenter.example' });
  });

  it('are in the account’s id for clients that cannot send any, if it is an address', async () => {
    await add('vc.example:8443', { settings: undefined });
    expect((await only()).settings).toEqual({ endpoint: 'https://vc.example:8443' });
    const id = (await only()).id;
    await call('PUT', `/${id}`, {
      body: { ak: 'other', settings: { endpoint: 'https://new', tls_verify: false } },
    });
    await call('PUT', `/${id}`, { body: { sk: 'other' } });
    expect((await only()).settings).toEqual({ endpoint: 'https://new', tls_verify: false });
    const empty = await call('POST', '', { body: vmwareAccount('vc2.example', { settings: {} }) });
    expectError(empty, { status: 400, code: 'COC.00010002', message: 'settings.endpoint is missing' });
  });

  it('are replaced as a whole', async () => {
    const id = await add('a', { settings: { endpoint: 'https://vc', tls_verify: false } });
    await call('PUT', `/${id}`, { body: { settings: { endpoint: 'https://new' } } });
    expect((await only()).settings).toEqual({ endpoint: 'https://new' });
  });
});

describe('the list', () => {
  it('filters by each field, exactly, and by all together', async () => {
    for (const id of ['a', 'b', 'ab']) await add(id);
    await add('c', { account_name: 'vCenter a' });

    expect(idsOf(await list('limit=10&account_id=a'))).toEqual(['a']);
    expect(idsOf(await list('limit=10&account_id=A'))).toEqual([]);
    expect(idsOf(await list('limit=10&account_id=%25'))).toEqual([]);
    expect(idsOf(await list('limit=10&account_name=vCenter%20a'))).toEqual(['a', 'c']);
    expect(idsOf(await list('limit=10&account_name=vCenter'))).toEqual([]);
    expect(idsOf(await list('limit=10&vendor=VMWARE'))).toEqual(['a', 'b', 'ab', 'c']);
    expect(await list('limit=10&vendor=AWS')).toEqual({ data: [], total: 0 });
    expect(idsOf(await list('limit=10&vendor=VMWARE&account_id=c&account_name=vCenter+a'))).toEqual(['c']);
    expect(idsOf(await list('limit=10&account_id=a&account_name=vCenter%20b'))).toEqual([]);
  });

  it('takes what Huawei’s clients send for parameters that are not set', async () => {
    await add('a');
    for (const query of [
      'limit=10&marker',
      'limit=10&marker=',
      'limit=10&offset=&marker=&vendor=&account_id=&account_name=',
      'limit=10&offset=0',
      'limit=500',
      'account_id&limit=1',
      'limit=010',
    ]) {
      expect([query, idsOf(await list(query))]).toEqual([query, ['a']]);
    }
  });

  it('pages by offset until a page is empty, as Terraform does', async () => {
    for (let number = 0; number < 5; number++) await add(`a${number}`);
    const seen: string[] = [];
    for (let offset = 0; ; offset += 2) {
      const page = await list(offset === 0 ? 'limit=2' : `limit=2&offset=${offset}`);
      expect(page.total).toBe(5);
      if (page.data.length === 0) break;
      seen.push(...idsOf(page));
    }
    expect(seen).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    expect(await list('limit=1&offset=2147483647')).toEqual({ data: [], total: 5 });
  });

  it('pages by marker, which wins over an offset, and goes on when the marked one is gone', async () => {
    for (let number = 0; number < 5; number++) await add(`a${number}`);
    const first = await list('limit=2');
    const marker = first.data[1]!.id;

    expect(idsOf(await list(`limit=2&marker=${marker}`))).toEqual(['a2', 'a3']);
    expect(idsOf(await list(`limit=2&marker=${marker}&offset=2`))).toEqual(['a2', 'a3']);
    expect(idsOf(await list(`limit=2&marker=${marker.toUpperCase()}`))).toEqual(['a2', 'a3']);
    await call('DELETE', `/${marker}`);
    expect(idsOf(await list(`limit=10&marker=${marker}`))).toEqual(['a2', 'a3', 'a4']);
    const last = (await list('limit=10')).data.at(-1)!.id;
    expect(await list(`limit=10&marker=${last}`)).toEqual({ data: [], total: 4 });
  });

  it('does not shrink its total to the page or the marker', async () => {
    for (let number = 0; number < 3; number++) await add(`a${number}`);
    const { data } = await list('limit=1');
    expect((await list(`limit=1&marker=${data[0]!.id}`)).total).toBe(3);
    expect((await list('limit=1&account_id=a1')).total).toBe(1);
  });
});

describe('an account that is changed', () => {
  it('changes in what is sent only', async () => {
    const id = await add('a');
    const before = await only();

    expect((await call('PUT', `/${id}`, { body: { account_name: 'renamed' } })).body).toEqual({ data: id });

    const after = await only();
    expect(after).toEqual({ ...before, account_name: 'renamed', update_time: expect.stringMatching(DATE) });
    expect(Date.parse(after.update_time)).toBeGreaterThanOrEqual(Date.parse(before.update_time));
    expect((await call('PUT', `/${id}`, { body: { ak: 'new-user' } })).status).toBe(200);
    expect(await only()).toMatchObject({ account_name: 'renamed', ak: 'new-user' });
  });

  it('gets a new secret key, sealed anew', async () => {
    const sealed = async () => {
      const { rows } = await muster.sql.query<{ sealed_sk: Buffer }>('SELECT sealed_sk FROM vendor_account');
      return rows[0]!.sealed_sk.toString('hex');
    };
    const id = await add('a');
    const before = await sealed();
    await call('PUT', `/${id}`, { body: { account_name: 'x' } });
    expect(await sealed()).toBe(before);
    await call('PUT', `/${id}`, { body: { sk: 'password-new' } });
    expect(await sealed()).not.toBe(before);
    expect(await sealed()).not.toContain(Buffer.from('password-new').toString('hex'));
  });

  it('stays as it is with nothing to change', async () => {
    const id = await add('a');
    const before = await only();
    expect((await call('PUT', `/${id}`, { body: {} })).status).toBe(200);
    expect({ ...(await only()), update_time: '' }).toEqual({ ...before, update_time: '' });
  });
});

describe('an account that is removed', () => {
  const gone = (id: string) => ({
    status: 400,
    code: 'COC.00101102',
    message: `vendor account ${id} does not`,
  });

  it('goes as Huawei’s clients send it: with a content type and no body', async () => {
    const id = await add('a');
    const headers = { 'Content-Type': 'application/json' };

    const removed = await call('DELETE', `/${id}`, { headers });

    expect([removed.status, removed.body]).toEqual([200, { data: id }]);
    expect(await list('limit=10')).toEqual({ data: [], total: 0 });
    expectError(await call('DELETE', `/${id}`, { headers }), gone(id));
    expectError(await call('PUT', `/${id}`, { body: { account_name: 'x' } }), gone(id));
  });

  it('goes as Python’s client sends it: with a length of 0 as well', async () => {
    const id = await add('a');
    const { hostname, port } = new URL(muster.api.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      [
        `DELETE /v1/vendor-account/${id} HTTP/1.1`,
        `Host: ${hostname}`,
        `Authorization: Bearer ${muster.apiKey}`,
        'Content-Type: application/json',
        'Content-Length: 0',
        'Connection: close',
        '\r\n',
      ].join('\r\n'),
    );
    let answer = '';
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk as string;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('goes once when asked for several times at once', async () => {
    const id = await add('a');
    const together = await Promise.all(Array.from({ length: 5 }, () => call('DELETE', `/${id}`)));
    expect(together.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
  });

  it('can be added again, as another one', async () => {
    const id = await add('a');
    await call('DELETE', `/${id}`);
    const again = await add('a');
    expect(again).not.toBe(id);
    expect((await only()).id).toBe(again);
  });

  it('can be synced no more', async () => {
    const id = await add('a');
    await call('DELETE', `/${id}`);
    const sync = (body: object) => muster.call('POST', '/v1/multicloud-resources/sync', { body });
    expectError(await sync({ vendor: 'VMWARE', account_id: 'a' }), {
      status: 400,
      code: 'COC.00101102',
      message: 'no such VMWARE account',
    });
    expectError(await sync({ vendor: 'VMWARE' }), {
      status: 400,
      code: 'COC.00101104',
      message: 'There is no VMWARE account to sync',
    });
  });
});
