import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { chunksOfOneType, compareReferences, keyOf, referencesAfter } from './managed-objects.js';

const references = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom('Network', 'DistributedVirtualPortgroup', 'OpaqueNetwork'),
    // Ids are opaque: vcsim's hold slashes, colons and at signs.
    value: fc.string({ minLength: 1, maxLength: 6 }),
  }),
  { selector: keyOf },
);

describe('the cursor of a listing', () => {
  it('names the place of every object, whatever its id looks like', () => {
    fc.assert(
      fc.property(references, (unsorted) => {
        const sorted = [...unsorted].sort(compareReferences);
        for (const [index, object] of sorted.entries()) {
          expect(referencesAfter(sorted, keyOf(object))).toEqual(sorted.slice(index + 1));
        }
      }),
    );
  });

  it('holds its place when objects come and go', () => {
    fc.assert(
      fc.property(references, fc.nat(), fc.func(fc.boolean()), (unsorted, at, stays) => {
        const sorted = [...unsorted].sort(compareReferences);
        const last = sorted[at % Math.max(1, sorted.length)];
        fc.pre(last !== undefined);
        const left = sorted.filter((object) => stays(keyOf(object)));
        const expected = sorted.slice(sorted.indexOf(last) + 1).filter((object) => left.includes(object));
        expect(referencesAfter(left, keyOf(last))).toEqual(expected);
      }),
    );
  });
});

describe('chunksOfOneType', () => {
  it('keeps all objects in order, in chunks of one type that are full but for the last of a type', () => {
    fc.assert(
      fc.property(references, fc.integer({ min: 1, max: 5 }), (unsorted, size) => {
        const sorted = [...unsorted].sort(compareReferences);
        const chunks = chunksOfOneType(sorted, size);
        expect(chunks.flat()).toEqual(sorted);
        for (const [index, chunk] of chunks.entries()) {
          const types = new Set(chunk.map(({ type }) => type));
          expect(types.size).toBe(1);
          const next = chunks[index + 1];
          if (next?.[0]?.type === chunk[0]?.type) expect(chunk).toHaveLength(size);
          expect(chunk.length).toBeLessThanOrEqual(size);
        }
      }),
    );
  });
});
