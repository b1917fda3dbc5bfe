import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { pathOf, queryOf, signRequest } from './sign-request.js';

const KEY = { accessKey: 'AKEXAMPLE0000000000A', secretKey: 'SKEXAMPLE00000000000000000000000000000000' };
const DOMAIN = '0123456789abcdef0123456789abcdef';

function signatureOf({ authorization = '' }: Readonly<Record<string, string>>): string {
  return authorization.replace(/^.* Signature=/, '');
}

/** What Huawei's own SDK signs. */
function signedBySdk(url: URL, headers: Record<string, string>): Record<string, string> {
  const queryParams: Record<string, string | string[]> = {};
  for (const name of url.searchParams.keys()) {
    const values = url.searchParams.getAll(name);
    queryParams[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  const request = {
    endpoint: url.origin + url.pathname,
    method: 'GET',
    queryParams,
    headers: { ...headers },
  };
  const credentials = new BasicCredentials({ ak: KEY.accessKey, sk: KEY.secretKey });
  return AKSKSigner.sign(request, credentials);
}

/** When it was signed. */
function timeOf(headers: Readonly<Record<string, string>>): Date {
  const date = headers['X-Sdk-Date'] ?? '';
  return new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

describe('signRequest', () => {
  const query = [
    ['limit', '200'],
    ['marker', 'a+b/c=='],
    ['type', 'ecs.cloudservers'],
  ] as const;
  const path = pathOf('v1', 'resource-manager', 'domains', DOMAIN, 'all-resources');
  const url = new URL(`https://rms.myhuaweicloud.com${path}?${queryOf(query)}`);
  const now = new Date('2026-01-02T03:04:05.678Z');

  it('signs as the SDK does, to the byte', () => {
    const plain = signRequest({ method: 'GET', url }, KEY, now);
    expect(plain['x-sdk-date']).toBe('20260102T030405Z');
    expect(signatureOf(plain)).toBe('4734c26265f60e7e1ac4d66056d792047371b0c8cd6691267d9ecb4c10a97abd');
    const headers = { 'content-type': 'application/json', 'x-domain-id': DOMAIN };
    const scoped = signRequest({ method: 'GET', url, headers }, KEY, now);
    expect(signatureOf(scoped)).toBe('7c1e471c4f58fa005fbdffca6d1af14bfcdab8352055c67cb7278276ae389a6c');
    expect(scoped['authorization']).toContain(
      'Access=AKEXAMPLE0000000000A, SignedHeaders=content-type;host;x-domain-id;x-sdk-date, ',
    );
  });

  it("signs a temporary key's token, as the SDK does", () => {
    const securityToken = 'gQpjbi1ub3J0aC00+/==';
    const theirs = signedBySdk(url, { 'X-Security-Token': securityToken });
    const ours = signRequest({ method: 'GET', url }, { ...KEY, securityToken }, timeOf(theirs));
    expect(ours['authorization']).toBe(theirs['Authorization']);
    expect(ours['x-security-token']).toBe(securityToken);
    expect(ours['authorization']).toContain('SignedHeaders=host;x-sdk-date;x-security-token, ');
  });

  it('signs a body as the Python client does, to the byte', () => {
    // A vector of docs/coc-contract.md: of its five the one whose client signs the same headers as we do.
    const headers = { 'user-agent': 'ua/1', 'x-domain-id': 'dom1' };
    const python = signRequest(
      {
        method: 'POST',
        url: new URL('http://127.0.0.1:8080/v1/multicloud-resources/sync'),
        headers: { ...headers, 'content-type': 'application/json;charset=utf-8' },
        body: '{"vendor": "HCS"}',
      },
      { accessKey: 'AKEXAMPLE', secretKey: 'SKEXAMPLE' },
      new Date('2026-01-01T00:00:00Z'),
    );
    expect(signatureOf(python)).toBe('c3d37a906dd3c7add359d94e6f52d34a206032d4590b3f11ef36233d8fe1f281');
  });

  it('signs whatever path, query and header as the SDK does', () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => text.toWellFormed());
    // The SDK encodes what is encoded in a path once more, so it is right for paths without escapes only.
    const segment = fc.stringMatching(/^[\w~-]{1,40}$/);
    // Clients differ in how they sort other names than of ASCII; no API has one.
    const name = fc.stringMatching(/^[ -~]{1,20}$/).filter((text) => text !== '__proto__');
    const pairs = fc.uniqueArray(fc.tuple(name, word), { selector: ([first]) => first });
    fc.assert(
      fc.property(
        fc.array(segment),
        pairs,
        fc.stringMatching(/^[\w-]{1,20}$/),
        (segments, parameters, id) => {
          const any = new URL(`https://ecs.example.com${pathOf('v1', ...segments)}?${queryOf(parameters)}`);
          const theirs = signedBySdk(any, { 'X-Project-Id': id });
          const request = { method: 'GET', url: any, headers: { 'x-project-id': id } };
          const ours = signRequest(request, KEY, timeOf(theirs));
          expect(ours['authorization']).toBe(theirs['Authorization']);
        },
      ),
    );
  });
});

describe('queryOf', () => {
  it('writes what URL reads as it was, and no character that is read in two ways', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (parameters) => {
        const written = queryOf(parameters);
        expect(written).toMatch(/^[\w\-.~%=&]*$/);
        expect([...new URL(`https://a.example/?${written}`).searchParams]).toEqual(parameters);
      }),
    );
  });
});
