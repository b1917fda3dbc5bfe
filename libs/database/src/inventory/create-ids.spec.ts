import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';

import { createIds } from './create-ids.js';

describe('createIds', () => {
  it('makes different UUIDs of version 7, in order, of the time', () => {
    const now = Date.parse('2026-02-28T12:00:00.123Z');
    const ids = createIds(10_000, now);

    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
    expect([...new Set(ids)].sort()).toEqual(ids);
    const timeOf = (id = '') => parseInt(id.slice(0, 13).replace('-', ''), 16);
    expect(timeOf(ids[0])).toBe(now);
    expect(timeOf(ids.at(-1)) - now).toBeLessThan(3);
  });

  it('makes none of none', () => {
    expect(createIds(0)).toEqual([]);
  });
});
