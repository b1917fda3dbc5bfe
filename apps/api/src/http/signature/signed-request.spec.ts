import { createHash, createHmac } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { canonicalPath, canonicalQueries } from './canonical-request.js';
import { ReceivedHeaders } from './received-headers.js';
import { SignatureError } from './signature-error.js';
import { parseSignedAuthorization } from './signed-authorization.js';
import {
  isSignedWith,
  MAX_CLOCK_SKEW_MS,
  readSignedRequest,
  type ReceivedRequest,
} from './signed-request.js';

const SECRET_KEY = 'SKEXAMPLE';
const DATE = '20260101T000000Z';
const NOW = new Date('2026-01-01T00:00:00Z');
const EMPTY = Buffer.alloc(0);

type Headers = Record<string, string>;

const IDENTITY: Headers = { Host: '127.0.0.1:8080', 'User-Agent': 'ua/1', 'X-Sdk-Date': DATE };
const WITH_DOMAIN: Headers = { ...IDENTITY, 'X-Domain-Id': 'dom1' };
const FILTERS = { resource_id_list: ['b', 'a'], vendor: 'AWS', name_list: '名 a+b~/*' };

/** The contract's: made by the named client's own signer. */
interface Vector {
  client: string;
  request: Omit<ReceivedRequest, 'headers'>;
  headers: Headers;
  signedHeaders: string;
  signature: string;
}

const VECTORS: Vector[] = [
  {
    client: 'Python',
    request: {
      method: 'POST',
      path: '/v1/multicloud-resources/sync',
      query: {},
      body: Buffer.from('{"vendor": "HCS"}'),
    },
    headers: { ...WITH_DOMAIN, 'Content-Type': 'application/json;charset=utf-8' },
    signedHeaders: 'content-type;host;user-agent;x-domain-id;x-sdk-date',
    signature: 'c3d37a906dd3c7add359d94e6f52d34a206032d4590b3f11ef36233d8fe1f281',
  },
  {
    client: 'Go',
    request: { method: 'GET', path: '/v1/multicloud-resources/count', query: FILTERS, body: EMPTY },
    headers: WITH_DOMAIN,
    signedHeaders: 'user-agent;x-domain-id;x-sdk-date',
    signature: '68265f6dd675e2cd7bcabf1045fbf0ff59b05c3cb20fbebaf292d0440047be53',
  },
  {
    client: 'Java',
    request: { method: 'GET', path: '/v1/multicloud-resources/count', query: FILTERS, body: EMPTY },
    headers: WITH_DOMAIN,
    signedHeaders: 'host;user-agent;x-domain-id;x-sdk-date',
    signature: 'bae09591b768070d7b5dbfeb6265bbf0826d4077960be3110360111b03bf3337',
  },
  {
    client: 'Terraform',
    request: {
      method: 'POST',
      path: '/v1/vendor-account',
      query: {},
      body: Buffer.from('{"account_id":"a","account_name":"n","ak":"k","sk":"s","vendor":"HCS"}\n'),
    },
    headers: { ...IDENTITY, Accept: 'application/json', 'Content-Type': 'application/json' },
    signedHeaders: 'accept;content-type;user-agent;x-sdk-date',
    signature: 'd975fc87dcf1803c0819157808dff7d476fc60da75f72e1c862640c93920279a',
  },
  {
    client: 'Go, with an empty value',
    request: {
      method: 'GET',
      path: '/v1/vendor-account',
      query: { limit: '10', marker: '' },
      body: EMPTY,
    },
    headers: WITH_DOMAIN,
    signedHeaders: 'user-agent;x-domain-id;x-sdk-date',
    signature: '05031c3555733bae28b8c6397ca6f0af481bb3c20bf4720aff4f5e8511694a72',
  },
];

const rawOf = (headers: Headers) => Object.entries(headers).flat();

function check(
  vector: Vector,
  changes: Partial<ReceivedRequest> = {},
  { now = NOW, secretKey = SECRET_KEY } = {},
): boolean {
  const { request, headers, signedHeaders, signature } = vector;
  const authorization = parseSignedAuthorization(
    `SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  );
  const received = { ...request, headers: new ReceivedHeaders(rawOf(headers)), ...changes };
  return isSignedWith(readSignedRequest(received, authorization, now), secretKey);
}

/** What {@link check} says, with a refusal for no. */
function accepts(...parameters: Parameters<typeof check>): boolean {
  try {
    return check(...parameters);
  } catch (error) {
    expect(error).toBeInstanceOf(SignatureError);
    return false;
  }
}

describe.each(VECTORS)('a request signed by $client', (vector) => {
  const { request, headers, signedHeaders, signature } = vector;

  it('is accepted with its secret key, and no other', () => {
    expect(check(vector)).toBe(true);
    for (const secretKey of ['', 'skexample', 'SKEXAMPLE ', 'AKEXAMPLE']) {
      expect(check(vector, {}, { secretKey })).toBe(false);
    }
  });

  it('is refused with any digit of the signature changed', () => {
    for (let at = 0; at < signature.length; at += 1) {
      const other = signature[at] === '0' ? '1' : '0';
      expect(check({ ...vector, signature: signature.slice(0, at) + other + signature.slice(at + 1) })).toBe(
        false,
      );
    }
  });

  it('is refused with another method, path, query or body', () => {
    for (const changes of [
      { method: request.method === 'GET' ? 'DELETE' : 'PUT' },
      { path: `${request.path}/x` },
      { path: `/${request.path}` },
      { path: request.path.replace('/v1/', '/v1//') },
      { path: request.path.replace('/v1/', '/V1/') },
      { path: request.path.replace('v1', '%761') },
      { path: request.path.replace('/v1/', '/v1%2F') },
      { path: request.path.replace('-', '%2d') },
      { query: { ...request.query, force: 'true' } },
      { query: { ...request.query, limit: '11' } },
      { body: Buffer.concat([request.body, Buffer.from(' ')]) },
      { body: Buffer.from('{"vendor": "AWS"}') },
    ]) {
      expect([changes, accepts(vector, changes)]).toEqual([changes, false]);
    }
  });

  it('is refused with any signed header changed, missing or there twice', () => {
    for (const name of signedHeaders.split(';')) {
      const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name)!;
      const { [key]: value = '', ...others } = headers;
      const changed = key === 'X-Sdk-Date' ? '20260101T000001Z' : `${value}x`;
      expect([name, accepts({ ...vector, headers: { ...others, [key]: changed } })]).toEqual([name, false]);
      expect([name, accepts({ ...vector, headers: others })]).toEqual([name, false]);
      for (const twice of [value, 'other']) {
        const received = new ReceivedHeaders([...rawOf(headers), name.toUpperCase(), twice]);
        expect(() => check(vector, { headers: received })).toThrow(`the header ${name} is there 2 times`);
      }
    }
  });

  it('is refused with another list of signed headers', () => {
    const names = signedHeaders.split(';');
    const lists = [[...names].reverse(), [...names, 'x-sdk-date-2'], names.slice(1)];
    for (const list of lists.filter((each) => each.includes('x-sdk-date') && each.length > 0)) {
      expect([list, accepts({ ...vector, signedHeaders: list.join(';') })]).toEqual([list, false]);
    }
  });

  it('cares for no other header, and for no white space around a value', () => {
    const spaced = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, ` ${value}\t`]));
    expect(check({ ...vector, headers: { ...spaced, 'X-Project-Id': 'p', Connection: 'close' } })).toBe(true);
  });

  it('is accepted for a quarter of an hour, on either side', () => {
    const at = (offsetMs: number) => ({ now: new Date(NOW.getTime() + offsetMs) });
    for (const offset of [-MAX_CLOCK_SKEW_MS, -1_000, 1_000, MAX_CLOCK_SKEW_MS]) {
      expect(check(vector, {}, at(offset))).toBe(true);
    }
    for (const offset of [-MAX_CLOCK_SKEW_MS - 1, MAX_CLOCK_SKEW_MS + 1, 86_400_000]) {
      expect(() => check(vector, {}, at(offset))).toThrow(
        'signature expired; X-Sdk-Date is 20260101T000000Z',
      );
    }
  });
});

describe('the values of a repeated name', () => {
  const [, go, java] = VECTORS as [Vector, Vector, Vector];
  const sent = (values: string[]) => ({ query: { ...FILTERS, resource_id_list: values } });

  it('may have been signed in order, or as they were sent', () => {
    expect(check(go, sent(['b', 'a']))).toBe(true);
    expect(check(go, sent(['a', 'b']))).toBe(true);
    expect(check(java, sent(['b', 'a']))).toBe(true);
  });

  it('are refused in another order than they were signed in', () => {
    expect(check(java, sent(['a', 'b']))).toBe(false);
  });

  it('are refused when one moves to another name, or is there once more', () => {
    expect(check(go, { query: { ...FILTERS, resource_id_list: 'b', vendor: ['AWS', 'a'] } })).toBe(false);
    expect(check(go, sent(['b', 'a', 'a']))).toBe(false);
  });

  it('make two candidates at most', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.array(fc.string()))), (query) => {
        const queries = canonicalQueries(query);
        expect([1, 2]).toContain(queries.length);
        for (const text of queries) expect(text).toMatch(/^[A-Za-z0-9\-._~%=&]*$/);
      }),
    );
  });
});

describe('the body', () => {
  const [python, go] = VECTORS as [Vector, Vector];
  const sha256 = (body: Uint8Array) => createHash('sha256').update(body).digest('hex');
  const declaring = (vector: Vector, hash: string) => ({
    ...vector,
    headers: { ...vector.headers, 'X-Sdk-Content-Sha256': hash },
  });

  it('may be declared by its hash, and by no other', () => {
    expect(check(declaring(python, sha256(python.request.body)))).toBe(true);
    for (const hash of [sha256(EMPTY), sha256(python.request.body).toUpperCase(), '', 'x']) {
      expect(() => check(declaring(python, hash))).toThrow('the body is not that of X-Sdk-Content-Sha256');
    }
  });

  it('may be declared unsigned only where there is none', () => {
    expect(() => check(declaring(python, 'UNSIGNED-PAYLOAD'))).toThrow('UNSIGNED-PAYLOAD: sign the body');
    // No client of the vectors sends it, so the signature is made here, by the guide's steps.
    const { path } = go.request;
    const canonical = [
      'DELETE',
      `${path}/`,
      '',
      `x-sdk-date:${DATE}\n`,
      'x-sdk-date',
      'UNSIGNED-PAYLOAD',
    ].join('\n');
    const text = `SDK-HMAC-SHA256\n${DATE}\n${sha256(Buffer.from(canonical))}`;
    const signature = createHmac('sha256', SECRET_KEY).update(text).digest('hex');
    const request = { method: 'DELETE', path, query: {}, body: EMPTY };
    const signed = declaring({ ...go, request, signedHeaders: 'x-sdk-date', signature }, 'UNSIGNED-PAYLOAD');
    expect(check(signed)).toBe(true);
    expect(() => check(signed, { body: Buffer.from('{}') })).toThrow('sign the body');
  });
});

describe('canonicalPath', () => {
  it.each([
    ['/v1/vendor-account', '/v1/vendor-account/'],
    ['/v1/vendor-account/', '/v1/vendor-account/'],
    ['/v1/vendor-account/a+b', '/v1/vendor-account/a%2Bb/'],
    ['/v1/vendor-account/a%2fb', '/v1/vendor-account/a%2Fb/'],
    ['/v1/vendor-account/a%2526', '/v1/vendor-account/a%2526/'],
    ['/v1/vendor-account/%E5%90%8D!*', '/v1/vendor-account/%E5%90%8D%21%2A/'],
    ['//v1', '//v1/'],
    ['/', '/'],
  ])('of %s is %s', (path, expected) => {
    expect(canonicalPath(path)).toBe(expected);
  });

  it.each(['/%76', '/a%2Db', '/%2e%2e/', '/%7E', '/%41'])('refuses %s, a path in disguise', (path) => {
    expect(() => canonicalPath(path)).toThrow('for a character that is written as it is');
  });

  it.each(['/%', '/%zz', '/%ff', '/%E5%90'])('refuses %s, which is no path', (path) => {
    expect(() => canonicalPath(path)).toThrow('the path is not valid');
  });

  it('is the same for a path that is canonical already', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (parts) => {
        const path = `/${parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`;
        const canonical = canonicalPath(path);
        expect(canonicalPath(canonical)).toBe(canonical);
      }),
    );
  });
});

describe('a date', () => {
  const [vector] = VECTORS as [Vector];

  it.each([
    '',
    '2026-01-01T00:00:00Z',
    '20260101T000000',
    '20260101T000000z',
    '20260231T000000Z',
    '20260101T240000Z',
    '20260101T006000Z',
    '99999999T999999Z',
    '00260101T000000Z',
    '20260101T000000Z, 20260101T000000Z',
  ])('"%s" is refused', (date) => {
    expect(() => check({ ...vector, headers: { ...vector.headers, 'X-Sdk-Date': date } })).toThrow(
      'X-Sdk-Date must be the time in UTC',
    );
  });
});

describe('parseSignedAuthorization', () => {
  const signature = '0'.repeat(64);
  const FORM = 'Authorization must be SDK-HMAC-SHA256 Access=<AK>';

  it('reads what clients send', () => {
    const read = parseSignedAuthorization(
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date, Signature=${signature}`,
    );
    expect(read).toEqual({
      accessKey: 'AK',
      signedHeaders: ['host', 'x-sdk-date'],
      signature: Buffer.alloc(32),
    });
  });

  it.each([
    ['nothing', 'SDK-HMAC-SHA256', FORM],
    ['no access key', `SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=${signature}`, FORM],
    ['no names', `SDK-HMAC-SHA256 Access=AK, SignedHeaders=, Signature=${signature}`, FORM],
    ['an empty name', `SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date;, Signature=${signature}`, FORM],
    ['a short signature', `SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=00`, FORM],
    [
      'large digits',
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=${'A'.repeat(64)}`,
      FORM,
    ],
    [
      'more behind it',
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=${signature}, x=1`,
      FORM,
    ],
    [
      'a name in capitals',
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=X-Sdk-Date, Signature=${signature}`,
      'names of headers in lower case',
    ],
    [
      'a name twice',
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=host;x-sdk-date;host, Signature=${signature}`,
      'names a header twice',
    ],
    [
      'no date among the names',
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=${signature}`,
      'SignedHeaders must have x-sdk-date',
    ],
    [
      'another algorithm',
      `SDK-HMAC-SM3 Access=AK, SignedHeaders=x-sdk-date, Signature=${signature}`,
      'the algorithm SDK-HMAC-SM3 is not supported',
    ],
    [
      'a derived key',
      `V11-HMAC-SHA256 Credential=AK/20260101/cn/coc, SignedHeaders=x-sdk-date, Signature=${signature}`,
      'the algorithm V11-HMAC-SHA256 is not supported',
    ],
  ])('refuses %s', (_what, authorization, message) => {
    expect(() => parseSignedAuthorization(authorization)).toThrow(SignatureError);
    expect(() => parseSignedAuthorization(authorization)).toThrow(message);
  });

  it('reads or refuses anything, and repeats little of it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 200 }), (rest, access) => {
        try {
          parseSignedAuthorization(`SDK-${access} ${rest}`);
        } catch (error) {
          expect(error).toBeInstanceOf(SignatureError);
          expect((error as Error).message.length).toBeLessThan(150);
        }
      }),
    );
  });
});
