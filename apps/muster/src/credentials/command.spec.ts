import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { StartError } from '#platform';

import { parseCommand, USAGE } from './command.js';

const HOUR_MS = 3_600_000;
const named = { json: false, name: 'ci', tenant: 'default' };

describe('parseCommand', () => {
  it.each([
    ['', { verb: 'help', json: false }],
    ['--help', { verb: 'help', json: false }],
    ['create --help', { verb: 'help', json: false }],
    ['list', { verb: 'list', json: false, all: false }],
    ['list --all --json --tenant a', { verb: 'list', json: true, all: true, tenant: 'a' }],
    ['create ci', { verb: 'create', ...named, kind: 'access-key', policy: 'full-access' }],
    [
      'create ci --kind api-key --tenant team --policy read-only --expires-in 90d',
      {
        verb: 'create',
        json: false,
        name: 'ci',
        tenant: 'team',
        kind: 'api-key',
        policy: 'read-only',
        expiresInMs: 90 * 24 * HOUR_MS,
      },
    ],
    ['temporary ci', { verb: 'temporary', ...named, expiresInMs: HOUR_MS }],
    ['temporary ci --expires-in 30s', { verb: 'temporary', ...named, expiresInMs: 30_000 }],
    ['rotate ci', { verb: 'rotate', ...named, overlapMs: 0 }],
    ['rotate ci --overlap 24h', { verb: 'rotate', ...named, overlapMs: 24 * HOUR_MS }],
    ['revoke ci', { verb: 'revoke', ...named }],
    ['policy ci --policy p.json', { verb: 'policy', ...named, policy: 'p.json' }],
  ])('reads "%s"', (words, command) => {
    expect(parseCommand(words.split(' ').filter(Boolean))).toEqual(command);
  });

  it('takes a name of several words as one', () => {
    expect(parseCommand(['revoke', 'the nightly job'])).toMatchObject({ name: 'the nightly job' });
  });

  it.each([
    ['issue ci', 'issue is no command: use list, create'],
    ['constructor ci', 'constructor is no command'],
    ['list ci', 'list takes no name'],
    ['create', 'create takes one name'],
    ['revoke a b', 'revoke takes one name, in quotes if it has blanks'],
    ['revoke ci --all', 'revoke takes no --all'],
    ['rotate ci --policy read-only', 'rotate takes no --policy'],
    ['create ci --overlap 1h', 'create takes no --overlap'],
    ['create ci --kind temporary', '--kind must be access-key or api-key'],
    ['create ci --expires-in 90', '--expires-in must be a time of at most ten years'],
    ['create ci --expires-in 11y', '--expires-in must be a time of at most ten years'],
    ['create ci --expires-in 9999d', '--expires-in must be a time of at most ten years'],
    ['rotate ci --overlap -1h', 'overlap'],
    ['policy ci', 'policy needs --policy'],
    ['create ci --nope', '--nope'],
    [`create ${'x'.repeat(65)}`, 'the name must have 1 to 64 printable characters'],
    ['create ci --tenant=', '--tenant must have 1 to 64 printable characters'],
  ])('refuses "%s" in one line', (words, message) => {
    const parse = () => parseCommand(words.split(' '));
    expect(parse).toThrow(StartError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^[^\n]*\(--help shows the options\)$/);
  });

  it.each(['a\nb', ' a', 'a ', 'a\tb', '\u001b[31m', 'a  b', ''])('refuses the name %j', (name) => {
    expect(() => parseCommand(['create', '--', name])).toThrow('printable characters');
  });

  it('reads or refuses anything, in words for people', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('list', 'create', 'rotate', '--tenant', '--kind', '--overlap', '1h', '--', '--json'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        try {
          expect(parseCommand(words)).toHaveProperty('verb');
        } catch (error) {
          expect(error).toBeInstanceOf(StartError);
        }
      }),
    );
  });

  it('shows every command and option in its usage', () => {
    for (const word of ['list', 'create', 'temporary', 'rotate', 'revoke', 'policy']) {
      expect(USAGE).toMatch(new RegExp(`^ {2}${word} `, 'm'));
    }
    for (const option of ['tenant', 'kind', 'policy', 'expires-in', 'overlap', 'all', 'json', 'help']) {
      expect(USAGE).toContain(`--${option}`);
    }
  });
});
