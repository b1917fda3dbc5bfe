import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { projectRoot } from '../project-root.js';
import { loadOrCreateKeyring, parseKeyring } from './keyring.js';

const newKey = () => randomBytes(32).toString('base64');

describe('parseKeyring', () => {
  it.each([',', ' ', '\n', '\r\n', ', ', '\n\n,'])('reads entries separated by %j', (separator) => {
    const keys = [newKey(), newKey(), newKey()];
    const text = keys.map((key, index) => `${String(index + 1)}:${key}`).join(separator);

    const keyring = parseKeyring(`${separator}${text}${separator}`);

    expect(keyring.current.version).toBe(3);
    expect(keyring.current.key.export().toString('base64')).toBe(keys[2]);
    expect(
      keys.map((_, index) =>
        keyring
          .find(index + 1)
          ?.export()
          .toString('base64'),
      ),
    ).toEqual(keys);
    expect(keyring.find(4)).toBeUndefined();
  });

  it('seals with the highest version, wherever it stands and however it is written', () => {
    const keyring = parseKeyring(`2:${newKey()} 10:${newKey()} 0009:${newKey()}`);
    expect(keyring.current.version).toBe(10);
    expect(keyring.find(9)).toBeDefined();
  });

  it.each([
    ['', 'it is empty: make an entry with 1:$(openssl rand -base64 32)'],
    [' \n,', 'it is empty: make an entry with 1:$(openssl rand -base64 32)'],
    [newKey(), 'entry 1 is not <version>:<base64 of 32 random bytes>'],
    [`1:${newKey()},2`, 'entry 2 is not <version>:<base64 of 32 random bytes>'],
    [`x:${newKey()}`, 'entry 1 is not <version>:<base64 of 32 random bytes>'],
    [`-1:${newKey()}`, 'entry 1 is not <version>:<base64 of 32 random bytes>'],
    [`1:${randomBytes(31).toString('base64')}`, 'entry 1 is not <version>:<base64 of 32 random bytes>'],
    [`1:${randomBytes(33).toString('base64')}`, 'entry 1 is not <version>:<base64 of 32 random bytes>'],
    [`9999999999:${newKey()}`, 'entry 1 is not <version>:<base64 of 32 random bytes>'],
    [`1:${newKey()} 1:${newKey()}`, 'version 1 is there twice'],
    [`1:${newKey()} 01:${newKey()}`, 'version 01 is there twice'],
  ])('refuses what is wrong, without showing it', (text, message) => {
    expect(() => parseKeyring(text)).toThrow(new Error(message));
  });

  it('never shows key material of what it refuses', () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 12, maxLength: 60 }), (key) => {
        fc.pre(key.length !== 44);
        expect(() => parseKeyring(`1:${key}`)).toThrow(/^entry 1 is not <version>/);
      }),
    );
  });
});

describe('loadOrCreateKeyring', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-keyring-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('makes a file for its owner only, and no other', () => {
    const keyring = loadOrCreateKeyring(join(folder, 'keyring'));

    expect(readdirSync(folder)).toEqual(['keyring']);
    expect(statSync(join(folder, 'keyring')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'keyring'), 'utf8')).toBe(
      `1:${keyring.current.key.export().toString('base64')}\n`,
    );
  });

  it('leaves a file alone that is there, also a broken one', () => {
    writeFileSync(join(folder, 'keyring'), '');
    expect(() => loadOrCreateKeyring(join(folder, 'keyring'))).toThrow('it is empty');
    expect(readFileSync(join(folder, 'keyring'), 'utf8')).toBe('');
  });

  it('says why it cannot make one', () => {
    expect(() => loadOrCreateKeyring(join(folder, 'no', 'keyring'))).toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives processes that start together the same key', async () => {
    const program = `
      await import(${JSON.stringify(join(projectRoot, 'scripts', 'run-typescript.mjs'))});
      const { loadOrCreateKeyring } = await import(${JSON.stringify(join(import.meta.dirname, 'keyring.ts'))});
      const begin = Number(process.argv[1]);
      while (Date.now() < begin);
      const keys = [];
      for (let round = 0; round < 50; round += 1)
        keys.push(loadOrCreateKeyring(process.argv[2] + round).current.key.export().toString('hex'));
      console.log(JSON.stringify(keys));`;
    const begin = String(Date.now() + 1_500);
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() =>
        promisify(execFile)(process.execPath, [
          '--input-type=module',
          '-e',
          program,
          begin,
          join(folder, 'keyring'),
        ]),
      ),
    );
    expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1);
    expect(readdirSync(folder)).toHaveLength(50);
  });
});
