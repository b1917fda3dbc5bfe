import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { planUnits } from './plan-units.js';

const scopes = fc.uniqueArray(fc.record({ key: fc.string(), name: fc.string() }), {
  selector: ({ key }) => key,
  maxLength: 6,
});
const tables = fc.uniqueArray(fc.record({ type: fc.string() }), {
  selector: ({ type }) => type,
  maxLength: 6,
});

describe('planUnits', () => {
  it('makes one unit of every table in every scope, in the order of the tables', () => {
    fc.assert(
      fc.property(scopes, tables, (places, types) => {
        const units = planUnits(places, types);
        expect(units).toHaveLength(places.length * types.length);
        for (const [index, { type }] of types.entries()) {
          const ofType = units.slice(index * places.length, (index + 1) * places.length);
          expect(ofType).toEqual(places.map((scope) => ({ scope, resourceType: type })));
        }
      }),
    );
  });
});
