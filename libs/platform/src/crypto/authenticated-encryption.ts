import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;

/** AES-256. */
export const KEY_BYTES = 32;
/** The size GCM is made for (NIST SP 800-38D). */
export const NONCE_BYTES = 12;
/** What {@link encrypt} adds: a nonce before, a tag behind. */
export const ENCRYPTION_BYTES = NONCE_BYTES + TAG_BYTES;

/** Encrypts with AES-256-GCM under a random nonce. @param bound what must be the same to decrypt it again */
export function encrypt(key: KeyObject | Buffer, plain: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws when anything of it, the key, or what it was bound to is another */
export function decrypt(key: KeyObject | Buffer, encrypted: Buffer, bound: Buffer): Buffer {
  const nonce = encrypted.subarray(0, NONCE_BYTES);
  const end = encrypted.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  decipher.setAuthTag(encrypted.subarray(end));
  return Buffer.concat([decipher.update(encrypted.subarray(NONCE_BYTES, end)), decipher.final()]);
}
