import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { documentOf } from './aws-document.js';

/** Whatever the SDK may hand us: JSON, and dates, bytes, holes. */
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
  ),
})).value;
const anyItem = fc.dictionary(fc.string(), anyValue, { maxKeys: 6 });

/** The same with every list the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed).reverse();
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, reversed(inner)]));
}

describe('documentOf', () => {
  it('holds only what JSON can, and comes back from it as it was', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        const document = documentOf(item);
        expect(JSON.parse(JSON.stringify(document))).toEqual(document);
      }),
    );
  });

  it('has numbers as JSON has them', () => {
    const document = documentOf({ zero: -0, infinite: -Infinity, none: NaN });
    expect(document).toEqual({ zero: 0, infinite: '-Infinity', none: 'NaN' });
  });

  it('is the same in whichever order AWS lists things', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(documentOf(reversed(item) as object)).toEqual(documentOf(item));
      }),
    );
  });

  it('leaves out what it is told to, at the top only', () => {
    expect(documentOf({ Tags: 1, Inner: { Tags: 2 } }, ['Tags'])).toEqual({ Inner: { Tags: 2 } });
  });

  it('writes dates as ISO 8601 and bytes as base64', () => {
    const item = { at: new Date(0), bytes: new Uint8Array([1, 2]), never: new Date(NaN) };
    expect(documentOf(item)).toEqual({ at: '1970-01-01T00:00:00.000Z', bytes: 'AQI=' });
  });
});
