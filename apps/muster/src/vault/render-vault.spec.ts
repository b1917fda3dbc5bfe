import { describe, expect, it } from '@jest/globals';

import { renderRotation, renderStatus } from './render-vault.js';

describe('renderStatus', () => {
  it('says of each master key how much it has sealed and what to do about it', () => {
    const uses = [
      { version: 2, secrets: 3 },
      { version: 3, secrets: 1_000_000 },
      { version: 9, secrets: 1 },
    ];
    expect(renderStatus({ current: 3, versions: [1, 2, 3, 4], uses })).toBe(
      [
        'master key  secrets',
        '         9        1  not in the keyring: nothing opens these until it is back',
        '         4        0  known, but not used yet',
        '         3  1000000  seals what is written from now on',
        '         2        3  to be moved to 3: npm run vault -- rotate',
        '         1        0  not used any more: it may leave the keyring',
        '',
      ].join('\n'),
    );
  });
});

describe('renderRotation', () => {
  it('says what was done', () => {
    expect(renderRotation({ version: 2, rewrapped: 1, changedMeanwhile: 0, failed: [] })).toBe(
      'Wrapped 1 secret with master key 2.\n',
    );
  });

  it('says what was left, and why', () => {
    const failed = Array.from({ length: 22 }, (_, id) => ({ table: 't', id: String(id), reason: 'No.' }));
    const lines = renderRotation({ version: 2, rewrapped: 0, changedMeanwhile: 2, failed }).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'Wrapped 0 secrets with master key 2.',
      '2 secrets changed meanwhile and left alone.',
      '22 secrets left as before, since they do not open:',
      '  t 0: No.',
    ]);
    expect(lines.slice(-2)).toEqual(['  and 2 more', '']);
    expect(lines).toHaveLength(3 + 20 + 2);
  });
});
