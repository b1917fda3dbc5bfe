import { isDeepStrictEqual } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonValue } from '#domain';

import { jsonValue, withKeysReversed } from '../testing/json-arbitraries.js';
import { canonicalForm } from './canonical-form.js';

/** What is left of a value when it is stored as JSON. */
const stored = (value: JsonValue): unknown => JSON.parse(JSON.stringify(value));

describe('canonicalForm', () => {
  it('is the same for what is the same as JSON, in any order of keys, and for nothing else', () => {
    fc.assert(
      fc.property(jsonValue, jsonValue, (one, other) => {
        expect(canonicalForm(withKeysReversed(one))).toBe(canonicalForm(one));
        expect(canonicalForm(stored(one))).toBe(canonicalForm(one));
        expect(canonicalForm(one) === canonicalForm(other)).toBe(
          isDeepStrictEqual(stored(one), stored(other)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ],
    [{ a: '1:b' }, { a: '1', b: '' }],
    [[1, 2], [12]],
    [['1'], [1]],
    [[null], [[]]],
    [{}, []],
    [{ a: [] }, [{ a: null }]],
    [['n1;'], [1]],
    [[true], ['t']],
    [1e21, 1e22],
    [0.1, 0.2],
  ])('tells %j and %j apart', (one, other) => {
    expect(canonicalForm(one)).not.toBe(canonicalForm(other));
  });

  it('takes everything as JSON does', () => {
    const time = new Date('2024-02-29T12:34:56.789Z');
    const odd = {
      time,
      left: undefined,
      out: () => 1,
      too: Symbol('s'),
      list: [undefined, NaN, -0],
      big: Infinity,
    };
    expect(canonicalForm(odd)).toBe(canonicalForm(JSON.parse(JSON.stringify(odd))));
    expect(canonicalForm({ of: new Map([[1, 2]]), url: new URL('http://a') })).toBe(
      canonicalForm({ of: {}, url: 'http://a/' }),
    );
    expect(canonicalForm(Object.assign(Object.create(null), { a: 1 }))).toBe(canonicalForm({ a: 1 }));
    expect(() => canonicalForm({ a: 1n })).toThrow(TypeError);
  });
});
