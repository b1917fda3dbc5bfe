import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { StartError } from '#platform';

import { parseCommandLine, USAGE } from './command-line.js';

describe('parseCommandLine', () => {
  it.each([
    [[], { demo: true, help: false }],
    [['--no-demo'], { demo: false, help: false }],
    [['--help'], { demo: true, help: true }],
    [['--help', '--no-demo'], { demo: false, help: true }],
  ])('reads %j', (words, commandLine) => {
    expect(parseCommandLine(words)).toEqual(commandLine);
  });

  it.each(['--nodemo', '--demo', '-x', '--no-demo=yes', 'demo'])('refuses %s in one line', (word) => {
    const parse = () => parseCommandLine([word]);
    expect(parse).toThrow(StartError);
    expect(parse).toThrow(/^[^\n]*--help shows the options\)$/);
    expect(parse).toThrow(word.split('=')[0]);
  });

  it('reads or refuses anything, in words for people', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        try {
          expect(Object.keys(parseCommandLine(words))).toEqual(['demo', 'help']);
        } catch (error) {
          expect(error).toBeInstanceOf(StartError);
        }
      }),
    );
  });

  it('shows every option in its usage', () => {
    for (const option of ['--no-demo', '--help']) expect(USAGE).toContain(option);
  });
});
