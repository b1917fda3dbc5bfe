import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { IdsSeen } from './ids-seen.js';

describe('IdsSeen', () => {
  it('knows every id that it was told, and where it was first', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 3_000, size: 'max' }), (ids) => {
        const seen = new IdsSeen();
        const first = new Map<string, number>();
        ids.forEach((id, index) => {
          expect(seen.enter(id, index + 1)).toBe(first.get(id));
          if (!first.has(id)) first.set(id, index + 1);
        });
      }),
      { numRuns: 20 },
    );
  });
});
