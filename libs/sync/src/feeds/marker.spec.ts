import { randomBytes } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { fromMarker, MARKER, toMarker } from './marker.js';

const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const number = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(String);
const position = fc.record({ transactionId: number, id: number });
const feed = fc.constantFrom('events' as const, 'changes' as const);

describe('markers', () => {
  it('stand for any position of their list and tenant', () => {
    fc.assert(
      fc.property(feed, position, key, (name, at, own) => {
        const marker = toMarker(name, at, own);
        expect(marker).toMatch(MARKER);
        expect(fromMarker(name, marker, own)).toEqual(at);
      }),
    );
  });

  it('are nothing in another list, at another tenant, or changed', () => {
    fc.assert(
      fc.property(position, fc.nat(20), (at, place) => {
        const own = randomBytes(16);
        const marker = toMarker('events', at, own);
        const changed = `${marker.slice(0, place)}${marker[place] === 'A' ? 'B' : 'A'}${marker.slice(place + 1)}`;
        expect(fromMarker('changes', marker, own)).toBeUndefined();
        expect(fromMarker('events', marker, randomBytes(16))).toBeUndefined();
        expect(fromMarker('events', changed, own)).toBeUndefined();
      }),
    );
  });

  it('do not show how far two positions are from each other', () => {
    const own = randomBytes(16);
    const markers = [7, 8, 9].map((id) =>
      toMarker('events', { transactionId: '5', id: String(id) }, own).slice(0, 4),
    );
    expect(new Set(markers).size).toBe(3);
  });

  it('take any text of their form', () => {
    fc.assert(
      fc.property(fc.stringMatching(MARKER), key, (marker, own) => {
        expect(fromMarker('events', marker, own)).toBeUndefined(); // but for one in four billion
      }),
    );
  });
});
