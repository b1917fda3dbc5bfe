import { describe, expect, it } from '@jest/globals';

import { BoundedNames } from './bounded-names.js';

describe('BoundedNames', () => {
  it('keeps the first names, for good, and makes the rest one', () => {
    const names = new BoundedNames(2);
    expect(['a', 'b', 'c', 'a', 'd', 'b'].map((name) => names.bound(name))).toEqual([
      'a',
      'b',
      'others',
      'a',
      'others',
      'b',
    ]);
  });
});
