import { randomBytes } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseKeyring } from './keyring.js';
import { Vault } from './vault.js';

const OVERHEAD_BYTES = 5 + 60 + 28;
const OWNER = '0190b5a4-0000-7000-8000-000000000001';

const entry = (version: number) => `${String(version)}:${randomBytes(32).toString('base64')}`;
const OLD = entry(1);
const NEW = entry(2);
const vault = new Vault(parseKeyring(OLD));

/** Any text at all, but for half surrogate pairs, which UTF-8 has not. */
const text = fc.string({ unit: 'binary', maxLength: 200 });
const secret = fc.string({ unit: 'binary', minLength: 8, maxLength: 200 });

function messageOf(open: () => string): string {
  try {
    open();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    const { message, stack, cause } = error as Error;
    return [message, stack, cause instanceof Error ? cause.stack : ''].join('\n');
  }
  throw new Error('It opened.');
}

describe('Vault', () => {
  it('opens what it sealed, whatever it is', () => {
    fc.assert(
      fc.property(text, text, (plain, owner) => {
        expect(vault.open(vault.seal(plain, owner), owner)).toBe(plain);
      }),
    );
  });

  it('adds a fixed number of bytes and shows nothing of the secret', () => {
    fc.assert(
      fc.property(secret, (plain) => {
        const sealed = vault.seal(plain, OWNER);
        expect(sealed).toHaveLength(OVERHEAD_BYTES + Buffer.byteLength(plain));
        expect(sealed.includes(plain)).toBe(false);
      }),
    );
  });

  it('never seals twice to the same bytes', () => {
    const sealed = Array.from({ length: 100 }, () => vault.seal('secret', OWNER).toString('hex'));
    expect(new Set(sealed).size).toBe(100);
  });

  it('does not open for another owner', () => {
    fc.assert(
      fc.property(secret, text, text, (plain, owner, other) => {
        fc.pre(owner !== other);
        const message = messageOf(() => vault.open(vault.seal(plain, owner), other));
        expect(message).toMatch(/^A sealed secret does not open/);
        expect(message).not.toContain(plain);
      }),
    );
  });

  it('does not open with any bit of it flipped, and says nothing of the secret', () => {
    const plain = 'correct horse battery staple';
    const sealed = vault.seal(plain, OWNER);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(messageOf(() => vault.open(changed, OWNER))).not.toContain(plain);
    }
  });

  it('does not open cut short or prolonged', () => {
    const sealed = vault.seal('correct horse', OWNER);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(messageOf(() => vault.open(sealed.subarray(0, length), OWNER))).not.toContain('horse');
    }
    expect(() => vault.open(Buffer.concat([sealed, Buffer.from([0])]), OWNER)).toThrow('does not open');
  });

  it('does not open with the wrong master key of the right version', () => {
    const other = new Vault(parseKeyring(entry(1)));
    expect(() => other.open(vault.seal('secret', OWNER), OWNER)).toThrow('the master key is wrong');
  });

  it('opens what older keys sealed, while they are in the keyring, and seals with the newest', () => {
    const sealed = vault.seal('secret', OWNER);
    const both = new Vault(parseKeyring(`${NEW} ${OLD}`));
    expect(both.open(sealed, OWNER)).toBe('secret');

    const onlyNew = new Vault(parseKeyring(NEW));
    expect(onlyNew.open(both.seal('newer', OWNER), OWNER)).toBe('newer');
    expect(() => onlyNew.open(sealed, OWNER)).toThrow(
      new Error('A secret was sealed with master key 1, which is not in the keyring.'),
    );
  });

  it('takes what Postgres hands back: a view into a larger buffer', () => {
    const sealed = vault.seal('secret', OWNER);
    const larger = new Uint8Array(sealed.length + 16);
    larger.set(sealed, 8);
    expect(vault.open(larger.subarray(8, 8 + sealed.length), OWNER)).toBe('secret');
  });
});
