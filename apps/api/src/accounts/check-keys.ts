import { maxLength } from 'class-validator';

import { keyProblem, needsToken, readKeySecret, usesHostIdentity, type VendorManifest } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';

/** COC's bound. */
const MAX_CHARACTERS = 64;
/** The most that any vendor's secret may have: a token of 4,096, which AWS calls typical, and room for longer ones. */
export const MAX_SECRET_CHARACTERS = 8_192;

/** The keys of an account as they will be. */
interface Keys {
  ak: string;
  sk: string;
}

/**
 * Refuses a secret that is longer than COC allows, unless the vendor itself makes longer ones, and keys that don't
 * belong together: a temporary one without its token, a token with one that has none.
 * @throws {ApiError}
 */
export function checkKeys(
  { maxSecretCharacters: most = MAX_CHARACTERS, temporaryKeys }: VendorManifest,
  keys: Keys,
): void {
  const { secret, token } = readKeySecret(keys.sk);
  const isTemporary = temporaryKeys !== undefined && token !== undefined;
  if (!maxLength(isTemporary ? secret : keys.sk, most)) {
    const where = isTemporary ? ' before its colon' : '';
    throw new ApiError(
      'invalidParameter',
      `sk must be shorter than or equal to ${String(most)} characters${where}`,
    );
  }
  const problem = temporaryKeys && keyProblem(temporaryKeys, keys);
  if (problem !== undefined) throw new ApiError('invalidParameter', problem);
}

/**
 * Refuses a temporary key's id that is changed without its secret and its token, which are always others.
 * @throws {ApiError}
 */
export function checkNewId({ temporaryKeys }: VendorManifest, ak: string): void {
  if (temporaryKeys === undefined || !needsToken(temporaryKeys, ak)) return;
  const { token } = temporaryKeys;
  throw new ApiError(
    'invalidParameter',
    `sk must be sent with this ak, which is a temporary key's: the secret, a colon and the ${token}`,
  );
}

/** What an account will sign in with. */
interface SignIn {
  settings: object;
  ak: string;
  /** Undefined: that which it has already. */
  sk: string | undefined;
}

/**
 * Refuses keys beside the identity of Muster's machine: they would look like what the account signs in with.
 * @throws {ApiError}
 */
export function checkKeysBesideHostIdentity({ settings, ak, sk }: SignIn): void {
  if (!usesHostIdentity(settings) || (ak === '' && sk === '')) return;
  throw new ApiError(
    'invalidParameter',
    'ak and sk must both be sent as "" with settings.host_identity, by which the account signs in as the machine ' +
      'that Muster runs on; or leave that setting out',
  );
}
