import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject, JsonValue } from '#domain';

import { shownDocument } from './shown-document.js';

describe('shownDocument', () => {
  it('masks what is named like a secret, whatever holds it and however deep', () => {
    const names = fc.constantFrom(
      'password',
      'DB_PASSWD',
      'clientSecret',
      'apiKey',
      'access_key',
      'Authorization',
    );
    const holders = fc.constantFrom<(name: string, value: JsonValue) => JsonObject>(
      (name, value) => ({ [name]: value }),
      (name, value) => ({ [name]: [value, { more: value }] }),
      (name, value) => ({ [name]: { of: { it: value } } }),
      (name, value) => ({ env: [{ name, value }] }),
      (name, value) => ({ tags: [{ Key: name, Value: value }] }),
      (name, value) => ({ list: [[{ deep: { [name]: value } }]] }),
    );
    fc.assert(
      fc.property(names, holders, (name, hold) => {
        expect(JSON.stringify(shownDocument(hold(name, 'hunter22')))).not.toContain('hunter22');
      }),
    );
  });

  it('shows all else as it is', () => {
    const document = {
      id: 7,
      name: 'vm',
      passive: true,
      keys: ['a'],
      tags: [{ key: 'team', value: 'search' }],
    };
    expect(shownDocument(document)).toEqual(document);
  });

  it('is bounded, whatever it is given', () => {
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as JsonValue;
    expect(JSON.stringify(shownDocument({ deep }))).toContain('[too deep]');
    expect(shownDocument({ text: 'x'.repeat(20_000) })).toEqual({
      too_large: '20011 characters, of which none are shown',
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        expect(JSON.stringify(shownDocument(document as JsonObject)).length).toBeLessThanOrEqual(8_192);
      }),
    );
  });
});
