import { inspect } from 'node:util';

import { type JsonValue, SyncError } from '#domain';
import { readKeySecret } from '#vendor-kit';

const HIDDEN = '[secret]';

/**
 * A shorter secret would be found in every other word, and a word in texts that don't mean it: "wrong user name
 * or [secret]" would tell the password.
 */
const MIN_CHARACTERS = 4;
const WORD = /^\p{L}+$/u;
/** A shorter part of a secret is next to none of it. */
const MIN_PART_CHARACTERS = 16;

/** How deep in a client's error its configuration and requests are looked for. */
const DEPTH = 12;

/** Takes an account's secret out of a text, in whatever form it is there. */
export type SecretHider = (text: string) => string;

/** Takes an account's secret out of a failure. One that holds nothing of it stays the very same. */
export type Redactor = (error: SyncError) => SyncError;

/**
 * A vendor's client may quote in its errors what it was given: in the message, in the request that failed, in
 * the configuration that it hangs onto the error. So what goes on to users, to Postgres and to the log is held
 * against the secret itself.
 */
export function createRedactor(hide: SecretHider): Redactor {
  return (error) => {
    const { kind, retryAfterMs, cursorExpired } = error;
    const message = hide(error.message);
    const vendorCode = error.vendorCode === undefined ? undefined : hide(error.vendorCode);
    const cause = redactCause(error.cause, hide);
    if (message === error.message && vendorCode === error.vendorCode && cause === error.cause) return error;
    return new SyncError(kind, message, {
      ...(vendorCode === undefined ? {} : { vendorCode }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      cursorExpired,
      cause,
    });
  };
}

/** What knows an account's secret in the forms in which it may be met. */
export function createSecretHider({ ak, sk }: { ak: string; sk: string }): SecretHider {
  const isTelling = sk.length >= MIN_CHARACTERS && !WORD.test(sk);
  const forms = [basicOf(ak, sk), ...(isTelling ? formsOf(sk) : [])].sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((shown, form) => shown.replaceAll(form, HIDDEN), text);
}

/** A document whose texts, names of fields too, hold nothing of the secret. */
export function hideInDocument(document: JsonValue, hide: SecretHider): JsonValue {
  if (typeof document === 'string') return hide(document);
  if (Array.isArray(document)) return document.map((one) => hideInDocument(one, hide));
  if (document === null || typeof document !== 'object') return document;
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [hide(name), hideInDocument(value, hide)]),
  );
}

/** As HTTP's Basic authentication sends it. */
function basicOf(ak: string, sk: string): string {
  return Buffer.from(`${ak}:${sk}`).toString('base64');
}

/**
 * As it is, and as JSON, URLs and Node.js write it; of a private key each line, since Node.js shows a text's
 * lines apart; of a temporary key secret and token, which a vendor gets apart.
 */
function formsOf(sk: string): string[] {
  const { secret, token = '' } = readKeySecret(sk);
  const parts = [...sk.split(/\r?\n/), secret, token].filter((part) => part.length >= MIN_PART_CHARACTERS);
  return [...new Set([sk, ...parts])].flatMap((text) => [
    text,
    ...[JSON.stringify(text), inspect(text, { maxStringLength: null })].map((quoted) => quoted.slice(1, -1)),
    encodeURIComponent(text.toWellFormed()),
  ]);
}

/** Such a cause is replaced as a whole, by its text: it is there to be logged, no more. */
function redactCause(cause: unknown, hide: (text: string) => string): unknown {
  const text = inspect(cause, { depth: DEPTH, maxStringLength: null, maxArrayLength: null });
  const shown = hide(text);
  if (shown === text) return cause;
  const redacted = new Error(cause instanceof Error ? hide(cause.message) : HIDDEN);
  redacted.name = cause instanceof Error ? cause.name : 'Redacted';
  redacted.stack = shown;
  return redacted;
}
