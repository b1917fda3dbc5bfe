import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from '../../../test/support/eventually.js';
import { type CallOptions, TestMuster } from '../../../test/support/test-muster.js';
import { type ExpectedError, expectError } from './support/expect-error.js';
import { sendText } from './support/send-text.js';
import { vmwareAccount } from './support/vmware-account.js';

const ACCOUNTS = '/v1/vendor-account';
const SYNC = '/v1/multicloud-resources/sync';
const RESOURCES = '/v1/multicloud-resources';
const COUNT = '/v1/multicloud-resources/count';
const VENDORS = 'RMS, AWS, AZURE, ALI, VMWARE, OPENSTACK, HCS, OTHER';
const ONE_MIB = 1_048_576;

const invalid = (message: string | RegExp): ExpectedError => ({
  status: 400,
  code: 'COC.00010002',
  message,
});
const NO_SUCH_API: ExpectedError = { status: 404, code: 'APIGW.0101', message: 'check path and method' };
const NOT_AN_OBJECT = invalid('The request body must be a JSON object');
const UNSUPPORTED: ExpectedError = {
  status: 415,
  code: 'APIGW.0201',
  message: 'send Content-Type: application/json',
};
const noSuchAccount = (message: string): ExpectedError => ({ status: 400, code: 'COC.00101102', message });
const noSuchTask = (message: string): ExpectedError => ({ status: 404, code: 'COC.00101201', message });

let muster: TestMuster;
/** An account to change; adding one with its account_id again would be a duplicate. */
let accountId: string;
/** Every endpoint with a body, and a body that it takes but for an account that isn't there. */
let withBody: [method: string, path: string][];

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  accountId = await muster.addAccount(vmwareAccount('there'));
  withBody = [
    ['POST', ACCOUNTS],
    ['PUT', `${ACCOUNTS}/${accountId}`],
    ['POST', SYNC],
  ];
});

afterAll(() => muster.close());

afterEach(async () => {
  const { rows } = await muster.sql.query(
    `SELECT (SELECT count(*)::int FROM sync_task) AS tasks, (SELECT count(*)::int FROM sync_run) AS runs,
            (SELECT count(*)::int FROM vendor_account) AS accounts,
            (SELECT account_name FROM vendor_account) AS name, (SELECT sync_status FROM vendor_account) AS status`,
  );
  // Whatever a test asked for was refused, so there is nothing but what was there before.
  expect(rows).toEqual([{ tasks: 0, runs: 0, accounts: 1, name: 'vCenter there', status: 'waiting' }]);
  expect(muster.logs.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});

const call = (method: string, path: string, options?: CallOptions) => muster.call(method, path, options);

describe('a body', () => {
  const refusedByAll: [what: string, options: CallOptions, expected: ExpectedError][] = [
    ['missing', {}, NOT_AN_OBJECT],
    ['empty', { body: '' }, NOT_AN_OBJECT],
    ['null', { body: 'null' }, NOT_AN_OBJECT],
    ['a string', { body: '"x"' }, NOT_AN_OBJECT],
    ['a number', { body: '5' }, NOT_AN_OBJECT],
    ['a list', { body: [{ vendor: 'VMWARE' }] }, NOT_AN_OBJECT],
    ['cut off', { body: '{"vendor": "VMWARE"' }, invalid('not valid JSON')],
    ['not JSON from some place on', { body: '{"a": 1,}' }, invalid(/not valid JSON, from character \d+ on/)],
    ['text', { body: 'x', headers: { 'Content-Type': 'text/plain' } }, UNSUPPORTED],
    [
      'a form',
      { body: 'vendor=VMWARE', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      UNSUPPORTED,
    ],
    ['of another JSON type', { body: '{}', headers: { 'Content-Type': 'application/x+json' } }, UNSUPPORTED],
    ['of no type at all', { body: '{}', headers: { 'Content-Type': 'nonsense' } }, UNSUPPORTED],
    ['with __proto__', { body: '{"__proto__": {"vendor": "AWS"}}' }, invalid('__proto__ is not known here')],
    [
      'with __proto__ in disguise',
      { body: String.raw`{"\u005f_proto__": {"vendor": "AWS"}}` },
      invalid('__proto__ is not known here'),
    ],
    [
      'with a constructor',
      { body: '{"constructor": {"prototype": {"admin": true}}}' },
      invalid('constructor is not known here'),
    ],
    [
      'with a field that all objects have',
      { body: '{"toString": 1}' },
      invalid('toString is not known here'),
    ],
    [
      'with __proto__ in its settings',
      { body: '{"settings": {"__proto__": {"endpoint": "https://evil"}}}' },
      invalid('settings.__proto__ is not known here'),
    ],
    [
      'nested deeply',
      { body: `${'{"settings":'.repeat(20_000)}1${'}'.repeat(20_000)}` },
      invalid('nested more than 8 levels deep'),
    ],
    [
      'nested deeply, in lists',
      { body: `{"settings":${'['.repeat(500_000)}${']'.repeat(500_000)}}` },
      invalid('nested more than 8 levels deep'),
    ],
    [
      'with a field of a long name',
      { body: { ['x'.repeat(9_000)]: 1 } },
      invalid(/^x{64}… is not known here/),
    ],
  ];

  it.each(refusedByAll)('that is %s is refused', async (_what, options, expected) => {
    for (const [method, path] of withBody) expectError(await call(method, path, options), expected);
  });

  it('may have 1 MiB, and not a byte more', async () => {
    const ofBytes = (bytes: number) => {
      const [start, end] = ['{"x":"', '"}'];
      return start + 'x'.repeat(bytes - start.length - end.length) + end;
    };
    for (const [method, path] of withBody) {
      expectError(await call(method, path, { body: ofBytes(ONE_MIB) }), invalid('x is not known here'));
      expectError(await call(method, path, { body: ofBytes(ONE_MIB + 1) }), {
        status: 413,
        code: 'APIGW.0201',
        message: 'larger than 1 MiB',
      });
    }
  });

  it('is not quoted when it cannot be read: it may hold a secret', async () => {
    for (const [method, path] of withBody) {
      const { body } = await call(method, path, { body: '{"sk": "hunter2" "ak": "x"}' });
      expect(JSON.stringify(body)).not.toContain('hunter2');
    }
  });

  it('with several unknown fields names them and those that there are', async () => {
    expectError(
      await call('POST', SYNC, { body: { vendor: 'VMWARE', accountId: 'a', force: true } }),
      invalid('accountId, force are not known here (known: vendor, account_id)'),
    );
  });
});

describe('adding an account', () => {
  const cases: [what: string, changes: object, expected: ExpectedError][] = [
    ['no vendor', { vendor: undefined }, invalid(`vendor is missing: it must be one of`)],
    ['an unknown vendor', { vendor: 'GCP' }, invalid(VENDORS)],
    ['a vendor in small letters', { vendor: 'vmware' }, invalid(VENDORS)],
    ['a list for a vendor', { vendor: ['VMWARE'] }, invalid(VENDORS)],
    ['no account_id', { account_id: undefined }, invalid('account_id is missing: it must be a string')],
    ['an empty account_id', { account_id: '' }, invalid('account_id should not be empty')],
    ['a number for account_id', { account_id: 1 }, invalid('account_id must be a string')],
    ['null for account_id', { account_id: null }, invalid('account_id must be a string')],
    ['a list for account_id', { account_id: ['a'] }, invalid('account_id must be a string')],
    ['an object for account_id', { account_id: { length: 1 } }, invalid('account_id must be a string')],
    ['65 characters of account_id', { account_id: 'x'.repeat(65) }, invalid(/account_id must be .* 64 char/)],
    ['no account_name', { account_name: undefined }, invalid('account_name is missing')],
    ['a long account_name', { account_name: 'x'.repeat(65) }, invalid(/account_name must be .* 64 char/)],
    ['no ak', { ak: undefined }, invalid('ak is missing')],
    ['a long ak', { ak: 'x'.repeat(65) }, invalid(/^ak must be .* 64 char/)],
    ['no sk', { sk: undefined }, invalid('sk is missing')],
    ['a boolean for sk', { sk: true }, invalid('sk must be a string')],
    ['a long sk', { sk: 'x'.repeat(65) }, invalid(/^sk must be .* 64 char/)],
    [
      'NUL in a name',
      { account_name: 'a\0' },
      invalid('account_name holds a character that cannot be stored'),
    ],
    ['half a character in a key', { sk: 'a\ud800' }, invalid('sk holds a character that cannot be stored')],
    [
      'NUL in a setting',
      { settings: { endpoint: 'https://a\0' } },
      invalid('settings.endpoint holds a char'),
    ],
    ['an unknown field', { region: 'x' }, invalid('region is not known here (known: vendor, account_id,')],
    ['a list for settings', { settings: [] }, invalid('settings must be an object')],
    [
      'what is there already',
      {},
      { status: 409, code: 'COC.00101103', message: 'already a VMWARE account there' },
    ],
  ];

  it.each(cases)('refuses %s', async (_what, changes, expected) => {
    expectError(await call('POST', ACCOUNTS, { body: vmwareAccount('there', changes) }), expected);
  });

  it('never repeats a secret key in an error', async () => {
    for (const sk of ['hunter2'.repeat(20), 'hunter2\0']) {
      const { body } = await call('POST', ACCOUNTS, { body: vmwareAccount('new', { sk }) });
      expect(JSON.stringify(body)).not.toContain('hunter2');
    }
  });

  it('says all that is wrong at once', async () => {
    const { body } = await call('POST', ACCOUNTS, { body: {} });
    for (const field of ['vendor', 'account_id', 'account_name', 'ak', 'sk']) {
      expect(body['error_msg']).toContain(`${field} is missing`);
    }
  });
});

describe('changing and removing an account', () => {
  const cases: [what: string, body: object, expected: ExpectedError][] = [
    [
      'another vendor',
      { vendor: 'VMWARE' },
      invalid('vendor is not known here (known: account_name, ak, sk'),
    ],
    ['another account_id', { account_id: 'b' }, invalid('account_id is not known here')],
    ['null for a name', { account_name: null }, invalid('account_name must be a string')],
    ['null for a key', { sk: null }, invalid('sk must be a string')],
    ['null for settings', { settings: null }, invalid('settings must be an object')],
    ['settings without endpoint', { settings: {} }, invalid('settings.endpoint is missing')],
    ['a long name', { account_name: 'x'.repeat(65) }, invalid(/account_name must be .* 64 char/)],
    ['NUL in a name', { account_name: '\0' }, invalid('account_name holds a character')],
  ];

  it.each(cases)('refuses %s', async (_what, body, expected) => {
    expectError(await call('PUT', `${ACCOUNTS}/${accountId}`, { body }), expected);
  });

  it.each(['PUT', 'DELETE'])('%s of an account that does not exist names it', async (method) => {
    const options = method === 'PUT' ? { body: { account_name: 'x' } } : {};
    for (const id of [randomUUID(), 'there', '1', "'", '%00', encodeURIComponent('a/b')]) {
      expectError(await call(method, `${ACCOUNTS}/${id}`, options), noSuchAccount('does not exist'));
    }
    const id = randomUUID();
    expectError(await call(method, `${ACCOUNTS}/${id}`, options), noSuchAccount(id));
  });
});

describe('asking for a sync', () => {
  const cases: [what: string, body: object, expected: ExpectedError][] = [
    ['no vendor', { account_id: 'there' }, invalid('vendor is missing')],
    ['an unknown vendor', { vendor: 'GCP', account_id: 'there' }, invalid(VENDORS)],
    ['a number for account_id', { vendor: 'VMWARE', account_id: 7 }, invalid('account_id must be a string')],
    [
      '65 characters',
      { vendor: 'VMWARE', account_id: 'x'.repeat(65) },
      invalid(/account_id must be .* 64 char/),
    ],
    ['NUL', { vendor: 'VMWARE', account_id: 'there\0' }, invalid('account_id holds a character')],
    ['an unknown account', { vendor: 'VMWARE', account_id: 'nope' }, noSuchAccount('account_id nope')],
    [
      'an unknown account of 64 characters',
      { vendor: 'VMWARE', account_id: 'x'.repeat(64) },
      noSuchAccount('no such VMWARE account'),
    ],
    ['an account id in other letters', { vendor: 'VMWARE', account_id: 'THERE' }, noSuchAccount('THERE')],
    ['an account id with a space', { vendor: 'VMWARE', account_id: 'there ' }, noSuchAccount('there ')],
  ];

  it.each(cases)('refuses %s', async (_what, body, expected) => {
    expectError(await call('POST', SYNC, { body }), expected);
  });

  it('refuses the id that Muster gave the account: the vendor’s is meant', async () => {
    const answer = await call('POST', SYNC, { body: { vendor: 'VMWARE', account_id: accountId } });
    expectError(answer, noSuchAccount('no such VMWARE account'));
  });

  it('refuses a vendor without accounts, and says how to add one', async () => {
    const empty = await TestMuster.start({ workers: false });
    for (const body of [{ vendor: 'VMWARE' }, { vendor: 'VMWARE', account_id: '' }]) {
      expectError(await empty.call('POST', SYNC, { body }), {
        status: 400,
        code: 'COC.00101104',
        message: 'There is no VMWARE account to sync. Add one: POST /v1/vendor-account',
      });
    }
    expect((await empty.sql.query('SELECT 1 FROM sync_task')).rowCount).toBe(0);
    await empty.close();
  });

  it('has no task of an id that was never given out', async () => {
    for (const id of [randomUUID(), 'x', '0', '%00', randomUUID().replaceAll('-', '')]) {
      expectError(await call('GET', `${SYNC}/${id}`), noSuchTask('there is no such sync task'));
    }
    const id = randomUUID();
    expectError(await call('GET', `${SYNC}/${id}`), noSuchTask(id));
  });
});

describe('a query', () => {
  const limit = invalid(/limit (is missing: it )?must be a whole number from 1 to 500/);
  const offset = invalid('offset must be a whole number from 0 to 2147483647');
  const paging: [query: string, expected: ExpectedError][] = [
    ['', limit],
    ['limit=', limit],
    ['limit', limit],
    ['limit=0', limit],
    ['limit=-1', limit],
    ['limit=501', limit],
    ['limit=abc', limit],
    ['limit=1.5', limit],
    ['limit=1e2', limit],
    ['limit=%201', limit],
    ['limit=1&limit=2', limit],
    ['limit=9999999999999999999999', limit],
    ['limit=10&offset=-1', offset],
    ['limit=10&offset=2147483648', offset],
    ['limit=10&offset=x', offset],
    ['limit=10&offset=1&offset=2', offset],
    ['limit=10&marker=x', invalid('marker must be the id of the last item of the page before')],
    ['limit=10&marker=%00', invalid('marker holds a character')],
    ['limit=10&vendor=GCP', invalid(VENDORS)],
    ['limit=10&page=2', invalid('page is not known here (known: ')],
    ['limit=10&__proto__=1', invalid('__proto__ is not known here')],
    ['limit=10&constructor=1', invalid('constructor is not known here')],
    ['limit[]=10', invalid('limit[] is not known here')],
  ];

  it.each(paging)('?%s of a list is refused', async (query, expected) => {
    expectError(await call('GET', `${ACCOUNTS}?${query}`), expected);
    const vendor = query.includes('vendor') ? '' : 'vendor=VMWARE&';
    expectError(await call('GET', `${RESOURCES}?${vendor}${query}`), expected);
  });

  it('of accounts has single, storable, short values', async () => {
    for (const field of ['account_id', 'account_name']) {
      const get = (value: string) => call('GET', `${ACCOUNTS}?limit=1&${field}=${value}`);
      expectError(await get('%00'), invalid(`${field} holds a character`));
      expectError(await get('x'.repeat(65)), invalid(new RegExp(`${field} must be .* 64 char`)));
      expectError(await get(`a&${field}=b`), invalid(`${field} must be a string`));
    }
  });

  const filters: [query: string, expected: ExpectedError][] = [
    ['', invalid('vendor is missing')],
    ['vendor=', invalid(VENDORS)],
    ['vendor=GCP', invalid(VENDORS)],
    ['vendor=VMWARE&vendor=AWS', invalid(VENDORS)],
    ['vendor=VMWARE&type=a&type=b', invalid('type must be a string')],
    ['vendor=VMWARE&type=%00', invalid('type holds a character')],
    ['vendor=VMWARE&types=a', invalid('types is not known here (known: ')],
    ['vendor=VMWARE&name_list[]=a', invalid('name_list[] is not known here')],
    ['vendor=VMWARE&name_list=a&name_list=%00', invalid('name_list.1 holds a character')],
    ...['name_list', 'resource_id_list', 'region_id_list'].map((list): [string, ExpectedError] => [
      `vendor=VMWARE&${`${list}=a&`.repeat(101)}`,
      invalid(`${list} must contain no more than 100 elements`),
    ]),
  ];

  it.each(filters)('?%.60s of resources is refused', async (query, expected) => {
    expectError(await call('GET', `${RESOURCES}?limit=5&${query}`), expected);
    expectError(await call('GET', `${COUNT}?${query}`), expected);
  });

  it('of a count has no paging', async () => {
    expectError(await call('GET', `${COUNT}?vendor=VMWARE&limit=5`), invalid('limit is not known here'));
  });
});

describe('a route', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/nope'],
    ['GET', '/v1'],
    ['GET', `/v2/vendor-account?limit=1`],
    ['GET', '/V1/vendor-account?limit=1'],
    ['GET', '//v1/vendor-account?limit=1'],
    ['PATCH', ACCOUNTS],
    ['PUT', ACCOUNTS],
    ['DELETE', ACCOUNTS],
    ['OPTIONS', ACCOUNTS],
    ['GET', `${ACCOUNTS}/${randomUUID()}`],
    ['POST', RESOURCES],
    ['POST', COUNT],
    ['DELETE', `${SYNC}/${randomUUID()}`],
    ['POST', '/healthz'],
    ['GET', '/docs/package.json'],
    ['GET', '/docs/..%2fpackage.json'],
  ])('%s %s does not exist', async (method, path) => {
    expectError(await call(method, path), NO_SUCH_API);
    expectError(await call(method, path, { apiKey: '' }), NO_SUCH_API);
  });

  it('is refused when it is no URL', async () => {
    const message = 'write special characters as %XX';
    for (const path of ['/%', `${ACCOUNTS}/%`, `${ACCOUNTS}/%ff`, `${SYNC}/%zz`]) {
      expectError(await call('GET', path), { status: 400, code: 'APIGW.0201', message });
    }
  });

  it('is refused when an id in it is endless', async () => {
    const answer = await call('DELETE', `${ACCOUNTS}/${'x'.repeat(5_000)}`);
    expectError(answer, { status: 414, code: 'APIGW.0201', message: 'too long' });
  });
});

describe('what is hardly HTTP', () => {
  it.each([
    ['another protocol', 'HELO there\r\n\r\n', 400, 'not an HTTP request'],
    ['a TLS greeting', '\x16\x03\x01\x02\0\x01\0', 400, 'not an HTTP request'],
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431, 'too large'],
  ])('is answered as any error: %s', async (_what, text, status, message) => {
    expectError(await sendText(muster.api.url, text), { status, code: 'APIGW.0201', message });
  });

  it('is answered as any error without a Host header', async () => {
    const withoutHost = 'GET /v1/vendor-account?limit=1 HTTP/1.1\r\nConnection: close\r\n\r\n';
    expectError(await sendText(muster.api.url, withoutHost), {
      status: 400,
      code: 'APIGW.0201',
      message: 'Host',
    });
  });

  it('may expect what nobody knows', async () => {
    const request = 'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nConnection: close\r\n\r\n';
    expect(await sendText(muster.api.url, request)).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('is no fault of ours when it breaks off within its body', async () => {
    const { hostname, port } = new URL(muster.api.url);
    const socket = connect(Number(port), hostname);
    const head = ['POST /v1/vendor-account HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
    const arrived = once(muster.api.app.getHttpServer(), 'request');
    socket.write([...head, 'Content-Length: 100', '', '{"vendor":'].join('\r\n'));
    const [request] = (await arrived) as [IncomingMessage];
    const closed = new Promise((resolve) => request.once('close', resolve));
    socket.destroy();
    await closed;
    await eventually('it is refused', () =>
      Promise.resolve(muster.logs.find((line) => line.includes('broke off') || line.includes('aborted'))),
    );
  });
});
