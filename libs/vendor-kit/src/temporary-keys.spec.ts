import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { keyProblem, needsToken, readKeySecret, type TemporaryKeys } from './temporary-keys.js';

const TELLING: TemporaryKeys = {
  token: 'session token',
  prefixes: { temporary: 'ASIA', lasting: 'AKIA' },
};
const SILENT: TemporaryKeys = { token: 'security token' };

describe('the secret of a key', () => {
  it('is the whole of sk where there is no colon', () => {
    expect(readKeySecret('wJalr/XUtn+FEMI=')).toEqual({ secret: 'wJalr/XUtn+FEMI=' });
    expect(readKeySecret('')).toEqual({ secret: '' });
  });

  it('is what is before the first colon, and the token what is behind it', () => {
    const plain = fc.string().filter((text) => !text.includes(':'));
    fc.assert(
      fc.property(plain, fc.string(), (secret, token) => {
        expect(readKeySecret(`${secret}:${token}`)).toEqual({ secret, token });
      }),
    );
  });
});

describe('keys', () => {
  it.each([
    ['a lasting key', TELLING, 'AKIA1', 'secret'],
    ['a temporary key with its token', TELLING, 'ASIA1', 'secret:token/+=='],
    ['a key of another kind without a token', TELLING, 'testing', 'secret'],
    ['a key of another kind with a token', TELLING, 'testing', 'secret:token'],
    ['an empty secret', TELLING, '', ''],
    ['a key that doesn’t tell, without a token', SILENT, 'ASIA1', 'secret with spaces'],
    ['a key that doesn’t tell, with a token', SILENT, 'AKIA1', 'secret:token'],
  ])('are taken: %s', (_, keys, ak, sk) => {
    expect(keyProblem(keys, { ak, sk })).toBeUndefined();
  });

  it.each([
    [
      'a temporary key without its token',
      TELLING,
      'ASIA1',
      'secret',
      /a colon and the session token: .*ASIA…/,
    ],
    ['a lasting key with a token', TELLING, 'AKIA1', 'secret:token', /^sk must be the secret alone: .*AKIA…/],
    ['nothing behind the colon', TELLING, 'ASIA1', 'secret:', /the secret, a colon and the session token/],
    ['nothing before the colon', SILENT, 'any', ':token', /the secret, a colon and the security token/],
    ['a line break behind the token', SILENT, 'any', 'secret:token\n', /without spaces or line breaks/],
    ['what no header may hold', SILENT, 'any', 'secret:tökén', /without spaces or line breaks/],
  ])('are refused: %s', (_, keys, ak, sk, problem) => {
    expect(keyProblem(keys, { ak, sk })).toMatch(problem);
    expect(keyProblem(keys, { ak, sk })).not.toMatch(/ASIA1|AKIA1|token\/|tökén/);
  });

  it('need a token where their ids say so', () => {
    expect(['ASIA1', 'AKIA1', ''].map((ak) => needsToken(TELLING, ak))).toEqual([true, false, false]);
    expect(needsToken(SILENT, 'ASIA1')).toBe(false);
  });
});
