import { describe, expect, it } from '@jest/globals';

import { parseCount, parseSeconds, parseSince } from './parse-option.js';

describe('options', () => {
  it.each([
    ['90s', 90],
    ['15m', 900],
    ['6h', 21_600],
    ['7d', 604_800],
  ])('take %s for %s seconds', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  it.each(['', '6', 'h', '-1h', '1.5h', '6 h', '6H', '99999999999s'])('take "%s" for no time', (text) => {
    expect(() => parseSeconds(text)).toThrow('90s, 15m, 6h or 7d');
  });

  it.each(['0', '-1', '1.5', '1e3', '', '12345678901'])('take "%s" for no number', (text) => {
    expect(() => parseCount(text)).toThrow('a whole number from 1 on');
  });

  it('take a day, a moment or how long ago', () => {
    expect(parseSince('2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
    expect(parseSince('2026-01-31T08:00:00+01:00')).toBe('2026-01-31T07:00:00.000Z');
    expect(Date.now() - Date.parse(parseSince('24h'))).toBeGreaterThanOrEqual(86_400_000);
    for (const text of ['yesterday', '2026-13-01', '31.01.2026', '12'])
      expect(() => parseSince(text)).toThrow('as 2026-');
  });
});
