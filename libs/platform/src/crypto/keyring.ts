import { createSecretKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const KEY_BYTES = 32; // AES-256
const ENTRY = /^(\d{1,9}):([A-Za-z0-9+/]{43}=)$/;

/** Versioned master keys. The highest version seals; every version in the ring can still open. */
export interface Keyring {
  current: { version: number; key: KeyObject };
  find(version: number): KeyObject | undefined;
}

/**
 * Reads a keyring: entries `<version>:<base64 of 32 bytes>`, separated by commas or white space.
 * @throws {Error} one line that says what is wrong, without any key material.
 */
export function parseKeyring(text: string): Keyring {
  const keys = new Map<number, KeyObject>();
  for (const [index, entry] of text
    .split(/[\s,]+/)
    .filter(Boolean)
    .entries()) {
    const [, version, key] = ENTRY.exec(entry) ?? [];
    if (version === undefined || key === undefined) {
      throw new Error(`entry ${String(index + 1)} is not <version>:<base64 of 32 random bytes>`);
    }
    if (keys.has(Number(version))) throw new Error(`version ${version} is there twice`);
    keys.set(Number(version), createSecretKey(Buffer.from(key, 'base64')));
  }
  const newest = Math.max(...keys.keys());
  const key = keys.get(newest);
  if (key === undefined) throw new Error('it is empty: make an entry with 1:$(openssl rand -base64 32)');
  return { current: { version: newest, key }, find: (version) => keys.get(version) };
}

/** The keyring in a file; the file is made, with one random key and for its owner only, when it is missing. */
export function loadOrCreateKeyring(path: string): Keyring {
  if (!existsSync(path)) createKeyring(path);
  return parseKeyring(readFileSync(path, 'utf8'));
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
