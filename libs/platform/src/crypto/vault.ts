import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

import type { Keyring } from './keyring.js';

const FORMAT = 1;
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12; // the size GCM is made for (NIST SP 800-38D)
const TAG_BYTES = 16;
const HEADER_BYTES = 5; // format (1), master key version (4)
const WRAPPED_KEY_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/**
 * Envelope encryption of secrets: a random data key per secret encrypts it, the keyring's newest master key
 * wraps the data key. So a master key is changed by re-wrapping 60 bytes a row.
 *
 * A sealed value is bound to its place (`owner`, for example an account's id): copied into another row it
 * does not open.
 *
 * Layout: format (1 byte) · master key version (4, big-endian) · wrapped data key (12 nonce + 32 + 16 tag) ·
 * secret (12 nonce + n + 16 tag).
 */
export class Vault {
  constructor(private readonly keyring: Keyring) {}

  seal(secret: string, owner: string): Buffer<ArrayBuffer> {
    const { version, key } = this.keyring.current;
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(FORMAT, 0);
    header.writeUInt32BE(version, 1);
    const dataKey = randomBytes(KEY_BYTES);
    const place = Buffer.from(owner);
    return Buffer.concat([
      header,
      encrypt(key, dataKey, Buffer.concat([header, place])),
      encrypt(dataKey, Buffer.from(secret, 'utf8'), place), // not the header: re-wrapping leaves it as it is
    ]);
  }

  /**
   * @throws {Error} when the value is damaged, belongs to another owner, or was sealed with a master key that
   * is no longer in the keyring. The message holds nothing of the secret.
   */
  open(sealed: Uint8Array, owner: string): string {
    const bytes = Buffer.from(sealed);
    if (bytes.length < HEADER_BYTES + WRAPPED_KEY_BYTES + NONCE_BYTES + TAG_BYTES || bytes[0] !== FORMAT) {
      throw new Error('A sealed secret is damaged or of a format this version does not know.');
    }
    const version = bytes.readUInt32BE(1);
    const master = this.keyring.find(version);
    if (master === undefined) {
      throw new Error(`A secret was sealed with master key ${String(version)}, which is not in the keyring.`);
    }
    const header = bytes.subarray(0, HEADER_BYTES);
    const place = Buffer.from(owner);
    const body = HEADER_BYTES + WRAPPED_KEY_BYTES;
    try {
      const dataKey = decrypt(master, bytes.subarray(HEADER_BYTES, body), Buffer.concat([header, place]));
      return decrypt(dataKey, bytes.subarray(body), place).toString('utf8');
    } catch (cause) {
      throw new Error('A sealed secret does not open: it was changed, moved, or the master key is wrong.', {
        cause,
      });
    }
  }
}

function encrypt(key: KeyObject | Buffer, plain: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject | Buffer, sealed: Buffer, bound: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  decipher.setAuthTag(sealed.subarray(end));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
}
