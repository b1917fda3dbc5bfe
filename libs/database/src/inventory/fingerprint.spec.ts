import { isDeepStrictEqual } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { jsonValue } from '../testing/json-arbitraries.js';
import { fingerprint } from './fingerprint.js';

const BITS = 128;

describe('fingerprint', () => {
  it('is 16 bytes, the same for the same value, and different for any other', () => {
    fc.assert(
      fc.property(jsonValue, jsonValue, (one, other) => {
        expect(fingerprint(one)).toMatch(/^[\0-\xff]{16}$/);
        expect(fingerprint(structuredClone(one))).toBe(fingerprint(one));
        const [before, after] = [one, other].map((value): unknown => JSON.parse(JSON.stringify(value)));
        if (!isDeepStrictEqual(before, after)) expect(fingerprint(one)).not.toBe(fingerprint(other));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is different for all of a hundred thousand values that hardly differ', () => {
    const seen = new Set<string>();
    for (let index = 0; index < 50_000; index += 1) {
      seen.add(fingerprint({ name: `web-${String(index)}`, size: 1 }));
      seen.add(fingerprint({ name: 'web', size: index }));
    }
    expect(seen.size).toBe(100_000);
  });

  it('changes half of its bits with one bit of what it is of, wherever that is', () => {
    const text = 'The quick brown fox jumps over the lazy dog';
    const before = Buffer.from(fingerprint({ text }), 'latin1');
    for (let at = 0; at < text.length; at += 1) {
      const flipped = String.fromCharCode(text.charCodeAt(at) ^ 1);
      const changed = text.slice(0, at) + flipped + text.slice(at + 1);
      const after = Buffer.from(fingerprint({ text: changed }), 'latin1');
      const bits = before.reduce((sum, byte, index) => sum + countBits(byte ^ (after[index] ?? 0)), 0);
      expect(bits).toBeGreaterThan(BITS / 4);
      expect(bits).toBeLessThan((BITS * 3) / 4);
    }
  });

  it.each([
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ],
    [
      ['a', ''],
      ['', 'a'],
    ],
    [
      { a: 1, b: 2 },
      { a: 2, b: 1 },
    ],
    [{ a: { b: 1 } }, { a: {}, b: 1 }],
    [[[1], 2], [[1, 2]]],
    [[1], ['1']],
    [[null], [{}]],
    [[0], [false]],
    [
      [1, 2],
      [2, 1],
    ],
    [new Date(0), new Date(1)],
    [{ at: new Date(0) }, { at: new Date(1) }],
  ])('tells %j and %j apart', (one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });

  it('takes what is left out of JSON for absent', () => {
    expect(fingerprint({ a: 1, b: undefined, c: () => 1 })).toBe(fingerprint({ a: 1 }));
  });
});

function countBits(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length;
}
