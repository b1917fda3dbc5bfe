import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject } from '#domain';

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

  it.each([
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
  ])('tells apart what differs in %j', (details) => {
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
  it('gives ids that Postgres stores as the same text the same hash', () => {
    const [nul, half, replaced] = ['a\0', 'a\ud800', 'a\ufffd'].map((id) => new ResourceRow(resourceOf(id)));
    for (const row of [nul, half]) {
      expect([row?.nativeId, row?.nativeHash]).toEqual([replaced?.nativeId, replaced?.nativeHash]);
    }
  });
});
