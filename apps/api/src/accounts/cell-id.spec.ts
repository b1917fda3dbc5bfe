import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseCellId, toCellId } from './cell-id.js';

const text = fc.string({ unit: 'binary' }).filter((part) => !part.includes('\0'));

describe('the id of a cell', () => {
  it('is one word of a URL that leads back to its scope and type', () => {
    fc.assert(
      fc.property(text, text, (scopeKey, resourceType) => {
        const id = toCellId({ scopeKey, resourceType });
        expect(id).toMatch(/^[\w-]+$/);
        expect(parseCellId(id)).toEqual({ scopeKey, resourceType });
      }),
    );
  });

  it('is nothing else: what it would not have made is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (other) => {
        const key = parseCellId(other);
        expect(key === undefined ? undefined : toCellId(key)).toBe(key === undefined ? undefined : other);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['a half of a surrogate pair', ['\ud800', 'things']],
    ['NUL', ['scope', 'a\0']],
    ['three parts', ['scope', 'things', 'more']],
    ['a number', ['scope', 1]],
    ['no list', { 0: 'scope', 1: 'things', length: 2 }],
  ])('refuses %s', (_what, parts) => {
    expect(parseCellId(Buffer.from(JSON.stringify(parts)).toString('base64url'))).toBeUndefined();
  });

  it('refuses other spellings of itself', () => {
    const id = toCellId({ scopeKey: 'scope', resourceType: 'things' });
    expect(parseCellId(`${id}=`)).toBeUndefined();
    expect(parseCellId(` ${id}`)).toBeUndefined();
    expect(parseCellId(Buffer.from('["scope", "things"]').toString('base64url'))).toBeUndefined();
  });
});
