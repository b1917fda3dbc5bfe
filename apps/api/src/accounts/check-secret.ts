import { maxLength } from 'class-validator';

import type { VendorManifest } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';

/** COC's bound. */
const MAX_CHARACTERS = 64;
/** The most that any vendor's secret may have. */
export const MAX_SECRET_CHARACTERS = 4_096;

/**
 * Refuses a secret that is longer than COC allows, unless the vendor itself makes longer ones.
 * @throws {ApiError}
 */
export function checkSecret(
  { maxSecretCharacters: most = MAX_CHARACTERS }: VendorManifest,
  sk: string,
): void {
  if (maxLength(sk, most)) return;
  throw new ApiError('invalidParameter', `sk must be shorter than or equal to ${String(most)} characters`);
}
