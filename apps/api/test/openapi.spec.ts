import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { VENDOR_CATALOG } from '#vendors/catalog';

import { TestMuster } from '../../../test/support/test-muster.js';

const ROOT = join(import.meta.dirname, '../../..');
const DOCUMENT = 'docs/openapi.json';
const CLIENT_TYPES = 'libs/client/src/schema.ts';
/** Types of the whole API, in bytes. */
const MAX_TYPES_BYTES = 16 * 1024 * 1024;
/** Its types say that the module is the function, which Node wraps into an object. */
const formats = addFormats as unknown as typeof addFormats.default;
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

function follow(value: Json | undefined): JsonObject {
  const { $ref } = objectOf(value);
  return objectOf(typeof $ref === 'string' ? resolve($ref) : value);
}

describe('/openapi.json', () => {
  it('is valid by the official schema of OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(description))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has schemas that are valid by JSON Schema 2020-12, with nothing in them that it does not know', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
    formats(ajv);
    ajv.addSchema({ $id: 'muster:api', ...description }, undefined, false, false);
    ajv.addVocabulary(['openapi', 'info', 'servers', 'paths', 'components', 'tags']);
    const schemas = Object.keys(objectOf(objectOf(description['components'])['schemas']));
    expect(schemas.length).toBeGreaterThan(40);
    for (const name of schemas) {
      expect(ajv.getSchema(`muster:api#/components/schemas/${name}`)).toEqual(expect.any(Function));
    }
  });

  it('has what a reader wants to know at the top', () => {
    expect(description).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d+$/),
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
      if (name === 'AnyJson') continue;
      const { type, properties } = objectOf(schema);
      expect([name, type]).toEqual([name, 'object']);
      const untyped = Object.entries(objectOf(properties)).filter(
        ([, field]) => !['type', '$ref', 'allOf', 'anyOf'].some((keyword) => keyword in objectOf(field)),
      );
      expect([name, untyped]).toEqual([name, []]);
    }
  });

  it('says null by a type, and numbers that are whole by integer', () => {
    const objects = [...objectsIn(description)];
    expect(objects.filter(([, object]) => 'nullable' in object || 'example' in object)).toEqual([]);
    expect(objects.filter(([, { type }]) => type === 'number')).toEqual([]);
    const nullable = objects.filter(([, { type }]) => Array.isArray(type) && type.includes('null'));
    expect(nullable.length).toBeGreaterThan(20);
  });

  it('refuses unknown fields of requests, and lets answers grow', () => {
    const schemaOf = (name: string) =>
      objectOf(objectOf(objectOf(description['components'])['schemas'])[name]);
    for (const name of ['CreateAccount', 'UpdateAccount', 'RequestSync', 'DecidePrune', 'Named']) {
      expect([name, schemaOf(name)['additionalProperties']]).toEqual([name, false]);
    }
    expect(schemaOf('SyncTask')).not.toHaveProperty('additionalProperties');
  });

  it('describes the settings of every vendor by the rules that check them', () => {
    for (const { settings } of VENDOR_CATALOG) {
      const schema = objectOf(objectOf(objectOf(description['components'])['schemas'])[settings.name]);
      expect(schema).toMatchObject({
        additionalProperties: false,
        properties: { api_quota_percent: { type: ['integer', 'null'], minimum: 1, maximum: 100 } },
      });
    }
    expect(resolve('#/components/schemas/VmwareSettings/properties')).toMatchObject({
      endpoint: { type: 'string', maxLength: 2048 },
      tls_fingerprint_sha256: { type: ['string', 'null'], pattern: expect.any(String) },
      tls_verify: { type: ['boolean', 'null'] },
      regions: { type: ['array', 'null'], items: { type: 'string' }, minItems: 1, uniqueItems: true },
      resource_types: {
        type: ['object', 'null'],
        additionalProperties: false,
        required: [],
        properties: { exclude: { type: ['array', 'null'], items: { type: 'string' } } },
      },
    });
    expect(resolve('#/components/schemas/VmwareSettings/required')).toEqual(['endpoint']);
  });

  it('describes every operation whole', () => {
    for (const { name, path, method, value } of operations()) {
      expect([name, METHODS.includes(method)]).toEqual([name, true]);
      expect([name, value['summary']]).toEqual([name, expect.any(String)]);
      expect([name, value['operationId']]).toEqual([name, expect.any(String)]);
      const responses = objectOf(value['responses']);
      const success = name === 'post /v3/auth/tokens' ? '201' : '200';
      const everywhere = [success, '400', '408', '413', '415', '431', '500'];
      expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(everywhere)]);
      for (const [status, response] of Object.entries(responses)) {
        const { description: text, headers, content } = follow(response);
        expect([name, status, text]).toEqual([name, status, expect.any(String)]);
        expect([name, status, Object.keys(objectOf(headers))]).toEqual([
          name,
          status,
          expect.arrayContaining(['X-Request-Id']),
        ]);
        const types = ['204', '304'].includes(status) ? [] : ['application/json'];
        if (status === '200' && name.endsWith('/events')) types.push('text/event-stream');
        expect([name, status, Object.keys(objectOf(content))]).toEqual([name, status, types]);
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
      listOf(value['parameters']).some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey'),
    );
    expect(withKey.length).toBeGreaterThan(0);
    expect(withKey).toEqual(
      operations().filter(({ method, value }) => method === 'post' && value['security'] !== undefined),
    );
    for (const { value } of withKey) {
      expect(Object.keys(objectOf(value['responses']))).toEqual(expect.arrayContaining(['409', '422']));
    }
  });

  it('says which operations need a key, and that is what they do', async () => {
    for (const { name, path, method, value } of operations()) {
      expect([name, '403' in objectOf(value['responses'])]).toEqual([name, 'x-required-action' in value]);
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
    await expectGolden(DOCUMENT, `${JSON.stringify(description, null, 2)}\n`);
  });

  it("is what the client's types are made of", async () => {
    const generator = join(ROOT, 'node_modules/openapi-typescript/bin/cli.js');
    const { stdout } = await promisify(execFile)(process.execPath, [generator, DOCUMENT], {
      cwd: ROOT,
      maxBuffer: MAX_TYPES_BYTES,
    });
    expect(stdout).toContain('export interface paths');
    await expectGolden(CLIENT_TYPES, stdout);
  });
});

/** Compares a committed file with what it would be if it were made now, or makes it. */
async function expectGolden(file: string, text: string): Promise<void> {
  const path = join(ROOT, file);
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(path, text);
  const golden = await readFile(path, 'utf8').catch(() => '');
  const [now, before] = [linesOf(text), linesOf(golden)];
  const at = now.findIndex((line, index) => line !== before[index]);
  if (at === -1 && now.length === before.length) return;
  const difference = `line ${String(at + 1)} is "${before[at] ?? ''}" and would become "${now[at] ?? ''}"`;
  throw new Error(`${file} is not what the API says of itself: ${difference}.
    If the change is meant: UPDATE_GOLDEN=1 npm test -- apps/api/test/openapi.spec.ts, and commit the files.`);
}

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
    // By default Swagger UI asks a service in the Internet whether a document is valid.
    expect(html).toContain('validatorUrl: null');
    expect(html).not.toMatch(/https?:/);
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
