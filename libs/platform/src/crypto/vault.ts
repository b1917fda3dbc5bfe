import { randomBytes } from 'node:crypto';

import { decrypt, encrypt, ENCRYPTION_BYTES, KEY_BYTES } from './authenticated-encryption.js';
import { type KeyWrapper, SealedSecretError } from './key-wrapper.js';

/** With the length of the wrapped key, which is a key wrapper's own. */
const FORMAT = 2;
/** Sealed before there was more than the keyring: a wrapped key of always the same length. */
const FIRST_FORMAT = 1;
const FIRST_FORMAT_WRAPPED_BYTES = KEY_BYTES + ENCRYPTION_BYTES;

const VERSION_AT = 1;
const LENGTH_AT = 5;
const FIRST_FORMAT_HEADER_BYTES = 5;
const HEADER_BYTES = 7;
/** The part of the header that the wrapped key is bound to: format and version. */
const BOUND_HEADER_BYTES = 5;

/** A sealed value, taken apart. */
interface Envelope {
  version: number;
  /** Format and version, as they stand there. */
  boundHeader: Buffer;
  wrappedKey: Buffer;
  /** The secret, encrypted with the data key. */
  body: Buffer;
}

/**
 * Envelope encryption of secrets: a random data key per secret encrypts it, and a master key wraps the data
 * key. So a master key is changed by wrapping the data keys anew ({@link Vault.rewrap}).
 *
 * A sealed value is bound to its place (`owner`, for example an account's id): copied into another row it
 * does not open.
 *
 * Layout: format (1 byte) · master key version (4, big-endian) · length of the wrapped key (2) · wrapped data
 * key (with the keyring 12 nonce + 32 + 16 tag) · secret (12 nonce + n + 16 tag).
 */
export class Vault {
  constructor(private readonly wrapper: KeyWrapper) {}

  /** The version of the master key that seals from now on. */
  async currentVersion(): Promise<number> {
    return this.wrapper.currentVersion();
  }

  async seal(secret: string, owner: string): Promise<Buffer<ArrayBuffer>> {
    const dataKey = randomBytes(KEY_BYTES);
    const place = Buffer.from(owner);
    return Buffer.concat([
      ...(await this.wrap(dataKey, place)),
      encrypt(dataKey, Buffer.from(secret, 'utf8'), place), // not the header: re-wrapping leaves it as it is
    ]);
  }

  /**
   * @throws {SealedSecretError} when the value is damaged, belongs to another owner, or was sealed with a
   * master key that is no longer in the keyring.
   */
  async open(sealed: Uint8Array, owner: string): Promise<string> {
    const envelope = takeApart(sealed);
    const place = Buffer.from(owner);
    const dataKey = await this.unwrap(envelope, place);
    try {
      return decrypt(dataKey, envelope.body, place).toString('utf8');
    } catch (cause) {
      throw new SealedSecretError('A sealed secret does not open: it was changed.', { cause });
    }
  }

  /**
   * The same sealed value under the current master key. Only the header and the wrapped key are other than
   * before: the secret itself is not even decrypted.
   * @throws {SealedSecretError} as {@link open} does, but for damage to the secret itself
   */
  async rewrap(sealed: Uint8Array, owner: string): Promise<Buffer<ArrayBuffer>> {
    const envelope = takeApart(sealed);
    const place = Buffer.from(owner);
    const dataKey = await this.unwrap(envelope, place);
    return Buffer.concat([...(await this.wrap(dataKey, place)), envelope.body]);
  }

  /** The header and the wrapped key of a sealed value. */
  private async wrap(dataKey: Buffer, place: Buffer): Promise<[header: Buffer, wrappedKey: Buffer]> {
    const version = await this.wrapper.currentVersion();
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(FORMAT, 0);
    header.writeUInt32BE(version, VERSION_AT);
    const bound = Buffer.concat([header.subarray(0, BOUND_HEADER_BYTES), place]);
    const wrappedKey = await this.wrapper.wrap(version, dataKey, bound);
    header.writeUInt16BE(wrappedKey.length, LENGTH_AT);
    return [header, wrappedKey];
  }

  private async unwrap({ version, boundHeader, wrappedKey }: Envelope, place: Buffer): Promise<Buffer> {
    return this.wrapper.unwrap(version, wrappedKey, Buffer.concat([boundHeader, place]));
  }
}

function takeApart(sealed: Uint8Array): Envelope {
  const bytes = Buffer.from(sealed);
  const format = bytes[0];
  const headerBytes = format === FIRST_FORMAT ? FIRST_FORMAT_HEADER_BYTES : HEADER_BYTES;
  if ((format !== FORMAT && format !== FIRST_FORMAT) || bytes.length < headerBytes) throw damaged();
  const bodyAt =
    headerBytes + (format === FIRST_FORMAT ? FIRST_FORMAT_WRAPPED_BYTES : bytes.readUInt16BE(LENGTH_AT));
  if (bytes.length < bodyAt + ENCRYPTION_BYTES) throw damaged();
  return {
    version: bytes.readUInt32BE(VERSION_AT),
    boundHeader: bytes.subarray(0, BOUND_HEADER_BYTES),
    wrappedKey: bytes.subarray(headerBytes, bodyAt),
    body: bytes.subarray(bodyAt),
  };
}

function damaged(): SealedSecretError {
  return new SealedSecretError('A sealed secret is damaged or of a format this version does not know.');
}
