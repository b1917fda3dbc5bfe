import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { dump } from 'js-yaml';

import { connectorProblems } from './document/check-connector.js';
import { OtherSettings } from './settings.js';

const STREAM = {
  name: 'vms',
  type: 'cloudservers',
  request: { path: '/vms' },
  records: 'items',
  pagination: { type: 'none' },
  mapping: { id: 'id' },
};
const CONNECTOR = {
  version: 1,
  base_url: 'https://cmdb.example.com/api',
  auth: { type: 'bearer' },
  streams: [STREAM],
};

const CSV = {
  version: 1,
  format: 'csv',
  type: 'cloudservers',
  delimiter: ';',
  mapping: { id: 'Serial No.', name: 'Host', tags: ['Team', 'Cost "centre"'] },
  states: { parked: 'suspended' },
};
const LINES = { version: 1, format: 'json_lines', type: 'volumes', mapping: { id: 'id' } };

const withStream = (change: object) => ({ ...CONNECTOR, streams: [{ ...STREAM, ...change }] });
const POST = { method: 'POST', path: '/vms' };

describe('connectorProblems', () => {
  it.each<[string, object]>([
    ['the least', CONNECTOR],
    ['no secret without TLS', { ...CONNECTOR, base_url: 'http://cmdb', auth: { type: 'none' } }],
    [
      'a secret without TLS, if it is said',
      { ...CONNECTOR, base_url: 'http://cmdb', allow_insecure_http: true },
    ],
    [
      'a header of ak and sk',
      { ...CONNECTOR, auth: { type: 'header', name: 'X-Key', value: '${ak}:${sk}' } },
    ],
    ['partitions', withStream({ partitions: ['eu', 'us'], request: { path: '/${partition}/vms' } })],
    ['a body', withStream({ request: { ...POST, body: { filter: { deep: ['a'] } } } })],
    [
      'a cursor in the body',
      withStream({
        request: POST,
        pagination: { type: 'cursor', parameter: 'page.after', in: 'body', cursor: 'c' },
      }),
    ],
    ['a Terraform state', { version: 1, format: 'terraform_state' }],
    [
      'a source that posts by itself',
      { version: 1, source: 'push', timeout_minutes: 60, states: { up: 'running' } },
    ],
    ['a file of columns', CSV],
    ['a file of lines', { ...LINES, mapping: { id: 'a.b', addresses: 'ips[].ip' } }],
  ])('takes %s', (_, connector) => {
    expect(connectorProblems(connector)).toEqual([]);
  });

  it.each<[object | string | null, string]>([
    ['{}', 'connector must be an object'],
    [null, 'connector must be an object'],
    [{ ...CSV, format: 'xml' }, 'connector.format must be one of terraform_state, json_lines, csv'],
    [{ ...CSV, mapping: {} }, 'connector.mapping.id is missing'],
    [{ version: 1, source: 'pull' }, 'connector.source must be one of push'],
    [{ version: 1, source: 'push', timeout_minutes: 0 }, 'connector.timeout_minutes must be >= 1'],
    [{ version: 1, source: 'push', mapping: { id: 'id' } }, 'connector.mapping is not known here'],
    [{ ...CSV, mapping: { id: 'constructor' } }, 'connector.mapping.id may not use the field constructor'],
    [{ ...CSV, type: 'things' }, 'connector.type must be one of buckets, '],
    [{ ...CSV, delimiter: '.' }, 'connector.delimiter must be one of '],
    [{ ...CSV, base_url: 'https://a' }, 'connector.base_url is not known here'],
    [{ ...LINES, mapping: { id: 'a[' } }, 'connector.mapping.id is no JMESPath'],
    [{ ...CONNECTOR, version: 2 }, 'connector.version must be 1'],
    [{ ...CONNECTOR, base_url: undefined }, 'connector.base_url is missing'],
    [{ ...CONNECTOR, url: 'x' }, 'connector.url is not known here (known: version, base_url, auth, '],
    [
      { ...CONNECTOR, base_url: 'https://user:secret@cmdb' },
      'connector.base_url must be an http or https URL without',
    ],
    [{ ...CONNECTOR, base_url: 'ftp://cmdb' }, 'connector.base_url must be an http or https URL'],
    [{ ...CONNECTOR, base_url: 'http://cmdb' }, 'connector.base_url must be https, as a secret goes there'],
    [
      { ...CONNECTOR, auth: { type: 'magic' } },
      'connector.auth.type must be one of none, basic, bearer, header, oauth2_',
    ],
    [{ ...CONNECTOR, auth: {} }, 'connector.auth.type'],
    [{ ...CONNECTOR, auth: { type: 'basic', password: 'x' } }, 'connector.auth.password is not known here'],
    [{ ...CONNECTOR, auth: { type: 'header', name: 'X-Key' } }, 'connector.auth.value is missing'],
    [
      { ...CONNECTOR, auth: { type: 'header', name: 'X-Key', value: 'abc' } },
      'connector.auth.value must hold ${sk}',
    ],
    [
      { ...CONNECTOR, auth: { type: 'header', name: 'X-Key', value: '${sk}${env}' } },
      'connector.auth.value may hold ${ak} and ${sk}, not ${env}',
    ],
    [
      { ...CONNECTOR, auth: { type: 'header', name: 'X Key', value: '${sk}' } },
      'connector.auth.name must be the name of',
    ],
    [
      { ...CONNECTOR, auth: { type: 'oauth2_client_credentials', token_url: 'http://login' } },
      'connector.auth.token_url must be https',
    ],
    [{ ...CONNECTOR, headers: { Authorization: 'x' } }, 'connector.headers.Authorization cannot be set here'],
    [
      { ...CONNECTOR, headers: { 'X-A': 'a\r\nB: c' } },
      'connector.headers.X-A must be one line of printable ASCII',
    ],
    [{ ...CONNECTOR, headers: { 'X A': 'a' } }, 'connector.headers X A must be the name of an HTTP header'],
    [
      { ...CONNECTOR, headers: { 'X-A': '${sk}' } },
      'connector.headers.X-A may not hold ${sk}: only connector.auth may',
    ],
    [
      { ...CONNECTOR, requests_per_second: 3 },
      'connector.requests_per_second must be one of 1, 2, 5, 10, 20, 50, 100',
    ],
    [{ ...CONNECTOR, streams: [] }, 'connector.streams must NOT have fewer than 1 items'],
    [{ ...CONNECTOR, streams: [STREAM, STREAM] }, 'connector.streams has two streams of the name vms'],
    [{ ...CONNECTOR, errors: { code: 'a[' } }, 'connector.errors.code is no JMESPath'],
    [
      { ...CONNECTOR, errors: { kinds: { X: 'bug' } } },
      'connector.errors.kinds.X must be one of credentials, ',
    ],
    [withStream({ name: 'a/b' }), 'connector.streams[0].name must be 1 to 64 letters'],
    [withStream({ type: 'servers' }), 'connector.streams[0].type must be one of buckets, cloudservers'],
    [withStream({ records: 'items[' }), 'connector.streams[0].records is no JMESPath'],
    [withStream({ records: 7 }), 'connector.streams[0].records must be a string'],
    [withStream({ records: '' }), 'connector.streams[0].records must not be empty'],
    [withStream({ mapping: {} }), 'connector.streams[0].mapping.id is missing'],
    [withStream({ mapping: { id: 'id', name: 'a |' } }), 'connector.streams[0].mapping.name is no JMESPath'],
    [
      withStream({ mapping: { id: 'id', ips: 'a' } }),
      'connector.streams[0].mapping.ips is not known here (known: id, name',
    ],
    [
      withStream({ mapping: { id: 'id', relations: [{ kind: 'likes', type: 'hosts', id: 'h' }] } }),
      'connector.streams[0].mapping.relations[0].kind must be one of runs_on',
    ],
    [
      withStream({ mapping: { id: 'id', relations: [{ kind: 'runs_on', type: 'hosts', id: '$' }] } }),
      'connector.streams[0].mapping.relations[0].id may not use $',
    ],
    [withStream({ states: { on: 'alive' } }), 'connector.streams[0].states.on must be one of provisioning'],
    [withStream({ request: { path: 'vms' } }), 'connector.streams[0].request.path must begin with /'],
    [
      withStream({ request: { path: '/vms?limit=1' } }),
      'connector.streams[0].request.path must begin with /',
    ],
    [withStream({ request: { path: '/${ak}' } }), 'connector.streams[0].request.path may not hold ${ak}'],
    [withStream({ request: { path: '/', query: { key: '${sk}' } } }), 'request.query.key may not hold ${sk}'],
    [
      withStream({ request: { path: '/${partition}' } }),
      'connector.streams[0].request.path holds ${partition}, which is not known here: the stream has no partitions',
    ],
    [withStream({ request: { ...POST, body: { a: ['${sk}'] } } }), 'request.body.a[0] may not hold ${sk}'],
    [withStream({ request: { path: '/', body: {} } }), 'connector.streams[0].request.method must be POST'],
    [withStream({ partitions: ['eu'] }), 'connector.streams[0].request must hold ${partition}'],
    [
      withStream({ pagination: { type: 'offset', parameter: 'o', in: 'body' } }),
      'connector.streams[0].pagination.in cannot be body',
    ],
    [
      withStream({ pagination: { type: 'cursor', parameter: 'c' } }),
      'connector.streams[0].pagination.cursor is missing',
    ],
    [
      withStream({ pagination: { type: 'next_link', next: 'a b' } }),
      'connector.streams[0].pagination.next is no JMESPath',
    ],
    [
      withStream({ pagination: { type: 'pages' } }),
      'connector.streams[0].pagination.type must be one of none, page, offset',
    ],
  ])('refuses %j', (connector, problem) => {
    expect(connectorProblems(connector).join('\n')).toContain(problem);
  });

  it('shows a few of many problems', () => {
    const many = { ...CONNECTOR, a: 1, b: 2, c: 3, d: 4, e: 5 };
    expect(connectorProblems(many)).toHaveLength(4);
    expect(connectorProblems(many).at(-1)).toBe('and 2 more');
  });

  it('has an answer to anything', () => {
    const anything = fc.jsonValue();
    const alike = fc.record({
      version: fc.constant(1),
      base_url: fc.oneof(fc.constant('https://a'), anything),
      auth: fc.oneof(fc.constant({ type: 'none' }), anything),
      streams: fc.oneof(fc.array(fc.oneof(fc.constant(STREAM), anything)), anything),
    });
    fc.assert(
      fc.property(fc.oneof(anything, alike), (value) => {
        for (const problem of connectorProblems(value)) expect(problem).toMatch(/^(connector|and \d+ more)/);
      }),
    );
  });
});

describe('OtherSettings', () => {
  const problemsOf = (settings: object) =>
    validateSync(plainToInstance(OtherSettings, settings), { whitelist: true, forbidNonWhitelisted: true });

  it('keeps the connector as it was given', () => {
    expect(problemsOf({ connector: CONNECTOR, api_quota_percent: 50 })).toEqual([]);
    expect(plainToInstance(OtherSettings, { connector: CONNECTOR }).connector).toEqual(CONNECTOR);
  });

  const connectorOf = (connector: unknown) => plainToInstance(OtherSettings, { connector }).connector;
  const reasonOf = (connector: unknown) =>
    Object.values(problemsOf({ connector })[0]?.constraints ?? {}).at(-1) ?? 'none';

  it('makes of a text in YAML the connector that it holds', () => {
    const text = `
version: 1
base_url: https://cmdb.example.com/api
auth: { type: bearer } # sk
streams:
  - name: vms
    type: cloudservers
    request: { path: /vms, query: { version: 0123, archived: no } }
    records: items[?kind == 'vm']
    pagination: &pages { type: page, parameter: page, start: 0 }
    mapping: &mapping { id: id, name: metadata.labels."example.com/name" }
    states: { True: running, 7: stopped, null: unknown }
  - name: disks
    type: volumes
    request: { path: /disks }
    records: items
    pagination: *pages
    mapping: { <<: *mapping, name: label }
`;
    expect(problemsOf({ connector: text })).toEqual([]);
    const { base_url, streams } = connectorOf(text) as unknown as typeof CONNECTOR;
    expect(base_url).toBe('https://cmdb.example.com/api');
    expect(streams).toMatchObject([
      {
        request: { path: '/vms', query: { version: '0123', archived: 'no' } },
        records: "items[?kind == 'vm']",
        mapping: { id: 'id', name: 'metadata.labels."example.com/name"' },
        states: { True: 'running', '7': 'stopped', null: 'unknown' },
      },
      { pagination: { type: 'page', parameter: 'page', start: 0 }, mapping: { id: 'id', name: 'label' } },
    ]);
  });

  it('makes the same of a connector in JSON and in YAML, however it is written', () => {
    const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    // The API takes no name that every object has by birth.
    const names = texts.filter((name) => !(name in Object.prototype));
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });
    const anything = fc.anything({
      key: names,
      values: [texts, fc.integer(), numbers, fc.boolean(), fc.constant(null)],
      maxDepth: 3,
    });
    const expressions = fc.constantFrom('id', "a[?b == 'c']", '{a: b}', '`[]`', '@', '"x: y"', "x || '#'");
    const streams = fc.record(
      {
        name: fc.constantFrom('no', '1', 'true', 'vms'),
        type: fc.constant('cloudservers'),
        partitions: fc.constantFrom(['eu'], ['1', '2.0', 'null', '~', '2026-01-01']),
        request: fc.record({
          method: fc.constant('POST'),
          path: fc.constant('/${partition}'),
          query: fc.dictionary(names, fc.oneof(texts, fc.integer(), fc.boolean(), fc.array(texts))),
          body: fc.dictionary(names, anything),
        }),
        records: expressions,
        pagination: fc.constant({ type: 'offset', parameter: 'from', in: 'body' }),
        mapping: fc.record({ id: expressions, name: expressions }, { requiredKeys: ['id'] }),
        states: fc.dictionary(names, fc.constantFrom('running', 'error')),
      },
      { requiredKeys: ['name', 'type', 'partitions', 'request', 'records', 'pagination', 'mapping'] },
    );
    const connectors = streams.map((stream) => ({ ...CONNECTOR, streams: [stream] }));
    // A document is shared by two streams, as people do with anchors, when it is dumped with references.
    const shared = connectors.map((one) => ({
      ...one,
      streams: [...one.streams, ...one.streams.map((stream) => ({ ...stream, name: 'again' }))],
    }));
    const styles = fc.record({
      indent: fc.integer({ min: 1, max: 8 }),
      flowLevel: fc.integer({ min: -1, max: 6 }),
      noRefs: fc.boolean(),
      lineWidth: fc.constantFrom(-1, 20, 80),
    });
    fc.assert(
      fc.property(fc.oneof(connectors, shared), styles, (connector, style) => {
        fc.pre(problemsOf({ connector }).length === 0);
        const written = JSON.stringify(connectorOf(connector));
        for (const text of [dump(connector, style), JSON.stringify(connector, null, '\t'), written]) {
          expect(problemsOf({ connector: text })).toEqual([]);
          expect(JSON.stringify(connectorOf(text))).toBe(written);
        }
      }),
    );
  });

  it.each<[string, string]>([
    [
      'version: 1\nstreams:\n - name: hunter22\n  type: hunter22',
      'connector: cannot be read as YAML in line 4: ',
    ],
    ['version: 1\nversion: 1', 'connector: cannot be read as YAML in line 2: duplicated mapping key'],
    ['', 'connector: cannot be read as YAML: expected a document'],
    ['hunter22', 'connector: the YAML must be a map'],
    ['- hunter22', 'connector: the YAML must be a map'],
    ['null', 'connector: the YAML must be a map'],
    ['version: 2\nbase_url: https://cmdb', 'connector.auth is missing'],
    ['? {a: b}\n: c', 'connector: cannot be read as YAML in line 1: '],
    ['a: &a [*a]', 'connector must have at most 262144 characters, with all that its aliases repeat'],
    [
      [
        'a0: &a0 [x, x]',
        ...Array.from({ length: 90 }, (_, n) => `a${String(n + 1)}: &a${String(n + 1)} [*a${String(n)}]`),
      ].join('\n'),
      'connector must have at most 262144 characters, with all that its aliases repeat, and 16 levels',
    ],
    [
      [
        'a0: &a0 [x, x]',
        ...Array.from(
          { length: 15 },
          (_, n) => `a${String(n + 1)}: &a${String(n + 1)} [${`*a${String(n)}, `.repeat(6)}]`,
        ),
      ].join('\n'),
      'connector must have at most 262144 characters, with all that its aliases repeat',
    ],
    [`a: &a ${'x'.repeat(100_000)}\nb: [*a, *a]`, 'connector must have at most 262144 characters'],
    [`# ${'x'.repeat(262_144)}`, 'connector must be an object, or a text of at most 262144 characters'],
  ])('refuses a text like %j', (text, reason) => {
    expect(reasonOf(text)).toContain(reason);
    expect(reasonOf(text)).not.toContain('hunter22');
  });

  it.each([7, true, null, ['version']])('refuses %j', (connector) => {
    expect(reasonOf(connector)).toContain('connector must be an object, or a text of at most');
  });

  it.each([
    ['connector', {}],
    ['connector', { connector: { ...CONNECTOR, version: 7 } }],
    ['tls_ca_pem', { connector: CONNECTOR, tls_ca_pem: 'trust me' }],
    ['secret', { connector: CONNECTOR, secret: 'x' }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf(settings).map((error) => error.property)).toEqual([property]);
  });
});
