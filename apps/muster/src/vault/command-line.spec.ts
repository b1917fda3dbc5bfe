import { describe, expect, it } from '@jest/globals';

import { StartError } from '#platform';

import { parseVaultCommandLine, USAGE } from './command-line.js';

describe('parseVaultCommandLine', () => {
  it.each([
    [['status'], 'status'],
    [['rotate'], 'rotate'],
    [['--help'], 'help'],
    [['rotate', '--help'], 'help'],
  ])('reads %j', (words, command) => {
    expect(parseVaultCommandLine(words)).toBe(command);
  });

  it.each([[[]], [['rotated']], [['status', 'rotate']], [['rotate', '--fast']], [['-x']]])(
    'refuses %j in one line',
    (words: string[]) => {
      const parse = () => parseVaultCommandLine(words);
      expect(parse).toThrow(StartError);
      expect(parse).toThrow(/^[^\n]*--help shows [^\n]*$/);
    },
  );

  it('shows every command in its usage', () => {
    for (const word of ['status', 'rotate', '--help']) expect(USAGE).toContain(word);
  });
});
