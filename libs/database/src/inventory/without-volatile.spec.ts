import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject } from '#domain';

import { withoutVolatile } from './without-volatile.js';

const document = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

describe('withoutVolatile', () => {
  it.each<[string[], object]>([
    [[], { a: { b: 1, c: [{ d: 2 }] }, 'x/y~z': 3 }],
    [['/a'], { 'x/y~z': 3 }],
    [['/a/b'], { a: { c: [{ d: 2 }] }, 'x/y~z': 3 }],
    [['/x~1y~0z', '/a/c'], { a: { b: 1 } }],
    [['/a/b', '/a/b', '/a/c'], { a: {}, 'x/y~z': 3 }],
    [
      ['/nothing', '/a/nothing/there', '/a/b/deeper', '/toString'],
      { a: { b: 1, c: [{ d: 2 }] }, 'x/y~z': 3 },
    ],
    [['/a/c/0', '/a/c/0/d'], { a: { b: 1, c: [{ d: 2 }] }, 'x/y~z': 3 }],
  ])('leaves out %j', (volatile, expected) => {
    const properties = { a: { b: 1, c: [{ d: 2 }] }, 'x/y~z': 3 };
    expect(withoutVolatile(properties, volatile)).toEqual(expected);
    expect(properties).toEqual({ a: { b: 1, c: [{ d: 2 }] }, 'x/y~z': 3 });
  });

  it('keeps the rest, whatever the names', () => {
    fc.assert(
      fc.property(document, fc.string(), fc.jsonValue(), (properties, name, value) => {
        fc.pre(!Object.hasOwn(properties, name));
        const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const more = { ...properties, [name]: value } as JsonObject;
        expect(withoutVolatile(more, [pointer])).toEqual(properties);
        expect(withoutVolatile({ inside: more }, [`/inside${pointer}`])).toEqual({ inside: properties });
      }),
    );
  });
});
