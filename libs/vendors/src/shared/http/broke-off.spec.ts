import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { brokeOff } from './broke-off.js';

describe('brokeOff', () => {
  it('knows the beginning of an object from the whole of it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (object, end) => {
        const text = JSON.stringify(object);
        expect(brokeOff(text)).toBe(false);
        expect(brokeOff(text.slice(0, 1 + (end % (text.length - 1))))).toBe(true);
      }),
    );
  });

  it.each(['', '<html>{</html>', 'welcome', '[1', '"{', 'null'])('takes %j for another document', (text) => {
    expect(brokeOff(text)).toBe(false);
  });
});
