import fc from 'fast-check';

import type { ApiDocument, DocumentedOperation, Parameter } from './api-document.js';
import { anyJson, anyText, nearly, valueOf } from './values.js';

/** A request, and what it was made of. */
export interface FuzzedRequest {
  path: Record<string, string>;
  /** Names and values before they are encoded. */
  query: [name: string, value: string][];
  /** What stands behind them as it is, which is no proper query. */
  junk: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** Bytes that are no UTF-8 and follow the body. */
  tail: number[];
}

/** What there is, for requests that mean something. */
export interface Estate {
  /** Ids for a parameter of a path. */
  idsOf: (operation: DocumentedOperation, parameter: string) => readonly string[];
  /** Bodies that the operation takes. */
  bodiesOf: (operation: DocumentedOperation) => readonly object[];
  /** The caller's tenant. */
  domainId: string;
}

const ODD_BODIES = [
  ...[
    '',
    ' ',
    'null',
    'true',
    '1',
    '"x"',
    '[]',
    '{}',
    '{',
    '{}{}',
    '{"a":1,}',
    "{'a':1}",
    '[1,2',
    '\ufeff{}',
  ],
  ...[
    '1e999',
    '-',
    'NaN',
    '{"a":1e400}',
    '{"__proto__":{"x":1}}',
    '{"vendor":"VMWARE","vendor":1}',
    '{"":1}',
  ],
  ...['[', '{"a":'].map((opening) => opening.repeat(20_000)),
  ...['"\\ud800"', '{"vendor":"\\u0000"}', '{"\\u0000":1}', '\0', '{"constructor":{"prototype":{}}}'],
];
/** Over the API's bound of 1 MiB. */
const HUGE_BODY = JSON.stringify({ vendor: 'x'.repeat(1_100_000) });

const CONTENT_TYPES = [
  ...['application/json', 'application/json;charset=utf-8', 'application/json;charset=utf8', 'text/plain'],
  ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json, text/plain'],
  ...[
    'application/xml',
    'APPLICATION/JSON',
    'application/vnd.api+json',
    'json',
    '/',
    ';',
    '',
    'a/b/c',
    '*/*',
  ],
];
const JUNK = [
  '%',
  '%ff=%fe',
  '&&',
  '=',
  'a[b]=c',
  'limit[$gt]=1',
  'limit[]=1',
  '%00=%00',
  '__proto__=1',
  '?',
  '#x',
];
const headerText = fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((text) => text.trim());

/** Requests for an operation: as its document wants them, nearly so, and not at all. */
export function requestsFor(
  document: ApiDocument,
  operation: DocumentedOperation,
  estate: Estate,
): fc.Arbitrary<FuzzedRequest> {
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query');
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
  return fc.record({
    path: fc.record(
      Object.fromEntries(inPath.map(({ name }) => [name, pathValue(estate.idsOf(operation, name))] as const)),
    ),
    query: fc.oneof(
      { weight: 3, arbitrary: properQuery(document, inQuery) },
      { weight: 2, arbitrary: oddQuery(document, inQuery) },
    ),
    junk: fc.oneof({ weight: 9, arbitrary: fc.constant('') }, fc.constantFrom(...JUNK)),
    headers: headersFor(document, operation, estate),
    body: bodyFor(document, operation, estate),
    tail: fc.oneof(
      { weight: 30, arbitrary: fc.constant<number[]>([]) },
      fc.constantFrom<number[]>([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]),
    ),
  });
}

function pathValue(ids: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...ids) },
    { weight: 1, arbitrary: fc.uuid() },
    { weight: 2, arbitrary: anyText.filter((text) => text !== '') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('.', '..', '%2e%2e', 'a/b', 'x'.repeat(150), ids[0]?.toUpperCase() ?? 'x'),
    },
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** How long an answer may be asked to wait for what never comes: a minute each would be all that is ever tried. */
const SHORT_WAITS = ['0', '0s', '00s', '1', '1s', '01s'];

function properValues(document: ApiDocument, { name, schema }: Parameter): fc.Arbitrary<string[]> {
  if (name === 'wait') return fc.constantFrom(...SHORT_WAITS).map((wait) => [wait]);
  return valueOf(document, schema).map((value) => (Array.isArray(value) ? value : [value]).map(textOf));
}

/** As the document wants it. */
function properQuery(document: ApiDocument, parameters: Parameter[]): fc.Arbitrary<[string, string][]> {
  const values = Object.fromEntries(
    parameters.map((parameter) => [parameter.name, properValues(document, parameter)]),
  );
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return fc
    .record(values, { requiredKeys: required })
    .map((chosen) => toPairs(chosen as Record<string, string[]>));
}

function toPairs(values: Record<string, string[]>): [string, string][] {
  return Object.entries(values).flatMap(([name, all]) => all.map((value): [string, string] => [name, value]));
}

/** With values of any kind, repeated and bracketed names, and names that nobody knows. */
function oddQuery(document: ApiDocument, parameters: Parameter[]): fc.Arbitrary<[string, string][]> {
  const names = parameters.map(({ name }) => name);
  const name = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('vendor', 'limit', ...names) },
    { weight: 1, arbitrary: fc.constantFrom('vendor', ...names).map((known) => `${known}[]`) },
    { weight: 1, arbitrary: anyText },
  );
  const value = fc.oneof({ weight: 3, arbitrary: anyText }, fc.constantFrom('VMWARE', '5', '1', 'true', ''));
  return fc
    .tuple(properQuery(document, parameters), fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 4 }))
    .chain(([proper, odd]) => fc.shuffledSubarray([...proper, ...odd], { minLength: odd.length }));
}

function headersFor(
  document: ApiDocument,
  { parameters, method }: DocumentedOperation,
  { domainId }: Estate,
): fc.Arbitrary<Record<string, string>> {
  const key = parameters.find(({ name }) => name === 'Idempotency-Key');
  const rarely = <T>(common: T, odd: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 40, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: odd });
  const seldom = <T>(common: T, odd: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 12, arbitrary: fc.constant(common) }, { weight: 1, arbitrary: odd });
  return fc
    .record({
      'Content-Type': seldom('application/json', fc.oneof(fc.constantFrom(...CONTENT_TYPES), headerText)),
      Accept: rarely('', headerText),
      'Content-Encoding': rarely('', fc.constantFrom('gzip', 'identity', 'x')),
      'X-Request-Id': rarely('', headerText),
      'X-Forwarded-For': rarely('', headerText),
      Cookie: rarely('', headerText),
      'X-Domain-Id': fc.oneof({ weight: 40, arbitrary: fc.constantFrom('', domainId) }, headerText),
      Authorization: rarely(
        'mine',
        fc.oneof(headerText, fc.constantFrom('Bearer ', 'Basic x', 'SDK-HMAC-SHA256 x')),
      ),
      'X-Auth-Token': rarely('', headerText),
      'Idempotency-Key':
        key === undefined && method !== 'POST'
          ? fc.constant('')
          : fc.oneof(
              { weight: 4, arbitrary: fc.constant('') },
              { weight: 2, arbitrary: valueOf(document, key?.schema ?? { type: 'string' }).map(String) },
              { weight: 1, arbitrary: fc.constantFrom('again', ' ', 'é', 'x'.repeat(256)) },
            ),
    })
    .map((headers) => Object.fromEntries(Object.entries(headers).filter(([, value]) => isSendable(value))));
}

/** What Node sends as a header at all; the empty string stands for none. */
function isSendable(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]+$/.test(value);
}

function bodyFor(
  document: ApiDocument,
  operation: DocumentedOperation,
  estate: Estate,
): fc.Arbitrary<string | undefined> {
  const odd = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...ODD_BODIES) },
    { weight: 3, arbitrary: anyJson.map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: anyText },
    { weight: 1, arbitrary: fc.constant(HUGE_BODY) },
  );
  if (operation.body === undefined) {
    return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: odd });
  }
  const good = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom<unknown>(...estate.bodiesOf(operation)) },
    { weight: 2, arbitrary: valueOf(document, operation.body) },
  );
  const asJson = (value: fc.Arbitrary<unknown>) => value.map((whole) => JSON.stringify(whole));
  return fc.oneof(
    { weight: 6, arbitrary: asJson(good) },
    { weight: 6, arbitrary: asJson(nearly(good)) },
    { weight: 1, arbitrary: fc.tuple(asJson(good), fc.nat(80)).map(([text, at]) => text.slice(0, at)) },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}
