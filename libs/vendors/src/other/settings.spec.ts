import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';

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

  it.each([
    ['connector', {}],
    ['connector', { connector: { ...CONNECTOR, version: 7 } }],
    ['tls_ca_pem', { connector: CONNECTOR, tls_ca_pem: 'trust me' }],
    ['secret', { connector: CONNECTOR, secret: 'x' }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf(settings).map((error) => error.property)).toEqual([property]);
  });
});
