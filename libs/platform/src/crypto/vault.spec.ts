import { createHash, randomBytes } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type KeyWrapper, SealedSecretError } from './key-wrapper.js';
import { parseKeyring } from './keyring.js';
import { Vault } from './vault.js';

const HEADER_BYTES = 7;
const WRAPPED_KEY_BYTES = 60;
const OVERHEAD_BYTES = HEADER_BYTES + WRAPPED_KEY_BYTES + 28;
const OWNER = '0190b5a4-0000-7000-8000-000000000001';

const entry = (version: number) => `${String(version)}:${randomBytes(32).toString('base64')}`;
const OLD = entry(1);
const NEW = entry(2);
const vault = new Vault(parseKeyring(OLD));
const both = new Vault(parseKeyring(`${NEW} ${OLD}`));
const onlyNew = new Vault(parseKeyring(NEW));

/** Any text at all, but for half surrogate pairs, which UTF-8 has not. */
const text = fc.string({ unit: 'binary', maxLength: 200 });
const secret = fc.string({ unit: 'binary', minLength: 8, maxLength: 200 });

/** Everything that a refusal says. */
async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('It opened.'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SealedSecretError);
  const { message, stack, cause } = error as Error;
  return [message, stack, cause instanceof Error ? cause.stack : ''].join('\n');
}

describe('Vault', () => {
  it('opens what it sealed, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (plain, owner) => {
        expect(await vault.open(await vault.seal(plain, owner), owner)).toBe(plain);
      }),
    );
  });

  it('opens what was sealed in the first format, and re-wraps it', async () => {
    const sealed = Buffer.from(
      'AQAAAAGj4OexQVtFuNzl/PE3GohYRlcPdXXpliuIzT12NHZMxYz0rkq4VvGzo6ycs3lZktSpcgzQgS3ziblOm0paPmb6pIfKytzyC3BPi32ncxqR7AkyF08ZfYxFt4F+W1vfua/aDvxdiQ==',
      'base64',
    );
    const ring = new Vault(parseKeyring(`1:${Buffer.alloc(32, 7).toString('base64')} ${NEW}`));
    expect(await ring.open(sealed, OWNER)).toBe('correct horse');
    expect(await onlyNew.open(await ring.rewrap(sealed, OWNER), OWNER)).toBe('correct horse');
  });

  it('adds a fixed number of bytes and shows nothing of the secret', async () => {
    await fc.assert(
      fc.asyncProperty(secret, async (plain) => {
        const sealed = await vault.seal(plain, OWNER);
        expect(sealed).toHaveLength(OVERHEAD_BYTES + Buffer.byteLength(plain));
        expect(sealed.includes(plain)).toBe(false);
      }),
    );
  });

  it('never seals twice to the same bytes', async () => {
    const sealed = await Promise.all(Array.from({ length: 100 }, () => vault.seal('secret', OWNER)));
    expect(new Set(sealed.map((bytes) => bytes.toString('hex'))).size).toBe(100);
  });

  it('does not open for another owner', async () => {
    await fc.assert(
      fc.asyncProperty(secret, text, text, async (plain, owner, other) => {
        fc.pre(owner !== other);
        const message = await refusalOf(vault.open(await vault.seal(plain, owner), other));
        expect(message).toMatch(/A sealed secret does not open/);
        expect(message).not.toContain(plain);
      }),
    );
  });

  it('does not open with any bit of it flipped, and says nothing of the secret', async () => {
    const plain = 'correct horse battery staple';
    const sealed = await vault.seal(plain, OWNER);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(await refusalOf(vault.open(changed, OWNER))).not.toContain(plain);
    }
  });

  it('does not open cut short or prolonged', async () => {
    const sealed = await vault.seal('correct horse', OWNER);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(await refusalOf(vault.open(sealed.subarray(0, length), OWNER))).not.toContain('horse');
    }
    const longer = Buffer.concat([sealed, Buffer.from([0])]);
    expect(await refusalOf(vault.open(longer, OWNER))).toContain('does not open');
  });

  it('does not open with the wrong master key of the right version', async () => {
    const other = new Vault(parseKeyring(entry(1)));
    const sealed = await vault.seal('secret', OWNER);
    expect(await refusalOf(other.open(sealed, OWNER))).toContain('the master key is wrong');
  });

  it('opens what older keys sealed, while they are in the keyring, and seals with the newest', async () => {
    const sealed = await vault.seal('secret', OWNER);
    expect(await both.open(sealed, OWNER)).toBe('secret');

    expect(await onlyNew.open(await both.seal('newer', OWNER), OWNER)).toBe('newer');
    await expect(onlyNew.open(sealed, OWNER)).rejects.toThrow(
      new SealedSecretError('A secret was sealed with master key 1, which is not in the keyring.'),
    );
  });

  it('takes what Postgres hands back: a view into a larger buffer', async () => {
    const sealed = await vault.seal('secret', OWNER);
    const larger = new Uint8Array(sealed.length + 16);
    larger.set(sealed, 8);
    expect(await vault.open(larger.subarray(8, 8 + sealed.length), OWNER)).toBe('secret');
  });
});

describe('Vault.rewrap', () => {
  it('wraps the data key anew and leaves the rest as it is, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (plain, owner) => {
        const sealed = await vault.seal(plain, owner);
        const rewrapped = await both.rewrap(sealed, owner);

        expect(await onlyNew.open(rewrapped, owner)).toBe(plain);
        const bodyAt = HEADER_BYTES + WRAPPED_KEY_BYTES;
        expect(rewrapped.subarray(bodyAt).equals(sealed.subarray(bodyAt))).toBe(true);
        const wrapped = rewrapped.subarray(HEADER_BYTES, bodyAt);
        expect(wrapped.equals(sealed.subarray(HEADER_BYTES, bodyAt))).toBe(false);
      }),
    );
  });

  it('does not turn one owner’s secret into another’s', async () => {
    const sealed = await vault.seal('secret', OWNER);
    expect(await refusalOf(both.rewrap(sealed, 'another'))).toContain('does not open');
  });

  it('needs the key that wrapped before', async () => {
    const sealed = await vault.seal('secret', OWNER);
    expect(await refusalOf(onlyNew.rewrap(sealed, OWNER))).toContain('master key 1, which is not in the');
    expect(await refusalOf(both.rewrap(Buffer.from('no secret'), OWNER))).toContain('damaged');
  });
});

describe('a key wrapper other than the keyring', () => {
  /** Wraps as services do: elsewhere, with long answers that only their owner can read. */
  class Service implements KeyWrapper {
    readonly kept = new Map<string, { version: number; dataKey: Buffer; bound: Buffer }>();
    down = false;

    async currentVersion(): Promise<number> {
      return 7;
    }

    async wrap(version: number, dataKey: Buffer, bound: Buffer): Promise<Buffer> {
      const wrapped = randomBytes(184);
      this.kept.set(idOf(wrapped), { version, dataKey, bound });
      return wrapped;
    }

    async unwrap(version: number, wrapped: Buffer, bound: Buffer): Promise<Buffer> {
      if (this.down) throw new Error('connect ECONNREFUSED');
      const kept = this.kept.get(idOf(wrapped));
      if (kept?.version !== version || !kept.bound.equals(bound)) throw new SealedSecretError('No.');
      return kept.dataKey;
    }
  }
  const idOf = (wrapped: Buffer) => createHash('sha256').update(wrapped).digest('hex');

  it('may have wrapped keys of any length, and trouble of its own', async () => {
    const service = new Service();
    const sealed = await new Vault(service).seal('secret', OWNER);
    expect(sealed).toHaveLength(HEADER_BYTES + 184 + 28 + 'secret'.length);
    expect(await new Vault(service).open(sealed, OWNER)).toBe('secret');
    expect(await refusalOf(new Vault(service).open(sealed, 'another'))).toContain('No.');

    service.down = true;
    await expect(new Vault(service).open(sealed, OWNER)).rejects.toThrow(new Error('connect ECONNREFUSED'));
  });
});
