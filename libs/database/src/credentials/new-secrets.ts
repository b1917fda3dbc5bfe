import { createHash, randomBytes, randomInt } from 'node:crypto';

/** 192 bits: an API key cannot be guessed, so a slow hash of it would protect nothing more. */
const API_KEY_BYTES = 24;
const TOKEN_BYTES = 48;
/** As Huawei's: 20 and 40 characters that no URL, header or shell has to escape. */
const ACCESS_KEY_CHARACTERS = 20;
const SECRET_KEY_CHARACTERS = 40;
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const MIXED = `${UPPER}abcdefghijklmnopqrstuvwxyz`;

export function newApiKey(): string {
  return `mk_${randomBytes(API_KEY_BYTES).toString('base64url')}`;
}

export function newAccessKey(): string {
  return randomCharacters(UPPER, ACCESS_KEY_CHARACTERS);
}

/** 238 bits. */
export function newSecretKey(): string {
  return randomCharacters(MIXED, SECRET_KEY_CHARACTERS);
}

/** A security token of a temporary key pair, or a session token. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What is stored of a secret that nobody needs to read again. */
export function hashSecret(secret: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(secret).digest());
}

function randomCharacters(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
