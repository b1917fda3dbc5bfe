import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { projectRoot } from '../project-root.js';
import { loadOrCreateKeyring, parseKeyring } from './keyring.js';

const BOUND = Buffer.from('bound to');
const newKey = () => randomBytes(32).toString('base64');

describe('parseKeyring', () => {
  it.each([',', ' ', '\n', '\r\n', ', ', '\n\n,'])('reads entries separated by %j', async (separator) => {
    const keys = [newKey(), newKey(), newKey()];
    const text = keys.map((key, index) => `${String(index + 1)}:${key}`).join(separator);

    const keyring = parseKeyring(`${separator}${text}${separator}`);

    expect(await keyring.currentVersion()).toBe(3);
    expect(keyring.versions).toEqual([1, 2, 3]);
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

  it('seals with the highest version, wherever it stands and however it is written', async () => {
    const keyring = parseKeyring(`2:${newKey()} 10:${newKey()} 0009:${newKey()}`);
    expect(await keyring.currentVersion()).toBe(10);
    expect(keyring.find(9)).toBeDefined();
  });

  it('seals with the version that is marked, so that others can be known before they are used', async () => {
    expect(await parseKeyring(`*1:${newKey()} 2:${newKey()}`).currentVersion()).toBe(1);
    expect(await parseKeyring(`2:${newKey()},*03:${newKey()}`).currentVersion()).toBe(3);
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
    [`*1:${newKey()} *2:${newKey()}`, 'two versions are marked with * to seal'],
    [`* 1:${newKey()}`, 'entry 1 is not <version>:<base64 of 32 random bytes>'],
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
      `1:${keyring.find(1)!.export().toString('base64')}\n`,
    );
  });

  it('leaves a file alone that is there, also a broken one', () => {
    writeFileSync(join(folder, 'keyring'), '');
    expect(() => loadOrCreateKeyring(join(folder, 'keyring'))).toThrow('it is empty');
    expect(readFileSync(join(folder, 'keyring'), 'utf8')).toBe('');
  });

  it('seals with a key that is added to the file, and opens what others have sealed with it', async () => {
    const path = join(folder, 'keyring');
    const [running, idle] = [loadOrCreateKeyring(path), loadOrCreateKeyring(path)];
    appendFileSync(path, `2:${newKey()}\n`);

    expect(await running.currentVersion()).toBe(2);
    const wrapped = await running.wrap(2, Buffer.from('data key'), BOUND);
    expect(String(await idle.unwrap(2, wrapped, BOUND))).toBe('data key');
    expect(idle.versions).toEqual([1, 2]);
  });

  it('sees a file that was put in the place of the former one', async () => {
    const path = join(folder, 'keyring');
    const keyring = loadOrCreateKeyring(path);
    writeFileSync(join(folder, 'next'), `3:${newKey()}`);
    renameSync(join(folder, 'next'), path);
    expect(await keyring.currentVersion()).toBe(3);
    expect(keyring.versions).toEqual([3]);
  });

  it('does not seal while the file is broken, but opens, and goes on once it is mended', async () => {
    const path = join(folder, 'keyring');
    const keyring = loadOrCreateKeyring(path);
    const wrapped = await keyring.wrap(1, Buffer.from('data key'), BOUND);
    const content = readFileSync(path, 'utf8');
    const half = newKey().slice(0, 20);
    writeFileSync(path, `${content}2:${half}`);

    const refused: unknown = await keyring.currentVersion().catch((error: unknown) => error);
    expect((refused as Error).message).toMatch(/^The keyring .* cannot be used: entry 2 is not <version>/);
    expect((refused as Error).message).not.toContain(half);
    expect(String(await keyring.unwrap(1, wrapped, BOUND))).toBe('data key');

    writeFileSync(path, `${content}2:${newKey()}`);
    expect(await keyring.currentVersion()).toBe(2);
  });

  it('keeps its keys when the file is taken away', async () => {
    const path = join(folder, 'keyring');
    const keyring = loadOrCreateKeyring(path);
    rmSync(path);
    expect(await keyring.currentVersion()).toBe(1);
    await expect(keyring.unwrap(2, Buffer.alloc(60), BOUND)).rejects.toThrow('master key 2, which is not in');
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
        keys.push(loadOrCreateKeyring(process.argv[2] + round).find(1).export().toString('hex'));
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
