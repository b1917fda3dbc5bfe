import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyPatch } from 'rfc6902';

import type { JsonObject, JsonValue } from '#domain';

import { diffDocuments, type Difference, MAX_ARRAY_ITEMS, MAX_COMPARISONS } from './diff-documents.js';

/** As JSON has it: no undefined, no -0. */
const asJson = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
/** What rfc6902 refuses to write to, whatever the patch says. */
const GUARDED = ['__proto__', 'constructor', 'prototype'];
const key = fc
  .oneof(fc.constantFrom('a', 'b', 'a/b', 'a~b', '', '0', '-', 'toString'), fc.string())
  .filter((name) => !GUARDED.includes(name));
const value = fc.letrec<{ value: JsonValue; list: JsonValue[]; document: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, 1, 'a', 'b'),
    fc.jsonValue({ maxDepth: 0 }) as fc.Arbitrary<JsonValue>,
    tie('list'),
    tie('document'),
  ),
  list: fc.array(tie('value'), { maxLength: 8 }),
  document: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
}));
const document = value.document.map(asJson);

function patched(before: JsonObject, patch: Difference['patch']): JsonObject {
  const copy = asJson(before);
  expect(applyPatch(copy, patch).filter((failure) => failure !== null)).toEqual([]);
  return copy;
}

const patchOf = (before: JsonObject, after: JsonObject) => diffDocuments(before, after).patch;

function expectRightPatch(before: JsonObject, after: JsonObject) {
  const { patch } = diffDocuments(before, after);
  expect(patched(before, patch)).toEqual(after);
  return patch;
}

const list = (length: number, item: (index: number) => JsonValue) => ({
  list: Array.from({ length }, (_, index) => item(index)),
});

describe('diffDocuments', () => {
  it('makes the new document of the old one, whatever they are, and changes neither', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const copies = asJson([before, after]);
        expectRightPatch(before, after);
        expect([before, after]).toEqual(copies);
      }),
      { numRuns: 500 },
    );
  });

  it('makes it of long lists too, changed anywhere', () => {
    const items = fc.array(fc.nat({ max: 3 }), { maxLength: 3 * MAX_ARRAY_ITEMS });
    fc.assert(
      fc.property(items, items, (before, after) => {
        expectRightPatch({ list: before }, { list: after });
      }),
      { numRuns: 50 },
    );
  });

  it('is empty exactly for what is equal', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(patchOf(before, asJson(before))).toEqual([]);
        const same = expect.objectContaining(before).asymmetricMatch(after);
        if (!same) expect(patchOf(before, after)).not.toEqual([]);
      }),
    );
  });

  it('names just what changed', () => {
    const before = { status: 'running', tags: { team: 'a', 'x/y~z': '1' }, addresses: ['1', '2', '3'] };
    const after = { status: 'stopped', tags: { 'x/y~z': '2', owner: 'b' }, addresses: ['1', '3'] };
    expect(expectRightPatch(before, after)).toEqual([
      { op: 'replace', path: '/status', value: 'stopped' },
      { op: 'remove', path: '/tags/team' },
      { op: 'add', path: '/tags/owner', value: 'b' },
      { op: 'replace', path: '/tags/x~1y~0z', value: '2' },
      { op: 'remove', path: '/addresses/1' },
    ]);
  });

  it('names a field of any name', () => {
    const named = JSON.parse('{"__proto__": 1}') as JsonObject;
    expect(patchOf({}, named)).toEqual([{ op: 'add', path: '/__proto__', value: 1 }]);
    expect(patchOf(named, {})).toEqual([{ op: 'remove', path: '/__proto__' }]);
    expect(patchOf({ constructor: { a: 1 } }, { constructor: { a: 2 } })).toEqual([
      { op: 'replace', path: '/constructor/a', value: 2 },
    ]);
  });

  it('replaces a list whole that is too long to compare', () => {
    const before = list(MAX_ARRAY_ITEMS, (index) => index);
    const longer = list(MAX_ARRAY_ITEMS + 1, (index) => index);
    expect(expectRightPatch(before, longer)).toEqual([{ op: 'replace', path: '/list', value: longer.list }]);
    expect(patchOf(longer, asJson(longer))).toEqual([]);
    // rfc6902 by itself has no stack left for these.
    expectRightPatch(
      list(5_000, (index) => index),
      list(5_000, (index) => -index),
    );
  });

  it('stops comparing in time, and is right even so', () => {
    const nested = (from: number) =>
      list(MAX_ARRAY_ITEMS, (outer) =>
        Array.from({ length: MAX_ARRAY_ITEMS }, (_, inner) => ({ id: from + outer * 1_000 + inner })),
      );
    const wide = (from: number): JsonObject =>
      Object.fromEntries(
        Array.from({ length: 2 * MAX_COMPARISONS }, (_, index) => [String(index), { id: from + index }]),
      );
    expectRightPatch(nested(0), nested(500));
    expectRightPatch(wide(0), wide(1));
  });
});
