/** Between a secret and its token: no vendor's secret or token has it in it. */
const SEPARATOR = ':';
/** Both are sent in headers. */
const SENDABLE = /^[\x21-\x7e]+$/;

/**
 * The temporary keys of a vendor. With each call of theirs goes a token, and an account has it in `sk`: the secret, a
 * colon, the token. So it is sealed with the secret, and clients that know `ak` and `sk` only can send it.
 */
export interface TemporaryKeys {
  /** What the vendor calls the token: `session token`. */
  token: string;
  /** What the ids of temporary keys, and of those that last, begin with, where that tells them apart. */
  prefixes?: { temporary: string; lasting: string };
}

/** What an account's `sk` holds of a vendor that has temporary keys. */
export interface KeySecret {
  secret: string;
  /** Only of a temporary key. */
  token?: string;
}

/** Takes an `sk` apart. */
export function readKeySecret(sk: string): KeySecret {
  const at = sk.indexOf(SEPARATOR);
  return at < 0 ? { secret: sk } : { secret: sk.slice(0, at), token: sk.slice(at + 1) };
}

/** Whether a key with this id is of no use without a token. */
export function needsToken({ prefixes }: TemporaryKeys, ak: string): boolean {
  return prefixes !== undefined && ak.startsWith(prefixes.temporary);
}

/** What is wrong with an `ak` and an `sk` together, as a sentence about `sk`; `undefined` when nothing is. */
export function keyProblem(keys: TemporaryKeys, { ak, sk }: { ak: string; sk: string }): string | undefined {
  const { token: name, prefixes } = keys;
  const { secret, token } = readKeySecret(sk);
  if (token === undefined) {
    return needsToken(keys, ak)
      ? `sk must be the secret, a colon and the ${name}: with this ak, ${String(prefixes?.temporary)}…, the key is a temporary one`
      : undefined;
  }
  if (!SENDABLE.test(secret) || !SENDABLE.test(token)) {
    return `sk must be the secret alone or, of a temporary key, the secret, a colon and the ${name}, without spaces or line breaks`;
  }
  return prefixes !== undefined && ak.startsWith(prefixes.lasting)
    ? `sk must be the secret alone: with this ak, ${prefixes.lasting}…, the key lasts and has no ${name}; put ak and sk as they came with the ${name}`
    : undefined;
}
