import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonValue } from '#domain';

import { compileExpression, ExpressionError } from './expression.js';

describe('compileExpression', () => {
  it.each<[string, JsonValue, JsonValue]>([
    ['a.b', { a: { b: 1 } }, 1],
    ['missing', {}, null],
    ["split(zone, '/')[-1]", { zone: 'zones/eu-1' }, 'eu-1'],
    ['tags[].{key: slug, value: name}', { tags: [{ slug: 's', name: 'S' }] }, [{ key: 's', value: 'S' }]],
    ["join('-', parts)", { parts: ['a', 'b'] }, 'a-b'],
    ["replace(text, ' ', 'T')", { text: '1 2' }, '1T2'],
    ['map(&name, @)', [{ name: 'a' }], ['a']],
  ])('evaluates %s', (source, value, expected) => {
    expect(compileExpression(source).evaluate(value)).toEqual(expected);
  });

  it.each([
    ['', 'is no JMESPath'],
    ['a[', 'is no JMESPath'],
    ['$.a', 'may not use $'],
    ['constructor', 'may not use the field constructor'],
    ['a."__proto__"', 'may not use the field __proto__'],
    ['let $a = b in $a', 'may not use $'],
    ["pad_left(a, `1000000000`, ' ')", 'may not use the function pad_left'],
    ['shell(a)', 'may not use the function shell'],
    ['join(to_string(@), a)', 'must name what join puts in'],
    ["replace(a, 'x', to_string(@))", 'must name what replace puts in'],
    [`replace(a, '', '${'x'.repeat(200)}')`, 'is too large'],
    [Array.from({ length: 8 }, () => '[@, @]').join(' | '), 'is too large'],
    ['[@, @][] | [@, @][] | [@, @][] | [@, @][] | [@, @][] | [@, @][] | [@, @][] | [@, @][]', 'is too large'],
    [
      'zip(@, @) | zip(@, @) | zip(@, @) | zip(@, @) | zip(@, @) | zip(@, @) | zip(@, @) | zip(@, @)',
      'is too large',
    ],
  ])('refuses %s', (source, reason) => {
    expect(() => compileExpression(source)).toThrow(ExpressionError);
    expect(() => compileExpression(source)).toThrow(reason);
  });

  it('says what it cannot do with a value', () => {
    expect(() => compileExpression("split(zone, '/')").evaluate({ zone: null })).toThrow(ExpressionError);
    expect(() => compileExpression("split(zone, '/')").evaluate({ zone: null })).toThrow(
      /split\(\) expected/,
    );
  });

  it('knows the fields that it begins at, unless it uses the whole', () => {
    const fieldsOf = (source: string) => [...(compileExpression(source).fields ?? ['(all)'])].sort();
    expect(fieldsOf('a.b[0].c')).toEqual(['a']);
    expect(fieldsOf("x || y[?z == 'q'].name | [0]")).toEqual(['x', 'y']);
    expect(fieldsOf('{one: a, two: [b, length(c)]}')).toEqual(['a', 'b', 'c']);
    expect(fieldsOf('@')).toEqual(['(all)']);
    expect(fieldsOf('keys(@)')).toEqual(['(all)']);
  });

  it('gives an error of ours or a result no larger than it may be, whatever it is made of', () => {
    const part = fc.constantFrom(
      'a',
      '@',
      '[@, a]',
      '{x: a, y: b}',
      '[]',
      '*',
      'to_string(@)',
      'values(@)',
      '[0]',
    );
    const record: JsonValue = { a: { b: 'text'.repeat(20) }, b: [1, 2, { a: 'x' }] };
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        try {
          const result = compileExpression(parts.join(' | ')).evaluate(record);
          // Each `to_string` escapes the quotes of the last one, which doubles them at most.
          const quotes = 2 ** parts.filter((one) => one.startsWith('to_string')).length;
          expect(JSON.stringify(result).length).toBeLessThan(
            JSON.stringify(record).length * 128 * 4 * quotes,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
    );
  });
});
