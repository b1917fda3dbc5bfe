import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { TestMuster } from '../../../test/support/test-muster.js';

const GOLDEN_FILE = join(import.meta.dirname, '../../../docs/openapi.json');
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = Record<string, Json>;

let muster: TestMuster;
let description: JsonObject;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  description = (await muster.call('GET', '/openapi.json', { apiKey: '' })).body as JsonObject;
});

afterAll(() => muster.close());

interface Operation {
  name: string;
  path: string;
  method: string;
  value: JsonObject;
}

const linesOf = (text: string) => text.trimEnd().split(/\r?\n/);
const objectOf = (value: Json | undefined) => (value ?? {}) as JsonObject;
const listOf = (value: Json | undefined) => (value ?? []) as JsonObject[];

function operations(): Operation[] {
  return Object.entries(objectOf(description['paths'])).flatMap(([path, item]) =>
    Object.entries(objectOf(item)).map(([method, value]) => ({
      name: `${method} ${path}`,
      path,
      method,
      value: objectOf(value),
    })),
  );
}

/** Every object in a document, and where it is. */
function* objectsIn(value: Json, at = '#'): Generator<[at: string, object: JsonObject]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value];
  for (const [name, child] of Object.entries(value)) yield* objectsIn(child, `${at}/${name}`);
}

function resolve(reference: string): Json | undefined {
  let value: Json | undefined = description;
  for (const name of reference.replace(/^#\//, '').split('/')) value = objectOf(value)[name];
  return value;
}

describe('/openapi.json', () => {
  it('has what OpenAPI 3.0 asks for at the top', () => {
    expect(description).toMatchObject({
      openapi: expect.stringMatching(/^3\.0\.\d+$/),
      info: { title: 'Muster', version: expect.any(String), description: expect.any(String) },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          signature: { type: 'apiKey', in: 'header', name: 'Authorization' },
          token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
        },
      },
    });
    const known = ['openapi', 'info', 'servers', 'paths', 'components', 'security', 'tags', 'externalDocs'];
    expect(Object.keys(description).filter((field) => !known.includes(field))).toEqual([]);
  });

  it('refers to nothing that is not there', () => {
    const references = [...objectsIn(description)].flatMap(([, { $ref }]) =>
      typeof $ref === 'string' ? $ref : [],
    );
    expect(references.length).toBeGreaterThan(5);
    expect(references.filter((reference) => resolve(reference) === undefined)).toEqual([]);
  });

  it('types every schema', () => {
    const schemas = Object.entries(objectOf(objectOf(description['components'])['schemas']));
    for (const [name, schema] of schemas) {
      const { type, properties, required } = objectOf(schema);
      expect([name, type]).toEqual([name, 'object']);
      const fields = Object.entries(objectOf(properties));
      const untyped = fields.filter(([, field]) => {
        const { type: fieldType, $ref, allOf } = objectOf(field);
        return fieldType === undefined && $ref === undefined && allOf === undefined;
      });
      expect([name, untyped]).toEqual([name, []]);
      const names = fields.map(([field]) => field);
      expect([name, names]).toEqual([name, expect.arrayContaining((required ?? []) as Json[])]);
    }
    const types = ['string', 'number', 'integer', 'boolean', 'array', 'object', undefined];
    const wrong = [...objectsIn(description)].filter(
      ([at, { type }]) => /\/(schema|items|properties\/[^/]+)$/.test(at) && !types.includes(type as string),
    );
    expect(wrong).toEqual([]);
  });

  it('describes every operation whole', () => {
    for (const { name, path, method, value } of operations()) {
      expect([name, METHODS.includes(method)]).toEqual([name, true]);
      expect([name, value['summary']]).toEqual([name, expect.any(String)]);
      expect([name, value['operationId']]).toEqual([name, expect.any(String)]);
      const responses = objectOf(value['responses']);
      const success = name === 'post /v3/auth/tokens' ? '201' : '200';
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining([success, 'default'])]);
      for (const response of Object.values(responses)) {
        expect(objectOf(response)['description']).toEqual(expect.any(String));
      }
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const declared = listOf(value['parameters']).filter((parameter) => parameter['in'] === 'path');
      expect([name, declared.map((parameter) => parameter['name'])]).toEqual([name, inPath]);
      expect(declared.every(({ required }) => required === true)).toBe(true);
    }
    const ids = operations().map(({ value }) => value['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('offers an Idempotency-Key for every POST of a known caller, and for nothing else', () => {
    const withKey = operations().filter(({ value }) =>
      listOf(value['parameters']).some((parameter) => parameter['name'] === 'Idempotency-Key'),
    );
    expect(withKey.length).toBeGreaterThan(0);
    expect(withKey).toEqual(
      operations().filter(({ method, value }) => method === 'post' && value['security'] !== undefined),
    );
    for (const { value } of withKey) expect(objectOf(value['responses'])).toHaveProperty('422');
  });

  it('says which operations need a key, and that is what they do', async () => {
    for (const { name, path, method, value } of operations()) {
      const { status } = await muster.call(method.toUpperCase(), path.replace(/\{\w+\}/, 'x'), {
        apiKey: '',
      });
      expect([name, status === 401]).toEqual([name, value['security'] !== undefined]);
      if (status !== 401) continue;
      const schemes = Object.keys(objectOf(objectOf(description['components'])['securitySchemes']));
      const either = listOf(value['security']).flatMap((requirement) => Object.keys(requirement));
      expect([name, either.sort()]).toEqual([name, schemes.sort()]);
    }
  });

  it('has all of COC’s operations under COC’s names', () => {
    expect(operations().map(({ value, name }) => `${value['operationId'] as string}: ${name}`)).toEqual(
      expect.arrayContaining([
        'CreateVendorAccount: post /v1/vendor-account',
        'ListVendorAccount: get /v1/vendor-account',
        'UpdateVendorAccount: put /v1/vendor-account/{id}',
        'DeleteVendorAccount: delete /v1/vendor-account/{id}',
        'SyncMultiCloudResource: post /v1/multicloud-resources/sync',
        'ListMultiCloudResources: get /v1/multicloud-resources',
        'CountMultiCloudResources: get /v1/multicloud-resources/count',
      ]),
    );
  });

  it('is what docs/openapi.json says', async () => {
    const text = `${JSON.stringify(description, null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN_FILE, text);
    const golden = await readFile(GOLDEN_FILE, 'utf8').catch(() => '');
    const [now, before] = [linesOf(text), linesOf(golden)];
    const at = now.findIndex((line, index) => line !== before[index]);
    if (at === -1 && now.length === before.length) return;
    const difference = `line ${String(at + 1)} is "${before[at] ?? ''}" and would become "${now[at] ?? ''}"`;
    throw new Error(`docs/openapi.json is not what the API says of itself: ${difference}.
      If the change is meant: UPDATE_GOLDEN=1 npm test -- apps/api/test/openapi.spec.ts, and commit the file.`);
  });
});

describe('/docs', () => {
  it('is a page that loads only what is served here', async () => {
    const page = await fetch(`${muster.api.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(assets.length).toBeGreaterThanOrEqual(3);
    for (const asset of [...assets, 'openapi.json']) {
      const response = await fetch(new URL(asset, page.url));
      expect([asset, response.status]).toEqual([asset, 200]);
      expect(new URL(response.url).origin).toBe(new URL(muster.api.url).origin);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
    expect(html).toContain("url: 'openapi.json'");
  });

  it.each([
    ['swagger-ui.css', 'text/css; charset=utf-8'],
    ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['favicon-32x32.png', 'image/png'],
  ])('serves %s as %s', async (asset, type) => {
    const response = await fetch(`${muster.api.url}/docs/${asset}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    // An answer that nobody reads keeps its connection, and so the server, from closing.
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
  });
});
