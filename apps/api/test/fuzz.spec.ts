import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { expectErrorShape } from './support/expect-error.js';
import { vmwareAccount } from './support/vmware-account.js';

/** A few hundred requests to each endpoint, within a bounded time on a slow machine. */
const RUNS = { numRuns: 250, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false };

const VENDORS = ['VMWARE', 'AWS', 'RMS', 'vmware', ''];
const FIELDS = ['vendor', 'account_id', 'account_name', 'ak', 'sk', 'settings'];
const PARAMETERS = [
  'vendor',
  'limit',
  'offset',
  'marker',
  'type',
  'account_id',
  'account_name',
  'name_list',
  'resource_id_list',
  'region_id_list',
];

let muster: TestMuster;
let accountId: string;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  accountId = await muster.addAccount(vmwareAccount('there'));
});

afterAll(async () => {
  expect(muster.logs.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  await muster.close();
});

/** Text of all kinds, half surrogate pairs and NUL included, and what often goes wrong. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    'there',
    '\0',
    '__proto__',
    'constructor',
    "' OR 1=1 --",
    '%',
    '\ud800',
    '${x}',
    '../..',
  ),
  fc.uuid(),
);
const wholeNumber = fc.oneof(fc.integer(), fc.constantFrom(0, 1, 500, 501, 2 ** 31, -1)).map(String);
const json = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.jsonValue({ maxDepth: 12, noUnicodeString: false }),
  fc.constantFrom(null, true, 0, [], {}),
);
const settings = fc.oneof(
  json,
  fc.record(
    {
      endpoint: fc.oneof(text, fc.webUrl()),
      tls_verify: json,
      tls_ca_pem: json,
      tls_fingerprint_sha256: json,
    },
    { requiredKeys: [] },
  ),
);

/** A body that is nearly right: some fields are as they should be, some are not, some are not there. */
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.subarray(FIELDS),
        fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), text), json, { maxKeys: 3 }),
        settings,
        fc.boolean(),
      )
      .map(([kept, changes, changed, withSettings]) => ({
        ...Object.fromEntries(Object.entries(vmwareAccount('there')).filter(([name]) => kept.includes(name))),
        ...(withSettings ? { settings: changed } : {}),
        ...changes,
      })),
  },
  { weight: 1, arbitrary: json },
);
/** As JSON, cut off or garbled now and then. */
const sentBody = fc.oneof(
  { weight: 5, arbitrary: body.map((value) => JSON.stringify(value)) },
  {
    weight: 1,
    arbitrary: fc.tuple(body, fc.nat(60)).map(([value, at]) => JSON.stringify(value).slice(0, at)),
  },
  { weight: 1, arbitrary: text },
);

const parameter = fc.tuple(
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...PARAMETERS) }, { weight: 1, arbitrary: text }),
  fc.oneof(text, wholeNumber, fc.constantFrom(...VENDORS)),
);
/** Raw bytes as well as proper encoding, values that are missing, and names that are repeated. */
const query = fc
  .tuple(
    fc.constantFrom('vendor=VMWARE&limit=5&', 'vendor=VMWARE&', 'limit=5&', ''),
    fc.array(
      fc.oneof(
        { weight: 4, arbitrary: parameter.map(([name, value]) => `${encode(name)}=${encode(value)}`) },
        { weight: 1, arbitrary: parameter.map(([name]) => encode(name)) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('%', '%ff=%fe', '&&', '=', 'a[b]=c', 'limit[$gt]=1', '%00=%00'),
        },
      ),
      { maxLength: 5 },
    ),
  )
  .map(([start, parts]) => start + parts.join('&'));
const id = fc
  .oneof(text, fc.uuid(), fc.constantFrom('.', '..', '%00', 'there'))
  .map((value) => encode(value));

function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** Success with data, or a refusal of COC's shape: never a fault of ours. */
function expectAnswer(answer: Answer): void {
  if (answer.status === 200) {
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(['data']).toEqual(
      expect.arrayContaining(Object.keys(answer.body).filter((name) => name !== 'total')),
    );
    expect(answer.body).toHaveProperty('data');
    expect(answer.body['data']).not.toBeNull();
  } else {
    expectErrorShape(answer);
    expect(answer.status).toBeLessThan(500);
  }
}

describe('whatever is sent, the answer is data or an error that blames the request', () => {
  it.each([
    ['POST', '/v1/vendor-account'],
    ['POST', '/v1/multicloud-resources/sync'],
    ['PUT', '/v1/vendor-account/ID'],
  ])('%s %s', async (method, path) => {
    await fc.assert(
      fc.asyncProperty(sentBody, async (sent) => {
        expectAnswer(await muster.call(method, path.replace('ID', accountId), { body: sent }));
      }),
      RUNS,
    );
  });

  it.each(['/v1/vendor-account', '/v1/multicloud-resources', '/v1/multicloud-resources/count'])(
    'GET %s',
    async (path) => {
      await fc.assert(
        fc.asyncProperty(query, async (sent) => {
          expectAnswer(await muster.call('GET', `${path}?${sent}`));
        }),
        RUNS,
      );
    },
  );

  it.each([
    ['GET', '/v1/multicloud-resources/'],
    ['GET', '/v1/multicloud-resources/sync/'],
    ['DELETE', '/v1/vendor-account/'],
    ['PUT', '/v1/vendor-account/'],
  ])('%s %sID', async (method, path) => {
    await fc.assert(
      fc.asyncProperty(id, async (sent) => {
        expectAnswer(await muster.call(method, path + sent, method === 'PUT' ? { body: {} } : {}));
      }),
      RUNS,
    );
  });

  it('with any headers', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
      fc.constantFrom('application/json', 'application/json;charset=utf8', 'text/plain', 'gzip', '*/*'),
    );
    const headers = fc.record(
      {
        'content-type': value,
        accept: value,
        'accept-encoding': value,
        'content-encoding': value,
        'x-request-id': value,
        authorization: value,
        cookie: value,
        'x-forwarded-for': value,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(headers, async (sent) => {
        const options = { headers: sent, body: { vendor: 'VMWARE' } };
        expectAnswer(await muster.call('POST', '/v1/multicloud-resources/sync', options));
        expectAnswer(await muster.call('GET', '/v1/vendor-account?limit=1', { headers: sent }));
      }),
      RUNS,
    );
  });
});
