import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject } from '#domain';

import { jsonValue } from '../testing/json-arbitraries.js';
import { resourceOf } from '../testing/sync-fixture.js';
import { contentHash, nativeHash, ResourceRow } from './resource-row.js';

const document = fc.dictionary(fc.string(), fc.jsonValue());

/** The same object with its keys, at every level, in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

const hash = (details: object) => contentHash(resourceOf('x', details));

/** What makes a resource another one. */
const DIFFERENCES = [
  { name: 'other' },
  { status: 'stopped' },
  { nativeStatus: 'poweredOff' },
  { regionId: 'other' },
  { zoneId: 'zone' },
  { addresses: ['10.0.0.1'] },
  { tags: { team: 'a' } },
  { createdAt: new Date(0) },
  { properties: { a: 1 } },
  { relations: [{ kind: 'runs_on', type: 'hosts', nativeId: 'h' }] },
];

describe('contentHash', () => {
  it('is 16 bytes that do not depend on the order of keys', () => {
    fc.assert(
      fc.property(document, fc.dictionary(fc.string(), fc.string()), (properties, tags) => {
        const plain = hash({ properties, tags });
        expect(plain).toHaveLength(16);
        expect(hash({ properties: reversed(properties), tags: reversed(tags) })).toBe(plain);
      }),
    );
  });

  it('depends on the order of arrays', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), (values) => {
        const mixed = [...values.slice(1), ...values.slice(0, 1)];
        expect(hash({ addresses: mixed })).not.toBe(hash({ addresses: values }));
        expect(hash({ properties: { values: mixed } })).not.toBe(hash({ properties: { values } }));
      }),
    );
  });

  it.each(DIFFERENCES)('tells apart what differs in %j', (details) => {
    expect(hash(details)).not.toBe(hash({}));
  });

  it('takes an absent value for an undefined one', () => {
    expect(hash({ zoneId: undefined, properties: { a: undefined } })).toBe(hash({ properties: {} }));
  });

  it('does not depend on the id, which is the row', () => {
    const details = { name: 'same' };
    expect(contentHash(resourceOf('a', details))).toEqual(contentHash(resourceOf('b', details)));
  });

  it('does not depend on what is volatile, nor on whether anything is', () => {
    const of = (properties: JsonObject, volatile: string[]) =>
      contentHash(resourceOf('x', { properties }), volatile);
    expect(of({ a: 1, load: 2 }, ['/load'])).toBe(of({ a: 1, load: 3 }, ['/load']));
    expect(of({ a: 1, load: 2 }, ['/load'])).toBe(of({ a: 1 }, []));
    expect(of({ a: 1, load: 2 }, ['/load'])).not.toBe(of({ a: 2, load: 2 }, ['/load']));
  });

  it('refuses a document that contains itself', () => {
    const properties: Record<string, unknown> = {};
    properties['self'] = properties;
    expect(() => hash({ properties })).toThrow(RangeError);
  });
});

describe('nativeHash', () => {
  it('is a signed 64-bit number, the same on every machine and in every version', () => {
    expect(nativeHash('')).toBe(-2039914840885289964n);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        expect(BigInt.asIntN(64, nativeHash(id))).toBe(nativeHash(id));
      }),
    );
  });
});

describe('ResourceRow', () => {
  const fingerprint = (details: object, volatile?: string[]) =>
    new ResourceRow(resourceOf('x', details), volatile).fingerprint;

  it('has the same fingerprint as another only if their content hashes are the same, too', () => {
    const contents = fc.record({
      name: fc.constantFrom('a', 'b'),
      zoneId: fc.constantFrom('a', undefined),
      tags: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('a', 'b')),
      properties: fc.dictionary(fc.constantFrom('a', 'b'), jsonValue),
    });
    fc.assert(
      fc.property(contents, contents, (one, other) => {
        expect(fingerprint(one)).toMatch(/^[\0-\xff]{16}$/);
        expect(fingerprint(structuredClone(one))).toBe(fingerprint(one));
        if (fingerprint(one) === fingerprint(other)) expect(hash(one)).toBe(hash(other));
        if (hash(one) !== hash(other)) expect(fingerprint(one)).not.toBe(fingerprint(other));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(DIFFERENCES)('has another fingerprint when it differs in %j', (details) => {
    expect(fingerprint(details)).not.toBe(fingerprint({}));
  });

  it.each([
    [{ tags: { a: 'b' } }, { properties: { a: 'b' } }],
    [
      { name: 'a', status: 'b' },
      { name: 'b', status: 'a' },
    ],
    [{ name: 'a\n{}' }, { name: 'a', tags: {} }],
    [{ properties: { a: { b: 1 } } }, { properties: { a: {}, b: 1 } }],
    [{ properties: { a: 1 } }, { properties: { a: '1' } }],
  ])('has different fingerprints with %j and with %j', (one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });

  it('has a fingerprint that does not depend on what is volatile, but stores that', () => {
    const row = new ResourceRow(resourceOf('x', { properties: { a: 1, load: 2 } }), ['/load']);
    expect(row.fingerprint).toBe(fingerprint({ properties: { a: 1, load: 3 } }, ['/load']));
    expect(row.fingerprint).not.toBe(fingerprint({ properties: { a: 2, load: 2 } }, ['/load']));
    expect(JSON.parse(row.json.properties)).toEqual({ a: 1, load: 2 });
  });

  it('gives ids that Postgres stores as the same text the same hash', () => {
    const [nul, half, replaced] = ['a\0', 'a\ud800', 'a\ufffd'].map((id) => new ResourceRow(resourceOf(id)));
    for (const row of [nul, half]) {
      expect([row?.nativeId, row?.nativeHash]).toEqual([replaced?.nativeId, replaced?.nativeHash]);
    }
  });
});
