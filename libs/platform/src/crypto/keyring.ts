import { createSecretKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { decrypt, encrypt, KEY_BYTES } from './authenticated-encryption.js';
import { type KeyWrapper, SealedSecretError } from './key-wrapper.js';

const ENTRY = /^(\*?)(\d{1,9}):([A-Za-z0-9+/]{43}=)$/;

/** The master keys of a keyring, and the version that seals. */
interface MasterKeys {
  sealing: number;
  keys: ReadonlyMap<number, KeyObject>;
}

/**
 * Versioned master keys in this process' memory. One of them seals; all of them can still open. A keyring
 * from a file follows the file, so that a key can be added while Muster runs.
 */
export class Keyring implements KeyWrapper {
  /** @param reread new keys, when there are any since it was asked last */
  constructor(
    private master: MasterKeys,
    private readonly reread: () => MasterKeys | undefined = () => undefined,
  ) {}

  /** Ascending. */
  get versions(): number[] {
    return [...this.master.keys.keys()].sort((a, b) => a - b);
  }

  find(version: number): KeyObject | undefined {
    return this.master.keys.get(version);
  }

  /** Looks into the file first: what another process has sealed by now must not be sealed with less. */
  async currentVersion(): Promise<number> {
    this.master = this.reread() ?? this.master;
    return this.master.sealing;
  }

  async wrap(version: number, dataKey: Buffer, bound: Buffer): Promise<Buffer> {
    return encrypt(this.require(version), dataKey, bound);
  }

  async unwrap(version: number, wrapped: Buffer, bound: Buffer): Promise<Buffer> {
    const key = this.require(version);
    try {
      return decrypt(key, wrapped, bound);
    } catch (cause) {
      throw new SealedSecretError(
        'A sealed secret does not open: it was changed, moved, or the master key is wrong.',
        { cause },
      );
    }
  }

  private require(version: number): KeyObject {
    if (!this.master.keys.has(version)) this.master = this.reread() ?? this.master;
    const key = this.master.keys.get(version);
    if (key !== undefined) return key;
    throw new SealedSecretError(
      `A secret was sealed with master key ${String(version)}, which is not in the keyring.`,
    );
  }
}

/**
 * Reads a keyring: entries `<version>:<base64 of 32 bytes>`, separated by commas or white space. The highest
 * version seals, or the one with a `*` before it.
 * @throws {Error} one line that says what is wrong, without any key material.
 */
export function parseKeyring(text: string): Keyring {
  return new Keyring(parseMasterKeys(text));
}

/**
 * The keyring in a file, which it then follows; the file is made, with one random key and for its owner only,
 * when it is missing.
 */
export function loadOrCreateKeyring(path: string): Keyring {
  if (!existsSync(path)) createKeyring(path);
  const seen = stampOf(path);
  return new Keyring(parseMasterKeys(readFileSync(path, 'utf8')), followFile(path, seen));
}

function parseMasterKeys(text: string): MasterKeys {
  const keys = new Map<number, KeyObject>();
  let marked: number | undefined;
  for (const [index, entry] of text
    .split(/[\s,]+/)
    .filter(Boolean)
    .entries()) {
    const [, mark, version, key] = ENTRY.exec(entry) ?? [];
    if (version === undefined || key === undefined) {
      throw new Error(`entry ${String(index + 1)} is not <version>:<base64 of 32 random bytes>`);
    }
    if (keys.has(Number(version))) throw new Error(`version ${version} is there twice`);
    if (mark !== '' && marked !== undefined) throw new Error('two versions are marked with * to seal');
    if (mark !== '') marked = Number(version);
    keys.set(Number(version), createSecretKey(Buffer.from(key, 'base64')));
  }
  if (keys.size === 0) throw new Error('it is empty: make an entry with 1:$(openssl rand -base64 32)');
  return { sealing: marked ?? Math.max(...keys.keys()), keys };
}

/** Hands out the keys of a file once each time that it has changed. A file that is gone has not. */
function followFile(path: string, first: string | undefined): () => MasterKeys | undefined {
  let seen = first;
  return () => {
    const stamp = stampOf(path);
    if (stamp === undefined || stamp === seen) return undefined;
    try {
      const master = parseMasterKeys(readFileSync(path, 'utf8'));
      seen = stamp;
      return master;
    } catch (cause) {
      throw new Error(`The keyring ${path} has changed and cannot be used: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
}

/** What differs when a file was written to, or replaced as mounted secrets are. */
function stampOf(path: string): string | undefined {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file && [file.mtimeNs, file.size, file.ino].join(' ');
}

/** Written aside and linked into place: processes that start together all see one keyring, and see it whole. */
function createKeyring(path: string): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, `1:${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // else another process was first
  } finally {
    rmSync(draft, { force: true });
  }
}
