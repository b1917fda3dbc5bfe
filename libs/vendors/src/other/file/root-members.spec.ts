import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { FormatError } from './found-record.js';
import { type Member, RootMembers } from './root-members.js';

function membersOf(text: string, length = 5, maxCharacters = 1_000_000): Member[] {
  const reader = new RootMembers('resources', maxCharacters);
  const members: Member[] = [];
  for (let from = 0; from < text.length; from += length)
    members.push(...reader.take(text.slice(from, from + length)));
  reader.end();
  return members;
}

const names = fc
  .oneof(fc.constant('resources'), fc.string({ maxLength: 5 }))
  .filter((name) => name !== '__proto__');
const documents = fc
  .tuple(fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })), fc.array(fc.jsonValue({ maxDepth: 3 })))
  .map(([others, resources]) => ({ ...others, resources }));
const indents = fc.constantFrom(undefined, 2, '\t');

describe('RootMembers', () => {
  it('finds the plain members and the elements of the list, wherever the text is cut', () => {
    fc.assert(
      fc.property(documents, indents, fc.integer({ min: 1, max: 30 }), (document, indent, length) => {
        const text = JSON.stringify(document, undefined, indent);
        const expected = Object.entries(JSON.parse(text) as object).flatMap(
          ([name, value]: [string, unknown]) => {
            if (name === 'resources' && Array.isArray(value)) return value.map((one: unknown) => [name, one]);
            return typeof value === 'object' && value !== null ? [] : [[name, value]];
          },
        );
        expect(membersOf(text, length).map(({ name, value }) => [name, value])).toEqual(expected);
      }),
    );
  });

  it('never takes a document that breaks off for a whole one', () => {
    fc.assert(
      fc.property(documents, fc.nat(), (document, seed) => {
        const text = JSON.stringify(document);
        expect(() => membersOf(text.slice(0, seed % text.length))).toThrow(FormatError);
      }),
    );
  });

  it.each([
    '',
    '[]',
    'x',
    '{}{}',
    '{"a" 1}',
    '{"a": 1 "b": 2}',
    '{"a": ,}',
    '{a: 1}',
    '{"resources": [1 2]',
    '{"a": 1]',
    '{}',
    '{"resources": {}}',
  ])('refuses %j', (text) => {
    expect(() => membersOf(text)).toThrow(FormatError);
  });

  it('holds no more than an element may have, and nothing of what nobody wants', () => {
    const large = 'x'.repeat(200);
    expect(() => membersOf(JSON.stringify({ resources: [{ large }] }), 50, 100)).toThrow(FormatError);
    expect(membersOf(JSON.stringify({ outputs: { large }, serial: 3, resources: [] }), 50, 100)).toEqual([
      { name: 'serial', value: 3 },
    ]);
  });
});
