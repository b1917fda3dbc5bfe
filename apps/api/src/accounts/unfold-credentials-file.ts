import type { FileAccount, VendorManifest } from '#vendor-kit';

import { ApiError } from '../http/api-error.js';
import { checkInput } from '../http/check-input.js';

/** What a request says of an account. */
export interface GivenAccount {
  ak?: string;
  sk?: string;
  settings?: object | null;
}

/**
 * What a request says of an account, if its `sk` is a file of the vendor's that says it all, with `ak` naming the
 * entry; else undefined. Settings that are sent beside the file go before it; where none are, those that the account
 * has already stay, but for the ones that say where and as whom to sign in.
 * @throws {ApiError} that names the file's wrong fields, and nothing of what they hold
 */
export function unfoldCredentialsFile(
  { credentialsFile }: VendorManifest,
  { ak, sk, settings }: GivenAccount,
  stored: object = {},
): FileAccount | undefined {
  if (sk === undefined || credentialsFile?.isOne(sk) !== true) return undefined;
  const { signInSettings } = credentialsFile;
  const kept = Object.fromEntries(Object.entries(stored).filter(([name]) => !signInSettings.includes(name)));
  const given = settings ?? undefined; // null is none, too
  const read = credentialsFile.read(sk, { entry: ak, settings: given ?? kept });
  if ('problems' in read) throw new ApiError('invalidParameter', read.problems.join('; '));
  const all = given === undefined ? { ...kept, ...read.settings } : { ...read.settings, ...given };
  const account = { ...read, settings: all };
  // What is escaped in a file has not been looked at yet.
  checkInput(account);
  return account;
}
