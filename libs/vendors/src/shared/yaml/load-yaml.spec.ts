import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FAILSAFE_SCHEMA, JSON_SCHEMA } from 'js-yaml';

import { loadYaml } from './load-yaml.js';

const SECRET = 'hunter22';
const problemOf = (text: string) => {
  const read = loadYaml(text, JSON_SCHEMA);
  return 'problem' in read ? read.problem : 'none';
};

describe('loadYaml', () => {
  it('reads what its schema has', () => {
    const text = '\uFEFFname: x # comment\nlist:\n- 1\n- &a {b: null}\n- *a\n';
    expect(loadYaml(text, JSON_SCHEMA)).toEqual({
      document: { name: 'x', list: [1, { b: null }, { b: null }] },
    });
    expect(loadYaml('a: 01', FAILSAFE_SCHEMA)).toEqual({ document: { a: '01' } });
  });

  it.each([
    ['', 'cannot be read as YAML: expected a document, but the input is empty'],
    ['a: 1\n--- \nb: 2', 'cannot be read as YAML: expected a single document in the stream, but found more'],
    ['a:\n  - b\n c: d', 'cannot be read as YAML in line 3: bad indentation of a mapping entry'],
    ['a: 1\nb: 2\na: 3\n', 'cannot be read as YAML in line 3: duplicated mapping key'],
    [`a: *${SECRET}`, 'cannot be read as YAML in line 1: unidentified alias …'],
    [`a: !${SECRET} x`, 'cannot be read as YAML in line 1: unknown scalar tag …'],
    [`a: !!js/function 'x'`, 'cannot be read as YAML in line 1: unknown scalar tag …'],
    [
      `a: !<${SECRET} y`,
      'cannot be read as YAML in line 1: unexpected end of the stream within a verbatim tag',
    ],
    [`a: !a^${SECRET} y`, 'cannot be read as YAML in line 1: tag name cannot contain such characters: …'],
    [
      `a: "${SECRET}`,
      'cannot be read as YAML in line 1: unexpected end of the stream within a double quoted',
    ],
    [`a: !!int ${SECRET}`, 'cannot be read as YAML in line 1: cannot resolve a node with … explicit tag'],
    ['[['.repeat(9), 'cannot be read as YAML in line 1: nesting exceeded maxDepth (16)'],
    [`a: &a x\nb: [${'*a, '.repeat(101)}]`, 'cannot be read as YAML in line 2: aliases exceeded maxAliases'],
  ])('says of %j where it cannot be read', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
    expect(problemOf(text)).not.toContain(SECRET);
  });

  it('shows nothing of a text, whatever is wrong with it', () => {
    const syntax = fc.constantFrom(
      ...['\n', '  ', '\t', ': ', '- ', '? ', '!', '!<', '>', '&', '*', '"', "'", '{', '}', '[', ']', ','],
      ...['|', '%TAG ! ', '%YAML ', '---\n', '...', '<<: ', '#', '\\x', '\0', SECRET, SECRET, SECRET],
    );
    fc.assert(
      fc.property(fc.array(syntax, { maxLength: 20 }), (parts) => {
        expect(problemOf(parts.join(''))).not.toContain(SECRET);
      }),
      { numRuns: 2_000 },
    );
  });
});
