import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { timeOfText } from './time-of-text.js';

describe('timeOfText', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02 03:04:05', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04', '2026-01-02T03:04:00.000Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['2026-01-02T03:04:05.123456789+08:00', '2026-01-01T19:04:05.123Z'],
    ['2026-01-02 03:04:05 +0130', '2026-01-02T01:34:05.000Z'],
    ['2026-01-02T03:04:05-02', '2026-01-02T05:04:05.000Z'],
    ['2026-01-02 03:04:05 UTC', '2026-01-02T03:04:05.000Z'],
    ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
  ])('reads %s', (text, time) => {
    expect(timeOfText(text)?.toISOString()).toBe(time);
  });

  it.each(['disk 1', 'vm-2', '2026', '12', '2026-13-01', '2026-01-02T25:00', 'yesterday', '', '01/02/2026'])(
    'takes %j for no time',
    (text) => {
      expect(timeOfText(text)).toBeUndefined();
    },
  );

  it('reads what machines write', () => {
    const years = { min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(years), (date) => {
        expect(timeOfText(date.toISOString())).toEqual(date);
      }),
    );
  });
});
