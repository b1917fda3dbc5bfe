import fc from 'fast-check';

import type { ApiDocument, Schema } from './api-document.js';

/** What is a time for some, and for others not. */
const oddTime = fc.constantFrom(
  ...[
    '2020',
    '2020-01-01',
    '2020-W01',
    '2020-W01-1',
    '2020-366',
    '20200101',
    '2020-01-01T00',
    '2020-01-01T00:00Z',
  ],
  ...['2020-01-01T00:00:00', '2020-01-01 00:00:00Z', '2020-02-31T00:00:00Z', '2020-01-01T24:00:00Z'],
  ...[
    '2020-01-01T00:00:60Z',
    '2020-01-01T00:00:00,5Z',
    '+012020-01-01T00:00:00Z',
    '2020-01-01T00:00:00+14:60',
  ],
);

/** Text of all kinds, and what often goes wrong; NUL and half surrogate pairs included. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    ...['', ' ', '\0', 'a\0b', '\ud800', '\udfff', '\u202e', '\ufeff', '👩‍👩‍👧‍👦', 'é', '名'],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'null',
      'undefined',
      'NaN',
      'true',
      '[]',
      '{}',
    ],
    ...["' OR 1=1 --", '"; DROP TABLE resource; --', '%', '%00', '%ff', '_', '\\', '$1', '${x}', '{{7*7}}'],
    ...['../..', '/etc/passwd', 'http://127.0.0.1', '\r\nX: y', '\t', 'a,b', 'a;b', 'a&b=c', '+', '#'],
    ...['0', '-0', '-1', '1.5', '1e9', '0x10', '١', '２', '500', '501', '2147483648', '9'.repeat(30)],
    ...['2020-01-01', '2020-13-45T99:99:99Z', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(300)],
  ),
  fc.uuid(),
  oddTime,
);

/** Of which a time is written with four digits. */
const YEARS = { min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
const longText = fc.constantFrom(10_000, 66_000).map((length) => 'x'.repeat(length));
const deepArray = (depth: number) => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

/** So many items of a list are made at the most. */
const MAX_ITEMS = 10;

/** JSON of any kind. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: anyText },
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 6 }) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>(
      ...[null, true, false, 0, -0, -1, 1, 1.5, 500, 501, 2 ** 31, 2 ** 53, 1e308, -1e-308],
      ...[[], {}, [null], [[]], [{}], { length: 1 }, { then: 1 }, { toString: 1 }, { constructor: {} }, ['']],
      ...[deepArray(9), deepArray(200), Array(300).fill('x'), { a: Array(101).fill(0) }],
    ),
  },
  { weight: 1, arbitrary: longText },
);

/** Values that a schema takes, as far as bounds and types go; a pattern is met by the examples given for it. */
export function valueOf(document: ApiDocument, given: Schema): fc.Arbitrary<unknown> {
  const schema = document.resolve(given);
  const {
    enum: values,
    anyOf,
    allOf,
    type,
  } = schema as { enum?: unknown[]; anyOf?: Schema[]; allOf?: Schema[] } & Schema;
  if (values !== undefined) return fc.constantFrom(...values);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((part) => valueOf(document, part)));
  if (allOf?.[0] !== undefined) return valueOf(document, allOf[0]);
  const types = [type].flat() as (string | undefined)[];
  return fc.oneof(...types.map((one) => valueOfType(document, one, schema)));
}

function valueOfType(document: ApiDocument, type: string | undefined, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer': {
      const { minimum = -(2 ** 31), maximum = 2 ** 31 } = schema as { minimum?: number; maximum?: number };
      return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum));
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const {
        minItems = 0,
        maxItems = 5,
        items,
      } = schema as { minItems?: number; maxItems?: number; items?: Schema };
      // Lists in lists would grow without end.
      const sizes = fc.constantFrom(minItems, Math.max(minItems, 1), Math.min(maxItems, MAX_ITEMS));
      const item = valueOf(document, items ?? {});
      return sizes.chain((size) => fc.array(item, { minLength: size, maxLength: size }));
    }
    case 'object':
      return objectOf(document, schema);
    default:
      return anyJson;
  }
}

function textOf({ format, pattern, minLength = 0, maxLength = 70 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc.date({ ...YEARS, noInvalidDate: true }).map((date) => date.toISOString());
  if (typeof pattern === 'string' && !pattern.includes('BEGIN'))
    return fc.stringMatching(new RegExp(pattern));
  const [min, max] = [Number(minLength), Math.min(Number(maxLength), 300)];
  return fc.oneof(
    fc
      .string({ unit: 'grapheme', minLength: min, maxLength: max })
      .filter((text) => Array.from(text).length <= max),
    fc.string({ unit: 'binary', minLength: min, maxLength: max }),
    fc.constantFrom('x'.repeat(max), 'x'.repeat(Math.max(min, 1))),
  );
}

function objectOf(document: ApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, valueOf(document, field)]),
  );
  return fc.record(fields, { requiredKeys: required });
}

/** A value in which one thing is not as it should be: a field is changed, missing, or there without being known. */
export function nearly(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(value, fc.nat(), fc.constantFrom('change', 'drop', 'add'), fc.tuple(anyText, anyJson))
    .map(([whole, at, how, [name, other]]) => {
      const copy: unknown = structuredClone(whole);
      const places = placesIn(copy);
      const place = places[at % Math.max(places.length, 1)];
      if (place === undefined) return other;
      const [object, field] = place;
      if (how === 'drop') Reflect.deleteProperty(object, field);
      else Object.defineProperty(object, how === 'add' ? name : field, { ...PROPERTY, value: other });
      return copy;
    });
}

/** Defined, not assigned, so that a field may be called `__proto__`. */
const PROPERTY = { enumerable: true, configurable: true, writable: true };

/** Every field of every object in a value. */
function placesIn(value: unknown): [object: object, field: string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [
    [value, name] as [object, string],
    ...placesIn(child),
  ]);
}
