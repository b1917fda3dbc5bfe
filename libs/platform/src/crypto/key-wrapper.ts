/**
 * Keeps the master keys and wraps data keys with them. The local keyring is one; a key management service
 * would be another: master keys then never leave it, and a version stands for one of its keys.
 *
 * `bound` is authenticated but not encrypted (a KMS calls it the encryption context): what was wrapped with
 * it unwraps with nothing else.
 */
export interface KeyWrapper {
  /** The version that wraps from now on. */
  currentVersion(): Promise<number>;
  wrap(version: number, dataKey: Buffer, bound: Buffer): Promise<Buffer>;
  /** @throws {SealedSecretError} when there is no such version, or the wrapped key doesn't open with it */
  unwrap(version: number, wrapped: Buffer, bound: Buffer): Promise<Buffer>;
}

/** A sealed secret cannot be opened. The message says why, and holds nothing of the secret or a key. */
export class SealedSecretError extends Error {
  override readonly name = 'SealedSecretError';
}
